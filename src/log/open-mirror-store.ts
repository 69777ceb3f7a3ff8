import { VouchError } from '../errors.ts';
import { readSignedCheckpoint } from './checkpoint.ts';
import type { GrowingTree } from './growing-tree.ts';
import { assertLogFormat, LOG_FORMAT } from './log-format.ts';
import { writeLogState } from './log-state.ts';
import { EMPTY_ROOT } from './merkle.ts';
import { readVerifierKey, type VerifierKey } from './note-key.ts';
import { readStoredTree } from './open-sequence.ts';
import { assertContinues, type Publication } from './publication.ts';
import type { Store } from './store.ts';
import { readNumber, STORE_KEYS, toKeyBounds } from './store-key.ts';

/** Where a mirror stands when it is opened. */
export interface MirrorStart {
  readonly tree: GrowingTree;
  /** Undefined while it has copied no checkpoint. */
  readonly published: Publication | undefined;
  /** The signed checkpoint it is bound to, as its log gave it. */
  readonly target: string | undefined;
}

const EVERYTHING = [new Uint8Array(), Uint8Array.of(0xff)] as const;

/** Verifies the store of a mirror of this log in O(log size) reads; an empty store becomes one. */
export async function openMirrorStore(store: Store, log: VerifierKey): Promise<MirrorStart> {
  await openFormat(store, log);
  const { state, tree } = await readStoredTree(store);
  const [newest] = await store.range(...toKeyBounds('c'), 1, 'last');
  const published = newest === undefined ? undefined : readPublication(newest[1], log);
  if (newest !== undefined && readNumber(newest[0]) !== published?.size) {
    throw new VouchError('corrupt', 'A checkpoint of the mirror is stored under another size.');
  }
  if (published !== undefined) await assertContinues(store, published, state.size, state.root);
  const [target, renewed] = await store.read([STORE_KEYS.target, STORE_KEYS.checkpoint]);
  const latest = renewed === undefined ? undefined : readPublication(renewed, log);
  const bound = target === undefined ? undefined : readPublication(target, log);
  if ((bound?.size ?? 0) < state.size) {
    throw new VouchError('corrupt', 'The mirror has records that no checkpoint of its log covers.');
  }
  return { tree, published: latest?.size === published?.size ? latest : published, target: bound?.note };
}

async function openFormat(store: Store, log: VerifierKey): Promise<void> {
  const [format, mirrored] = await store.read([STORE_KEYS.format, STORE_KEYS.mirrored]);
  if (format === undefined) {
    if ((await store.range(...EVERYTHING, 1)).length > 0) {
      throw new VouchError('config', 'The directory of the mirror holds a database that is not a log.');
    }
    await store.write([
      [STORE_KEYS.format, Buffer.from(LOG_FORMAT)],
      [STORE_KEYS.state, writeLogState({ size: 0, root: EMPTY_ROOT, edge: [] })],
      [STORE_KEYS.mirrored, Buffer.from(log.vkey)],
    ]);
    return;
  }
  assertLogFormat(format);
  if (mirrored === undefined) {
    throw new VouchError('config', 'The directory holds a log of its own, not a mirror of another.');
  }
  const vkey = Buffer.from(mirrored).toString();
  if (vkey !== log.vkey) throw new VouchError('config', `This is the mirror of ${vkey}, not of ${log.vkey}.`);
}

function readPublication(note: Uint8Array, log: VerifierKey): Publication {
  try {
    const { size, root } = readSignedCheckpoint(note, log).checkpoint;
    return { size, root, note: Buffer.from(note).toString() };
  } catch (cause) {
    throw new VouchError('corrupt', 'A signed checkpoint of the mirror is damaged.', { cause });
  }
}

/** The key of the log that a store is the copy of; undefined for the store of a log itself. */
export async function readMirroredKey(store: Store): Promise<VerifierKey | undefined> {
  const [mirrored] = await store.read([STORE_KEYS.mirrored]);
  return mirrored === undefined ? undefined : readVerifierKey(Buffer.from(mirrored).toString());
}
