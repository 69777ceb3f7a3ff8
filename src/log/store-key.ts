import type { TilePlace } from './tile-tree.ts';

/** The keys of a log in its store (design L4). Numbers are u64be, so the order of the keys is the order of the numbers. */
export const STORE_KEYS = {
  /** The version of this layout. */
  format: Buffer.from('s/format'),
  /** Size, root and edge of what is durable. */
  state: Buffer.from('s/state'),
  /** Index of the newest `trust` record. */
  trust: Buffer.from('s/trust'),
  /** The published checkpoint with its newest cosignatures, where the log has witnesses. */
  checkpoint: Buffer.from('s/checkpoint'),
  /** How many records are in the trie of the index; absent for a log without one. */
  index: Buffer.from('s/index'),
  /** In a mirror alone: the key of the log it copies. */
  mirrored: Buffer.from('s/mirrored'),
  /** In a mirror alone: the signed checkpoint whose records it is taking in. */
  target: Buffer.from('s/target'),
} as const;

/** The leaf of a record. */
export function toEntryKey(index: number): Uint8Array {
  return numbered('e/', index);
}

/** A tile, grown in place: the bytes of a partial tile are a prefix of the full one's. */
export function toTileKey({ level, index }: TilePlace): Uint8Array {
  const key = Buffer.alloc(11);
  key.write('t/');
  key.writeUInt8(level, 2);
  writeNumber(key, index, 3);
  return key;
}

/** The index under which a document was accepted first. */
export function toDocumentKey(sha256: string): Uint8Array {
  return Buffer.from(`d/${sha256}`);
}

/** The index of an identifier's `seq`-th entry. */
export function toIdentifierKey(identifier: string, seq: number): Uint8Array {
  return numbered(`i/${identifier}/`, seq);
}

/** Number and index of an identifier's newest entry: what the next one continues, without a search. */
export function toHeadKey(identifier: string): Uint8Array {
  return Buffer.from(`h/${identifier}`);
}

/** The checkpoint of a size that was signed, and waits for its witnesses or waited. */
export function toPendingKey(size: number): Uint8Array {
  return numbered('p/', size);
}

/** The signed checkpoint of a size that was published. */
export function toCheckpointKey(size: number): Uint8Array {
  return numbered('c/', size);
}

/** The checkpoint a witness cosigned last for an origin; in a store of its own. */
export function toWitnessKey(origin: string): Uint8Array {
  return Buffer.from(`w/${origin}`);
}

/** The bytes with this SHA-256. */
export function toBlobKey(sha256: string): Uint8Array {
  return Buffer.from(`b/${sha256}`);
}

/** A page of the index by its name: the four-bit digits, in hex, with which all its keys begin. */
export function toPageKey(name: string): Uint8Array {
  return Buffer.from(`x/${name}`);
}

/** The first key and the key after the last of a kind: `e`, `t`, `d`, `i`, `h`, `c`, `p`, `b`, `x` or `s`. */
export function toKeyBounds(
  kind: 'e' | 't' | 'd' | 'i' | 'h' | 'c' | 'p' | 'b' | 'x' | 's',
): readonly [Uint8Array, Uint8Array] {
  return [Buffer.from(`${kind}/`), Buffer.from(`${kind}0`)];
}

/** The number a value holds or a key ends with. */
export function readNumber(bytes: Uint8Array): number {
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readBigUInt64BE(bytes.length - 8));
}

/** Where an identifier's chain ends. */
export interface Head {
  readonly seq: number;
  readonly index: number;
}

/** Reads the value under a head key. */
export function readHead(value: Uint8Array): Head {
  return { seq: readNumber(value.subarray(0, 8)), index: readNumber(value.subarray(8)) };
}

/** Writes the value under a head key. */
export function writeHead({ seq, index }: Head): Uint8Array {
  return Buffer.concat([toNumberValue(seq), toNumberValue(index)]);
}

/** A number as a value. */
export function toNumberValue(number: number): Uint8Array {
  return numbered('', number);
}

function numbered(prefix: string, number: number): Uint8Array {
  const key = Buffer.alloc(prefix.length + 8);
  key.write(prefix);
  writeNumber(key, number, prefix.length);
  return key;
}

function writeNumber(key: Buffer, number: number, at: number): void {
  key.writeUInt32BE(Math.floor(number / 2 ** 32), at);
  key.writeUInt32BE(number % 2 ** 32, at + 4);
}
