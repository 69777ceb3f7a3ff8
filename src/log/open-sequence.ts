import { VouchError } from '../errors.ts';
import { readNote } from '../proof/note.ts';
import { type Placed, readPlaced } from './batch.ts';
import { readSignedCheckpoint, signCheckpoint } from './checkpoint.ts';
import { GrowingTree } from './growing-tree.ts';
import { assertLogFormat, LOG_FORMAT } from './log-format.ts';
import { type LogState, readLogState, writeLogState } from './log-state.ts';
import { EMPTY_ROOT } from './merkle.ts';
import type { LogKey } from './note-key.ts';
import { assertContinues, type Publication, signTree, toTileSource } from './publication.ts';
import { extendEdge, rehashDocuments } from './read-back.ts';
import type { LogStart } from './sequencer.ts';
import { areEqualBytes } from './sha256.ts';
import type { Store } from './store.ts';
import { readNumber, STORE_KEYS, toCheckpointKey, toEntryKey, toKeyBounds, toPendingKey } from './store-key.ts';
import { readEdge } from './tile-tree.ts';

const EVERYTHING = [new Uint8Array(), Uint8Array.of(0xff)] as const;

/**
 * Verifies the store in O(log size) reads plus what no checkpoint covers yet, which is read, rehashed and then signed. With
 * witnesses that is not published before they have seen it.
 */
export async function openSequence(store: Store, key: LogKey, hasWitnesses = false): Promise<LogStart> {
  await openFormat(store, key);
  const published = await readPublication(store, key, 'c');
  if (published === undefined) throw new VouchError('corrupt', 'The log has lost its signed checkpoints.');
  const pending = await readPublication(store, key, 'p');
  const signed = pending !== undefined && pending.size > published.size ? pending : published;
  const { state, tree } = await readStoredTree(store);
  await assertContinues(store, signed, state.size, state.root);
  const place = hasWitnesses ? toPendingKey : toCheckpointKey;
  const newest = state.size === signed.size ? signed : await recover(store, key, signed, state, place);
  const trust = await readTrust(store);
  if (hasWitnesses) return { tree, signed: newest, published: await readRefreshed(store, key, published), trust };
  // Without witnesses nothing waits for them any longer.
  if (newest === pending) await store.write([[toCheckpointKey(newest.size), Buffer.from(newest.note)]]);
  return { tree, signed: newest, published: newest, trust };
}

/** What is durable, and the end of its tree; `corrupt` where state, tiles and records do not have the same size and root. */
export async function readStoredTree(store: Store): Promise<{ readonly state: LogState; readonly tree: GrowingTree }> {
  const [stored] = await store.read([STORE_KEYS.state]);
  const state = readLogState(stored);
  const tree = await GrowingTree.read(toTileSource(store), state.size);
  if (!areEqualBytes(tree.root(), state.root)) {
    throw new VouchError('corrupt', 'The tiles of the log do not have the root that its state names.');
  }
  const beyond = await store.range(toEntryKey(state.size), toKeyBounds('e')[1], 1);
  if (beyond.length > 0) throw new VouchError('corrupt', 'The log has records its state does not know of.');
  return { state, tree };
}

async function openFormat(store: Store, key: LogKey): Promise<void> {
  const [format] = await store.read([STORE_KEYS.format]);
  if (format !== undefined) {
    assertLogFormat(format);
    return;
  }
  if ((await store.range(...EVERYTHING, 1)).length > 0) {
    throw new VouchError('config', 'The directory of the log holds a database that is not a log.');
  }
  const empty = { size: 0, root: EMPTY_ROOT, edge: [] };
  // One write, so that every log has a checkpoint from its first moment.
  await store.write([
    [STORE_KEYS.format, Buffer.from(LOG_FORMAT)],
    [STORE_KEYS.state, writeLogState(empty)],
    [toCheckpointKey(0), Buffer.from(signCheckpoint({ origin: key.name, ...empty }, key))],
  ]);
}

/** The newest checkpoint of a kind: published, or signed and pending. */
async function readPublication(store: Store, key: LogKey, kind: 'c' | 'p'): Promise<Publication | undefined> {
  const [newest] = await store.range(...toKeyBounds(kind), 1, 'last');
  if (newest === undefined) return undefined;
  const [name, note] = newest;
  assertOwn(note, key);
  const publication = readOwnNote(note, key);
  if (readNumber(name) !== publication.size)
    throw new VouchError('corrupt', 'A checkpoint of the log is stored under another size.');
  return publication;
}

/** The published checkpoint with cosignatures that came later, if there are any. */
async function readRefreshed(store: Store, key: LogKey, published: Publication): Promise<Publication> {
  const [note] = await store.read([STORE_KEYS.checkpoint]);
  const refreshed = note === undefined ? undefined : readOwnNote(note, key);
  const isSame = refreshed?.size === published.size && areEqualBytes(refreshed.root, published.root);
  return isSame ? refreshed! : published;
}

function readOwnNote(note: Uint8Array, key: LogKey): Publication {
  const { size, root } = toCorrupt(() => readSignedCheckpoint(note, key.verifier)).checkpoint;
  return { size, root, note: Buffer.from(note).toString() };
}

/** `config` if the checkpoint says that this is the log of another origin or key. */
function assertOwn(note: Uint8Array, key: LogKey): void {
  const { text, signatures } = toCorrupt(() => readNote(note));
  const [origin] = text.split('\n');
  if (origin !== key.name) throw new VouchError('config', `This is the log of ${origin}, not of ${key.name}.`);
  if (!signatures.some(({ name, keyId }) => name === key.name && keyId === key.verifier.keyId)) {
    throw new VouchError(
      'config',
      `The log was signed with another key; a new key for ${key.name} needs a new origin.`,
    );
  }
}

/** A crash came between the batch and its checkpoint: nobody was told, but the records are there. */
async function recover(
  store: Store,
  key: LogKey,
  signed: Publication,
  state: LogState,
  place: (size: number) => Uint8Array,
): Promise<Publication> {
  const edge = await readEdge(toTileSource(store), signed.size);
  await extendEdge(store, edge, state.size);
  if (!areEqualBytes(edge.root(), state.root)) {
    throw new VouchError('corrupt', 'The records after the last checkpoint do not have the root that the state names.');
  }
  await rehashDocuments(store, signed.size, state.size);
  return signTree(store, key, signed, state, place);
}

async function readTrust(store: Store): Promise<Placed | undefined> {
  const [index] = await store.read([STORE_KEYS.trust]);
  if (index === undefined) return undefined;
  const [placed] = await readPlaced(store, [readNumber(index)]);
  if (placed?.record.t !== 'trust') throw new VouchError('corrupt', 'The newest trust record of the log is not one.');
  return placed;
}

/** What is malformed in our own store is corrupt. */
function toCorrupt<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new VouchError('corrupt', 'The last signed checkpoint of the log is damaged.', { cause });
  }
}
