import type { Context, Hono } from 'hono';
import { SIZE_MEDIA_TYPE } from '../../log/add-checkpoint.ts';
import { isSha256Hex } from '../../log/sha256.ts';
import type { Witness } from '../../log/witness.ts';
import { readBody } from '../body.ts';
import type { Face } from '../face.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { mount, toRawPath } from '../resource.ts';

/** 63 hashes and a note with a hundred signatures, some of them of the large kind to come. */
const BODY_BYTES = 512 * 1024;
const TEXT = 'text/plain; charset=utf-8';

/** `/witness/…`: cosigns checkpoints of the logs it is told to look at (C2SP tlog-witness; statuses are those of the specification). */
export function mountWitness(app: Hono, face: Face, witness: Witness, bodySeconds: number): void {
  mount(app, face, '/witness/add-checkpoint', { POST: (c) => replyAdded(c, witness, bodySeconds) });
  mount(app, face, '/witness/:sha256/checkpoint', { GET: (c) => replySeen(c, face, witness) });
}

async function replyAdded(c: Context, witness: Witness, bodySeconds: number): Promise<Response> {
  const answer = await witness.add(await readBody(c.req.raw, { bytes: BODY_BYTES, seconds: bodySeconds }));
  c.header('Cache-Control', 'no-store');
  if (answer.status === 200) return c.body(answer.lines, 200, { 'Content-Type': TEXT });
  if (answer.status === 409) return c.body(`${answer.size}\n`, 409, { 'Content-Type': SIZE_MEDIA_TYPE });
  return c.body(`${answer.reason}\n`, answer.status, { 'Content-Type': TEXT });
}

async function replySeen(c: Context, face: Face, witness: Witness): Promise<Response> {
  const sha256 = toRawPath(c).split('/').at(-2)!;
  const note = isSha256Hex(sha256) ? await witness.checkpoint(sha256) : undefined;
  if (note === undefined) {
    return replyProblem(c, face, toNotFound('No log whose origin has this SHA-256 was witnessed here.'));
  }
  c.header('Cache-Control', 'no-store');
  return c.body(note, { headers: { 'Content-Type': TEXT } });
}
