import type { Hono } from 'hono';
import { faceAsOf } from '../as-of.ts';
import { VERIFYING_PAGE_POLICY } from '../content-policy.ts';
import { toETag } from '../etag.ts';
import type { Face } from '../face.ts';
import { homePage } from '../pages/home-page.ts';
import { uploadPage } from '../pages/upload-page.ts';
import { mount, notModified } from '../resource.ts';

const NEWEST = 10;

/** The home page and the upload page. */
export function mountHome(app: Hono, face: Face): void {
  mount(app, face, '/', {
    GET: async (c) => {
      const shown = await faceAsOf(c, face);
      const { catalog } = shown;
      const at = shown.now();
      const unchanged = notModified(c, toETag('home', ...shown.version()));
      if (unchanged !== undefined) return unchanged;
      const { entries } = await catalog.list({ statuses: ['valid'] }, at, { limit: NEWEST });
      return c.html(homePage(shown, await catalog.counts(), entries, at));
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
