import { basename } from 'node:path';
import type { Hono } from 'hono';
import type { ShownOrigin } from '../../registry/overlay.ts';
import type { Face } from '../face.ts';
import { originsPage } from '../pages/origins-page.ts';
import { choose, isReply, mount, replyJson } from '../resource.ts';
import { toMirrorPath } from '../shown.ts';

const REPRESENTATIONS = [
  { name: 'json', mediaTypes: ['application/json'] },
  { name: 'html', mediaTypes: ['text/html', 'application/xhtml+xml'] },
] as const;

/** `/origins`: whose entries are shown, and how the copy of each followed log stands to it. */
export function mountOrigins(app: Hono, face: Face): void {
  mount(app, face, '/origins', {
    GET: (c) => {
      const { registry } = face;
      const { overlay, log, baseUrl } = registry;
      const chosen = choose(c, face, REPRESENTATIONS, c.req.query('format'));
      if (isReply(chosen)) return chosen;
      c.header('Cache-Control', 'no-store');
      c.header('Vary', 'Accept');
      const alone = { origin: log.origin, url: baseUrl, log, learned: log.size() };
      const origins = overlay?.origins() ?? [alone];
      if (chosen.name === 'html') return c.html(originsPage(face, origins, overlay?.fault));
      const fault = overlay?.fault === undefined ? {} : { fault: overlay.fault };
      return replyJson(c, { ...fault, origins: origins.map((one) => toOriginJson(one, baseUrl)) });
    },
  });
}

/** `log` is the prefix below which the log, or its copy, is served here; `records` are those that are shown. */
function toOriginJson({ origin, url, log, learned, following }: ShownOrigin, baseUrl: string): Record<string, unknown> {
  const known = { origin, url, logKey: log.key.vkey, records: learned };
  if (following === undefined) return { ...known, own: true, log: `${baseUrl}/log` };
  const { state, size, targetSize, checkedAt, problem, evidence } = following;
  return {
    ...known,
    own: false,
    log: `${baseUrl}${toMirrorPath(origin)}`,
    state,
    behind: Math.max(0, (targetSize ?? size) - learned),
    ...(checkedAt === undefined ? {} : { checkedAt }),
    ...(problem === undefined ? {} : { problem }),
    // Where the file lies is for the operator alone.
    ...(evidence === undefined ? {} : { evidence: basename(evidence) }),
  };
}
