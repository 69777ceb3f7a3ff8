import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Context, Hono } from 'hono';
import { VouchError } from '../../errors.ts';
import { writeDocumentBundle } from '../../log/document-bundle.ts';
import type { LogReader } from '../../log/log.ts';
import { sha256Hex } from '../../log/sha256.ts';
import { readTilePath } from '../../log/tile.ts';
import type { Face } from '../face.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { IMMUTABLE, mount, notModified, replyForeign, toRawPath } from '../resource.ts';
import { readParameters, readSize } from './log-proof.ts';

const compress = promisify(gzip);

/** `/log/…`: the transparency log as C2SP tlog-tiles lays it out, and documents by their hash (design L1, L5). */
export function mountLog(app: Hono, face: Face): void {
  mount(app, face, '/log/key', { GET: (c) => replyKey(c, face) });
  mount(app, face, '/log/documents', { GET: (c) => replyDocuments(c, face) });
  mountReader(app, face, '/log', () => face.registry.log);
}

/** Many documents in one answer, for mirrors. */
async function replyDocuments(c: Context, face: Face): Promise<Response> {
  const given = readParameters(c, ['from', 'to']);
  const [from, to] = [readSize(given, 'from'), readSize(given, 'to')];
  if (from === undefined || to === undefined || to <= from) {
    throw new VouchError('usage', 'The parameters from and to must be the first record and the one after the last.');
  }
  const bundle = await writeDocumentBundle(face.registry.log, from, to);
  c.header('Cache-Control', 'no-store');
  return replyForeign(c, new Uint8Array(bundle), 'application/octet-stream');
}

/** `/mirror/<SHA-256 of the origin>/…`: the copies of other logs, laid out as the logs are; 404 for any that is not copied here. */
export function mountMirrors(app: Hono, face: Face): void {
  const byOrigin = new Map(face.registry.mirrors?.map((log) => [sha256Hex(Buffer.from(log.origin)), log]));
  mountReader(app, face, '/mirror/:origin', (c) => byOrigin.get(toRawPath(c).split('/')[2]!));
}

function mountReader(app: Hono, face: Face, prefix: string, find: (c: Context) => LogReader | undefined): void {
  type ReplyOf = (c: Context, log: LogReader, path: string) => Response | Promise<Response>;
  const get = (path: string, reply: ReplyOf) => {
    const GET = (c: Context): Response | Promise<Response> => {
      const log = find(c);
      if (log !== undefined) return reply(c, log, toRawPath(c).split('/').slice(prefix.split('/').length).join('/'));
      return replyProblem(c, face, toNotFound('No log whose origin has this SHA-256 is copied here.'));
    };
    mount(app, face, `${prefix}/${path}`, { GET });
  };
  get('checkpoint', replyCheckpoint);
  get('tile/*', (c, log, path) => replyTile(c, face, log, path));
  get('blob/:sha256', (c, log, path) => replyBlob(c, face, log, path));
}

function replyCheckpoint(c: Context, log: LogReader): Response {
  c.header('Cache-Control', 'max-age=5');
  return c.body(log.checkpointNote(), { headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
}

/** What the registry says its key is: to be compared with what its operator says elsewhere, or remembered from the first time. */
function replyKey(c: Context, face: Face): Response {
  c.header('Cache-Control', 'max-age=3600');
  return c.body(`${face.registry.log.key.vkey}\n`, { headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
}

/** `path` is as sent: one tile has one spelling, so an escaped slash or dot names nothing. */
async function replyTile(c: Context, face: Face, log: LogReader, path: string): Promise<Response> {
  const tile = readTilePath(path);
  if (tile === undefined) return replyProblem(c, face, toNotFound('This is not the path of a tile.'));
  const bytes =
    tile.kind === 'hashes'
      ? await log.tile(tile.level, tile.index, tile.width)
      : await log.bundle(tile.index, tile.width);
  const isZipped = tile.kind === 'entries' && acceptsGzip(c.req.header('Accept-Encoding'));
  // The tag names the tile; its zipped octets are another form of it.
  const unchanged = notModified(c, isZipped ? `W/"${path}"` : `"${path}"`, IMMUTABLE, 'Accept-Encoding');
  if (unchanged !== undefined) return unchanged;
  if (isZipped) c.header('Content-Encoding', 'gzip');
  return replyForeign(c, new Uint8Array(isZipped ? await compress(bytes) : bytes), 'application/octet-stream');
}

/** True if gzip is named and not refused; `*` is no reason to spend the work. */
function acceptsGzip(header: string | undefined): boolean {
  return /(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0*)?(?:$|[,\s]))/i.test(header ?? '');
}

async function replyBlob(c: Context, face: Face, log: LogReader, path: string): Promise<Response> {
  const sha256 = path.slice('blob/'.length);
  if (!/^[0-9a-f]{64}$/.test(sha256))
    return replyProblem(c, face, toNotFound('A blob is named by 64 lower-case hex digits.'));
  const bytes = await log.blob(sha256).catch((thrown: unknown) => {
    if (thrown instanceof VouchError && thrown.code === 'not-found') return undefined;
    throw thrown;
  });
  if (bytes === undefined) return replyProblem(c, face, toNotFound('No blob with this SHA-256 is here.'));
  const unchanged = notModified(c, `"${sha256}"`, IMMUTABLE);
  return unchanged ?? replyForeign(c, new Uint8Array(bytes), 'application/octet-stream');
}
