import type { Context, Hono } from 'hono';
import type { Asset } from '../asset.ts';
import { WORKER_POLICY } from '../content-policy.ts';
import { chooseEncoding } from '../encoding.ts';
import type { Face } from '../face.ts';
import { findIsland, readIslandAssets } from '../island.ts';
import { ENTRY_STYLE_ASSET } from '../pages/entry-style.ts';
import { MARK_ASSET, STYLE_ASSET } from '../pages/style.ts';
import { TOOL_STYLE_ASSET } from '../pages/tool-style.ts';
import { IMMUTABLE, mount, notModified } from '../resource.ts';
import { toThemeAssets } from '../theme.ts';

const WORKERS = ['verify-worker', 'endorse-worker', 'checksum-worker'] as const;

/** What pages load, from memory. */
export function mountAssets(app: Hono, face: Face): void {
  for (const asset of [
    STYLE_ASSET,
    MARK_ASSET,
    TOOL_STYLE_ASSET,
    ENTRY_STYLE_ASSET,
    ...toThemeAssets(face.theme ?? {}),
    ...readIslandAssets(),
  ]) {
    mount(app, face, asset.path, { GET: (c) => replyAsset(c, asset) });
  }
}

/** Each encoding has a tag of its own: they are different bytes. */
function replyAsset(c: Context, { path, mediaType, bytes, encoded }: Asset): Response {
  const encoding = chooseEncoding(c.req.header('Accept-Encoding'));
  const unchanged = notModified(
    c,
    `"${path}${encoding === undefined ? '' : `-${encoding}`}"`,
    IMMUTABLE,
    'Accept-Encoding',
  );
  if (unchanged !== undefined) return unchanged;
  // A worker is bound by the policy its own script comes with.
  if (WORKERS.some((name) => path === findIsland(name).path)) c.header('Content-Security-Policy', WORKER_POLICY);
  const headers = { 'Content-Type': mediaType, ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }) };
  return c.body(encoding === undefined ? bytes : encoded[encoding], { headers });
}
