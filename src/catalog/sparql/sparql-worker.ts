import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { toMessage, VouchError } from '../../errors.ts';
import { answerQuery } from './execute/answer-query.ts';
import { answerCompletely, writeGraph } from './execute/complete-engine.ts';
import { Unsure } from './execute/unsure.ts';
import { QuadReader } from './quads/quad-reader.ts';
import type { SparqlReply, SparqlRequest } from './sparql-message.ts';

/* One query at a time over the shared quads: it is synchronous, and only ending the thread ends a query. */
let reader: QuadReader | undefined;

parentPort?.on('message', (request: SparqlRequest) => {
  void toReply(request).then((reply) => {
    // the memory of a body is its own
    const transfer = reply.kind === 'answer' ? [reply.body.buffer as ArrayBuffer] : [];
    parentPort?.postMessage(reply, transfer);
  });
});

parentPort?.postMessage({ systemId: readSystemId() });

/** What the system calls this thread; undefined where it does not say. */
function readSystemId(): number | undefined {
  try {
    return Number(basename(readlinkSync('/proc/thread-self')));
  } catch {
    return undefined;
  }
}

async function toReply(request: SparqlRequest): Promise<SparqlReply> {
  const { number } = request;
  try {
    if (request.buffers !== undefined) reader = new QuadReader(request.buffers);
    if (reader === undefined) throw new VouchError('internal', 'The SPARQL worker has no quads.');
    return { kind: 'answer', number, ...(await answer(request, reader)) };
  } catch (failure) {
    if (failure instanceof VouchError) {
      return { kind: 'refused', number, code: failure.code, message: failure.message, isBroken: false };
    }
    // the engine reports what it refuses as a plain Error; a trap or a panic is anything else
    const isBroken = !(failure instanceof Error) || failure.constructor !== Error;
    const message = isBroken
      ? 'The query was too much for the SPARQL engine: make it shorter, or nest it less.'
      : `The SPARQL engine refused the query: ${toMessage(failure)}`;
    return { kind: 'refused', number, code: 'query', message, isBroken };
  }
}

async function answer(request: SparqlRequest, quads: QuadReader) {
  try {
    const found = answerQuery(request, quads);
    if (request.query.form !== 'CONSTRUCT') return found;
    return { ...found, body: await writeGraph(Buffer.from(found.body).toString(), request.format, request.bytes) };
  } catch (failure) {
    if (!(failure instanceof Unsure)) throw failure;
    return answerCompletely(request, quads);
  }
}
