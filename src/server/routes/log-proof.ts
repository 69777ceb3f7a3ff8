import type { Context, Hono } from 'hono';
import { isIdentifier } from '../../entry/identifier.ts';
import { VouchError } from '../../errors.ts';
import type { LogReader } from '../../log/log.ts';
import { isSha256Hex } from '../../log/sha256.ts';
import { readTreeSize } from '../../proof/tree-size.ts';
import { noteCheck } from '../count-use.ts';
import { toETag } from '../etag.ts';
import type { Face } from '../face.ts';
import { toHistoryJson } from '../history-json.ts';
import { toHistoryProofJson } from '../history-proof-json.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { mount, notModified, type Reply, replyJson, toRawPath } from '../resource.ts';

/** What was proven once stays proven; the hour is for who comes before a witness has added its signature. */
const LASTING = 'public, max-age=3600';
/** As for the checkpoint itself. */
const PASSING = 'max-age=5';

/**
 * Proofs made by the registry (design L5), for those who would rather not fetch tiles. Whoever asks verifies them, so they are a
 * convenience and nothing that has to be trusted.
 */
export function mountLogProofs(app: Hono, face: Face): void {
  const get = (path: string, reply: Reply) => mount(app, face, path, { GET: reply });
  get('/log/receipt/:index', (c) => replyReceipt(c, face));
  get('/log/proof/index/:index', async (c) => {
    const size = readSize(readParameters(c, ['size']), 'size');
    const index = readTreeSize(lastSegment(c));
    if (index === undefined) return replyProblem(c, face, toNotFound('A record is named by its number.'));
    return replyProof(c, await face.registry.log.proof(index, size), size);
  });
  get('/log/proof/doc/:sha256', async (c) => {
    const size = readSize(readParameters(c, ['size']), 'size');
    const index = await findDocument(face.registry.log, lastSegment(c));
    if (index === undefined) return replyProblem(c, face, toNotFound('No document with this SHA-256 was accepted.'));
    return replyProof(c, await face.registry.log.proof(index, size), size);
  });
  get('/log/consistency', (c) => replyConsistency(c, face));
  get('/log/history/:identifier', (c) => replyHistory(c, face));
  get('/log/history/:identifier/proof', (c) => replyHistoryProof(c, face));
}

async function replyReceipt(c: Context, face: Face): Promise<Response> {
  readParameters(c, []);
  const index = readTreeSize(lastSegment(c));
  if (index === undefined) return replyProblem(c, face, toNotFound('A record is named by its number.'));
  const receipt = await face.registry.log.receipt(index);
  // The name a browser saves it under (C2SP tlog-proof).
  c.header('Content-Disposition', `inline; filename="record-${index}.tlog-proof"`);
  return replyText(c, receipt, LASTING);
}

async function replyConsistency(c: Context, face: Face): Promise<Response> {
  const given = readParameters(c, ['from', 'to']);
  const [from, to] = [readSize(given, 'from'), readSize(given, 'to')];
  if (from === undefined) throw new VouchError('usage', 'The parameter from must be the size of the tree you know.');
  if (to !== undefined && to < from) throw new VouchError('usage', 'The parameter to must not be smaller than from.');
  return replyText(c, await face.registry.log.checkpointSince(from, to), to === undefined ? PASSING : LASTING);
}

async function replyHistory(c: Context, face: Face): Promise<Response> {
  const given = readParameters(c, ['size', 'from']);
  const [size, from = 1] = [readSize(given, 'size'), readSize(given, 'from')];
  if (from === 0) throw new VouchError('usage', 'The parameter from counts from 1.');
  const identifier = lastSegment(c);
  if (!isIdentifier(identifier)) return replyProblem(c, face, toNotFound('An image is named by its identifier.'));
  const json = await toHistoryJson(face.registry.log, identifier, from, size);
  if (json.records.length > 0 && from === 1) noteCheck(c, identifier);
  const unchanged = notModified(
    c,
    toETag('history', identifier, from, json.size),
    size === undefined ? PASSING : LASTING,
  );
  return unchanged ?? replyJson(c, json);
}

/** What the index of the log says of an image; of the newest tree only, since an older index is not kept. */
async function replyHistoryProof(c: Context, face: Face): Promise<Response> {
  readParameters(c, []);
  const identifier = toRawPath(c).split('/').at(-2)!;
  if (!isIdentifier(identifier)) return replyProblem(c, face, toNotFound('An image is named by its identifier.'));
  const json = await toHistoryProofJson(face.registry.log, identifier);
  if (json === undefined) return replyProblem(c, face, toNotFound('The log of this registry has no index.'));
  if (json.records.length > 0) noteCheck(c, identifier);
  return notModified(c, toETag('history-proof', identifier, json.size), PASSING) ?? replyJson(c, json);
}

function replyProof(c: Context, proof: string, size: number | undefined): Response {
  return replyText(c, proof, size === undefined ? PASSING : LASTING);
}

function replyText(c: Context, text: string, cacheControl: string): Response {
  const unchanged = notModified(c, toETag('proof', text), cacheControl);
  return unchanged ?? c.body(text, { headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
}

async function findDocument(log: LogReader, sha256: string): Promise<number | undefined> {
  return isSha256Hex(sha256) ? log.findDocument(sha256) : undefined;
}

/** The end of the path as sent: one thing has one spelling here. */
function lastSegment(c: Context): string {
  const path = toRawPath(c);
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The parameters of the request, each at most once. What is not known is refused: a proof of something else would be misread. */
export function readParameters(c: Context, names: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const [name, value] of new URL(c.req.url).searchParams) {
    if (!names.includes(name)) {
      const known = names.length === 0 ? 'there are none here' : `there are ${names.join(' and ')}`;
      throw new VouchError('usage', `The parameter ${JSON.stringify(name.slice(0, 40))} is not known; ${known}.`);
    }
    if (given.has(name)) throw new VouchError('usage', `The parameter ${name} is given more than once.`);
    given.set(name, value);
  }
  return given;
}

/** A parameter that is a log size or index; undefined where it is not given. Throws `usage`. */
export function readSize(given: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const size = readTreeSize(text);
  if (size === undefined)
    throw new VouchError('usage', `The parameter ${name} must be a whole number in plain digits.`);
  return size;
}
