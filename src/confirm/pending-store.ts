import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { sha256Hex } from '../log/sha256.ts';
import { writeFileDurably } from '../platform/durable-file.ts';
import { isOpen, type Pending } from './pending.ts';

/** Keeps pending submissions over crashes. Every promise it keeps is on disk (fsync). Faults are `storage` and `corrupt`. */
export interface PendingStore {
  /** All that is kept, in the order of submission. */
  all(): readonly Pending[];
  /** Keeps a new one with its document. */
  add(pending: Pending, document: Uint8Array): Promise<void>;
  /** Replaces one; where it has ended, its document is let go. */
  replace(pending: Pending): Promise<void>;
  /** The document of one that has not ended; its hash is checked. */
  document(pending: Pending): Promise<Uint8Array>;
  remove(pending: Pending): Promise<void>;
}

const STATE = /^[0-9a-f]{32}\.json$/;

/** Opens the store in its directory, one file of state and one document for each, readable by their owner only. */
export async function openPendingStore(directory: string): Promise<PendingStore> {
  const kept = new Map<string, Pending>();
  const stateFile = ({ id }: Pick<Pending, 'id'>): string => join(directory, `${id}.json`);
  const documentFile = ({ id }: Pick<Pending, 'id'>): string => join(directory, `${id}.xml`);
  const write = (path: string, bytes: Uint8Array): Promise<void> =>
    guard(writeFileDurably(path, bytes, { mode: 0o600 }));
  const writeState = (pending: Pending): Promise<void> =>
    write(stateFile(pending), new TextEncoder().encode(`${JSON.stringify(pending)}\n`));

  await guard(mkdir(directory, { recursive: true, mode: 0o700 }));
  const names = await guard(readdir(directory));
  for (const name of names.filter((one) => STATE.test(one))) {
    const pending = readPending(await guard(readFile(join(directory, name), 'utf8')), join(directory, name));
    kept.set(pending.id, pending);
  }
  // A crash leaves documents before their state was written, or after they were let go, and half-written files.
  for (const name of names) {
    const pending = kept.get(name.slice(0, 32));
    if (name.endsWith('.tmp') || (name.endsWith('.xml') && (pending === undefined || !isOpen(pending)))) {
      await guard(rm(join(directory, name), { force: true }));
    }
  }
  return {
    all: () => [...kept.values()].toSorted((one, other) => (one.submittedAt < other.submittedAt ? -1 : 1)),
    async add(pending, document) {
      // The state comes last: without it there is no submission.
      await write(documentFile(pending), document);
      await writeState(pending);
      kept.set(pending.id, pending);
    },
    async replace(pending) {
      await writeState(pending);
      kept.set(pending.id, pending);
      if (!isOpen(pending)) await guard(rm(documentFile(pending), { force: true }));
    },
    async document(pending) {
      const bytes = new Uint8Array(await guard(readFile(documentFile(pending))));
      if (sha256Hex(bytes) === pending.documentSha256) return bytes;
      throw new VouchError('corrupt', `The file ${documentFile(pending)} is not the document that was submitted.`);
    },
    async remove(pending) {
      kept.delete(pending.id);
      for (const file of [stateFile(pending), documentFile(pending)]) await guard(rm(file, { force: true }));
    },
  };
}

function readPending(text: string, file: string): Pending {
  try {
    const pending = JSON.parse(text) as Pending;
    if (pending.v === 1 && Array.isArray(pending.tokens)) return pending;
  } catch {
    // said below
  }
  throw new VouchError('corrupt', `The file ${file} is no pending submission; move it away to start without it.`);
}

async function guard<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new VouchError('storage', `Pending submissions cannot be kept: ${toMessage(cause)}`, { cause });
  }
}
