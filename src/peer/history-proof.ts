import { toMessage, VouchError } from '../errors.ts';
import { HASH_BYTES } from '../log/merkle.ts';
import { isSha256Hex } from '../log/sha256.ts';
import { TRIE_DEPTH_LIMIT } from '../log/trie-hash.ts';
import type { TrieProof } from '../log/trie-proof.ts';
import { readBase64 } from '../proof/base64.ts';

/** Some of the records about one image as a registry gives them. What the proofs prove is for `readRecordProof` to judge. */
export interface HistoryPage {
  /** The signed checkpoint that the proofs are under, as text. */
  readonly checkpoint: string;
  /** tlog-proof text of each record, oldest first. */
  readonly proofs: readonly string[];
  /** Number (1-based) of the first record after these; absent where there are none. */
  readonly next?: number;
}

/** The first of them, with what the index of the log says of the image. */
export interface HistoryProof extends HistoryPage {
  /** tlog-proof text of the record that states the root of the index. */
  readonly index: string;
  readonly trie: TrieProof;
}

/** Records of one answer, and bytes. */
export const HISTORY_PAGE_LIMIT = 100;
export const HISTORY_BYTES_LIMIT = 16 * 1_048_576;

/** Reads the answer to `/log/history/<identifier>`; `malformed` if it is none. */
export function readHistoryPage(bytes: Uint8Array): HistoryPage {
  return toPage(parse(bytes));
}

/** Reads the answer to `/log/history/<identifier>/proof`; `malformed` if it is none. */
export function readHistoryProof(bytes: Uint8Array): HistoryProof {
  const answer = parse(bytes);
  return { ...toPage(answer), index: toText(toObject(answer.index).proof), trie: toTrie(toObject(answer.trie)) };
}

type Fields = Readonly<Record<string, unknown>>;

function toPage({ checkpoint, records, next }: Fields): HistoryPage {
  if (!Array.isArray(records) || records.length > HISTORY_PAGE_LIMIT) throw malformed('its records are no list');
  const page = { checkpoint: toText(checkpoint), proofs: records.map((record) => toText(toObject(record).proof)) };
  if (next === undefined) return page;
  if (!Number.isSafeInteger(next)) throw malformed('the number of its next record is none');
  return { ...page, next: next as number };
}

function toTrie({ siblings, leaf }: Fields): TrieProof {
  if (!Array.isArray(siblings) || siblings.length > TRIE_DEPTH_LIMIT) throw malformed('its hashes are no list');
  const hashes = siblings.map((hash) => {
    const bytes = readBase64(toText(hash));
    if (bytes?.length !== HASH_BYTES) throw malformed('one of its hashes is none');
    return bytes;
  });
  if (leaf === undefined) return { siblings: hashes };
  const { key, count, chain } = toObject(leaf);
  if (!Number.isSafeInteger(count)) throw malformed('the count of its leaf is none');
  return { siblings: hashes, leaf: { key: toDigest(key), count: count as number, chain: toDigest(chain) } };
}

function toDigest(value: unknown): Uint8Array {
  const text = toText(value);
  if (!isSha256Hex(text)) throw malformed('its leaf has a digest that is none');
  return Buffer.from(text, 'hex');
}

function toText(value: unknown): string {
  if (typeof value !== 'string') throw malformed('a text is missing in it');
  return value;
}

function toObject(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw malformed('a part of it is missing');
  return value as Fields;
}

function parse(bytes: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed(`it is no JSON (${toMessage(cause)})`, cause);
  }
  return toObject(value);
}

function malformed(why: string, cause?: unknown): VouchError {
  return new VouchError('malformed', `This is not the history of an image: ${why}.`, { cause });
}
