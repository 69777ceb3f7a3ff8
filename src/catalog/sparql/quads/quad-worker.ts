import { parentPort } from 'node:worker_threads';
import { toMessage } from '../../../errors.ts';
import type { QuadReply, QuadRequest } from '../sparql-message.ts';
import { QuadWriter } from './quad-writer.ts';

/* The one thread that writes the quads; every query worker reads them. */
const writer = new QuadWriter();
let toldVersion = -1;

parentPort?.on('message', (request: QuadRequest) => parentPort?.postMessage(toReply(request)));

parentPort?.postMessage({});

function toReply({ number, changes, to }: QuadRequest): QuadReply {
  try {
    writer.take(changes, to);
  } catch (failure) {
    return { kind: 'refused', number, message: toMessage(failure) };
  }
  if (writer.version === toldVersion) return { kind: 'taken', number };
  toldVersion = writer.version;
  return { kind: 'taken', number, buffers: writer.buffers };
}
