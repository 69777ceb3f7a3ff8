import { existsSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { type FaultCode, VouchError } from '../errors.ts';
import { readDocumentBundle } from '../log/document-bundle.ts';
import type { LogCopy, NoteKind, SignedNote } from '../log/log-copy.ts';

/** A registry that runs over a data directory of this machine, by the socket in it. */
export interface ControlClient {
  readonly origin: string;
  readonly logKey: string;
  readonly log: LogCopy;
  /** Sends a request and gives its reply as it comes. Faults of the registry are thrown as they are there. */
  ask(method: 'GET' | 'POST', path: string, body?: string): Promise<IncomingMessage>;
}

/** Name of the socket in the data directory. */
export const CONTROL_SOCKET = 'control.sock';

/** The registry that runs over the directory; undefined where none does. Throws `unreachable` if it does not answer this user. */
export async function openControlClient(directory: string, signal: AbortSignal): Promise<ControlClient | undefined> {
  const socketPath = join(directory, CONTROL_SOCKET);
  if (!existsSync(socketPath)) return undefined;
  const ask: ControlClient['ask'] = async (method, path, body) => {
    const reply = await send({ socketPath, method, path, signal }, body);
    if (reply.statusCode === 200) return reply;
    throw toFault(await readAll(reply));
  };
  const bytesOf = async (...words: Parameters<typeof ask>): Promise<Uint8Array> => readAll(await ask(...words));
  const jsonOf = async <T>(path: string): Promise<T> =>
    JSON.parse(Buffer.from(await bytesOf('GET', path)).toString()) as T;
  let told: { origin: string; logKey: string };
  try {
    told = await jsonOf('/log');
  } catch (cause) {
    // A socket that a killed registry left.
    if (hasCode(cause, 'ECONNREFUSED')) return undefined;
    if (cause instanceof VouchError) throw cause;
    const message = `A registry may be running in ${directory}, but ${socketPath} does not answer this user.`;
    throw new VouchError('unreachable', message, { cause });
  }
  const toNote = (kind: NoteKind, { size, note }: { size: number; note: string }): SignedNote => {
    return { kind, size, note: Buffer.from(note) };
  };
  const partsOf = (bytes: Uint8Array, count: number): Uint8Array[] => {
    const parts = readDocumentBundle(bytes);
    if (parts.length === count) return parts;
    throw new VouchError('remote', `The running registry gave ${parts.length} of ${count} parts that were asked for.`);
  };
  const log: LogCopy = {
    async newest(kind) {
      const { newest } = await jsonOf<{ newest: { size: number; note: string } | null }>(`/log/newest/${kind}`);
      return newest === null ? undefined : toNote(kind, newest);
    },
    async notes(kind, after, limit) {
      const { notes } = await jsonOf<{ notes: { size: number; note: string }[] }>(`/log/notes/${kind}?after=${after}`);
      return notes.slice(0, limit).map((one) => toNote(kind, one));
    },
    leaves: async (from, to) => partsOf(await bytesOf('GET', `/log/leaves?from=${from}&to=${to}`), to - from),
    blobs: async (names) =>
      names.length === 0 ? [] : partsOf(await bytesOf('POST', '/log/blobs', names.join('\n')), names.length),
  };
  return { ...told, log, ask };
}

interface SentRequest {
  readonly socketPath: string;
  readonly method: string;
  readonly path: string;
  readonly signal: AbortSignal;
}

function send(options: SentRequest, body?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, headers: { Host: 'localhost' } }, resolve);
    sent.once('error', reject);
    sent.end(body);
  });
}

async function readAll(reply: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function toFault(bytes: Uint8Array): VouchError {
  const { code, message } = JSON.parse(Buffer.from(bytes).toString()) as { code: FaultCode; message: string };
  return new VouchError(code, message);
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}
