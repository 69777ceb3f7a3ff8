import { VouchError } from '../errors.ts';
import { readBase64, writeBase64 } from './base64.ts';
import { HASH_BYTES, PROOF_HASHES_LIMIT, readTreeSize } from './tree-size.ts';

/** A proof that one leaf is in a log, to be judged far from it (C2SP tlog-proof). */
export interface TlogProof {
  /** What nothing in the proof authenticates; where this program writes it, the leaf itself, whose hash is then proven. */
  readonly extra?: Uint8Array;
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** The signed checkpoint the hashes lead to, as text. */
  readonly checkpointNote: string;
}

const HEAD = 'c2sp.org/tlog-proof@v1';
/** A checkpoint of at most 1 MiB, and before it more than any leaf and proof take. */
const CHARACTERS_LIMIT = 2 * 1_048_576;

/** Writes a proof as text. */
export function writeTlogProof({ extra, index, hashes, checkpointNote }: TlogProof): string {
  const told = extra === undefined ? [] : [`extra ${writeBase64(extra)}`];
  return [HEAD, ...told, `index ${index}`, ...hashes.map(writeBase64), '', checkpointNote].join('\n');
}

/** Reads a proof; `malformed` if it is none. What it claims is for `readSignedCheckpoint` and `isIncluded` to judge. */
export function readTlogProof(text: string): TlogProof {
  if (text.length > CHARACTERS_LIMIT) throw new VouchError('malformed', 'The tlog-proof is longer than 2 MiB.');
  const blank = text.indexOf('\n\n');
  const [head, ...lines] = text.slice(0, Math.max(blank, 0)).split('\n');
  const extraLine = lines[0]?.startsWith('extra ') === true ? lines.shift() : undefined;
  const [indexLine = '', ...hashLines] = lines;
  const index = indexLine.startsWith('index ') ? readTreeSize(indexLine.slice('index '.length)) : undefined;
  if (head !== HEAD || index === undefined) throw new VouchError('malformed', 'This is not a tlog-proof.');
  const proof = { index, hashes: readHashes(hashLines), checkpointNote: text.slice(blank + 2) };
  if (extraLine === undefined) return proof;
  const extra = readBase64(extraLine.slice('extra '.length));
  if (extra === undefined) throw new VouchError('malformed', 'The extra line of the tlog-proof is not base64.');
  return { extra, ...proof };
}

function readHashes(lines: readonly string[]): Uint8Array[] {
  if (lines.length > PROOF_HASHES_LIMIT) throw new VouchError('malformed', 'The tlog-proof has too many hashes.');
  return lines.map((line) => {
    const hash = readBase64(line);
    if (hash?.length !== HASH_BYTES) throw new VouchError('malformed', 'The tlog-proof has a line that is not a hash.');
    return hash;
  });
}
