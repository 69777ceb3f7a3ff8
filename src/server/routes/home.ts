import type { Hono } from 'hono';
import { faceAsOf } from '../as-of.ts';
import { VERIFYING_PAGE_POLICY } from '../content-policy.ts';
import { toETag } from '../etag.ts';
import type { Face } from '../face.ts';
import { toNarrowed } from '../list-link.ts';
import { homePage } from '../pages/home-page.ts';
import { uploadPage } from '../pages/upload-page.ts';
import { readFoundList } from '../read-list.ts';
import { mount, notModified } from '../resource.ts';

const NEWEST = 15;

/** The home page and the upload page. */
export function mountHome(app: Hono, face: Face): void {
  mount(app, face, '/', {
    GET: async (c) => {
      const shown = await faceAsOf(c, face);
      const { catalog } = shown;
      const at = shown.now();
      const unchanged = notModified(c, toETag('home', ...shown.version()));
      if (unchanged !== undefined) return unchanged;
      const request = { filter: { statuses: ['valid'] }, parameters: {}, limit: NEWEST } as const;
      const found = await readFoundList(catalog, request, at);
      const whole = new URL(`http://here${shown.pathTo('/metadata')}`);
      const narrowed = (name: string, value: string | undefined) =>
        `${face.href('/metadata')}${toNarrowed(whole, name, value)}`;
      const all = found.page.next === undefined ? {} : { all: shown.href('/metadata') };
      return c.html(homePage(shown, await catalog.counts(), { ...found, ...all, narrowed }));
    },
  });
  mount(app, face, '/upload', {
    GET: (c) => {
      c.header('Cache-Control', 'no-cache');
      c.header('Content-Security-Policy', VERIFYING_PAGE_POLICY);
      return c.html(uploadPage(face));
    },
  });
}
