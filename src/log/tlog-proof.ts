import { VouchError } from '../errors.ts';
import { readBase64, writeBase64 } from './base64.ts';
import { readTreeSize } from './checkpoint.ts';
import { HASH_BYTES, PROOF_HASHES_LIMIT } from './merkle.ts';

/** A proof that one leaf is in a log, to be judged far from it (C2SP tlog-proof). */
export interface TlogProof {
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** The signed checkpoint the hashes lead to, as text. */
  readonly checkpointNote: string;
}

const HEAD = 'c2sp.org/tlog-proof@v1';

/** Writes a proof as text. */
export function writeTlogProof({ index, hashes, checkpointNote }: TlogProof): string {
  return [HEAD, `index ${index}`, ...hashes.map(writeBase64), '', checkpointNote].join('\n');
}

/** Reads a proof; `malformed` if it is none. What it claims is for `readSignedCheckpoint` and `isIncluded` to judge. */
export function readTlogProof(text: string): TlogProof {
  const blank = text.indexOf('\n\n');
  const [head, indexLine = '', ...lines] = text.slice(0, Math.max(blank, 0)).split('\n');
  const index = indexLine.startsWith('index ') ? readTreeSize(indexLine.slice('index '.length)) : undefined;
  if (head !== HEAD || index === undefined) throw new VouchError('malformed', 'This is not a tlog-proof.');
  if (lines.length > PROOF_HASHES_LIMIT) throw new VouchError('malformed', 'The tlog-proof has too many hashes.');
  const hashes = lines.map((line) => {
    const hash = readBase64(line);
    if (hash?.length !== HASH_BYTES) throw new VouchError('malformed', 'The tlog-proof has a line that is not a hash.');
    return hash;
  });
  return { index, hashes, checkpointNote: text.slice(blank + 2) };
}
