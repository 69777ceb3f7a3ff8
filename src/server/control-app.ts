import { type Context, Hono } from 'hono';
import { VouchError } from '../errors.ts';
import type { LogReader } from '../log/log.ts';
import type { Copyable, LogCopy, NoteKind } from '../log/log-copy.ts';
import { isSha256Hex } from '../log/sha256.ts';
import type { Reindex } from '../registry/open-readers.ts';
import { readBody } from './body.ts';
import { FAULT_REPLIES, toFault } from './problem.ts';

/** What the operator's own commands can ask of a running registry. */
export interface Controlled {
  readonly log: LogReader & Copyable;
  readonly reindex: Reindex;
}

const BODY = { bytes: 64 * 1024, seconds: 10 } as const;
const LEAVES_MOST = 256;
const BLOBS_MOST = 64;
const NOTES_MOST = 256;

/**
 * The registry towards commands of its operator on the same machine, over a socket in its data directory that only the owner of that can
 * open. It shows what no reader sees (records that wait for witnesses, documents of a private registry), so it is never served elsewhere.
 *
 * - `POST /reindex`: makes the catalog anew; lines of JSON say how far it is, and the last one how it ended
 * - `GET /log`, `/log/newest/KIND`, `/log/notes/KIND?after=SIZE`, `/log/leaves?from=N&to=N`, `POST /log/blobs`: the log, for backups
 */
export function createControlApp({ log, reindex }: Controlled): Hono {
  const app = new Hono();
  const copy: LogCopy = log.copy();
  app.get('/log', (c) => c.json({ origin: log.origin, logKey: log.key.vkey }));
  app.get('/log/newest/:kind', async (c) => {
    const newest = await copy.newest(readKind(c));
    return c.json({ newest: newest === undefined ? null : { size: newest.size, note: toText(newest.note) } });
  });
  app.get('/log/notes/:kind', async (c) => {
    const notes = await copy.notes(readKind(c), readWhole(c, 'after', -1), NOTES_MOST);
    return c.json({ notes: notes.map(({ size, note }) => ({ size, note: toText(note) })) });
  });
  app.get('/log/leaves', async (c) => {
    const from = readWhole(c, 'from', 0);
    return replyParts(c, await copy.leaves(from, Math.min(readWhole(c, 'to', 0), from + LEAVES_MOST)));
  });
  app.post('/log/blobs', async (c) => {
    const names = new TextDecoder().decode(await readBody(c.req.raw, BODY)).split('\n');
    if (names.length > BLOBS_MOST || !names.every(isSha256Hex)) {
      throw new VouchError('usage', `At most ${BLOBS_MOST} SHA-256 values are asked for, one a line.`);
    }
    return replyParts(c, await copy.blobs(names));
  });
  app.post('/reindex', (c) => replyProgress(c, reindex));
  app.notFound((c) => c.json({ code: 'not-found', message: 'The running registry does not know this request.' }, 404));
  app.onError((thrown, c) => {
    const { code, message } = toFault(thrown);
    return c.json({ code, message }, FAULT_REPLIES[code].status as 400);
  });
  return app;
}

function readKind(c: Context): NoteKind {
  const kind = c.req.param('kind');
  if (kind === 'published' || kind === 'pending') return kind;
  throw new VouchError('usage', 'A checkpoint is published or pending.');
}

function readWhole(c: Context, name: string, least: number): number {
  const value = Number(c.req.query(name) ?? Number.NaN);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new VouchError('usage', `The parameter ${name} must be a whole number.`);
}

function toText(note: Uint8Array): string {
  return new TextDecoder().decode(note);
}

/** A line for each step. Who hangs up ends it. */
function replyProgress(c: Context, reindex: Reindex): Response {
  const ending = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const tell = (line: unknown): void => {
        if (!ending.signal.aborted) controller.enqueue(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
      };
      try {
        await reindex((position, size) => tell({ position, size }), ending.signal);
        tell({ done: true });
      } catch (thrown) {
        const { code, message } = toFault(thrown);
        tell({ code, message });
      }
      if (!ending.signal.aborted) controller.close();
    },
    cancel: () => ending.abort(new VouchError('closed', 'Nobody waits for it any more.')),
  });
  return c.body(body, { headers: { 'Content-Type': 'application/jsonl' } });
}

/** Each after its length as u32be. */
function replyParts(c: Context, parts: readonly Uint8Array[]): Response {
  const framed = parts.flatMap((part) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(part.length);
    return [head, part];
  });
  return c.body(new Uint8Array(Buffer.concat(framed)), { headers: { 'Content-Type': 'application/octet-stream' } });
}
