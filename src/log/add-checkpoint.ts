import { VouchError } from '../errors.ts';
import { readBase64, writeBase64 } from '../proof/base64.ts';
import { readTreeSize } from '../proof/tree-size.ts';
import { HASH_BYTES, PROOF_HASHES_LIMIT } from './merkle.ts';

/** What a log hands to a witness (C2SP tlog-witness, add-checkpoint). */
export interface AddCheckpoint {
  /** Size of the tree the witness saw last. */
  readonly oldSize: number;
  /** That the new tree continues it (RFC 6962 2.1.2). */
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint as text. */
  readonly note: string;
}

/** The media type of the size in a reply with status 409. */
export const SIZE_MEDIA_TYPE = 'text/x.tlog.size';

/** Writes the body of the request. */
export function writeAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  return [`old ${oldSize}`, ...proof.map(writeBase64), '', note].join('\n');
}

/** Reads the body strictly, `malformed` if it is none; what proof and note claim is for the witness to judge. */
export function readAddCheckpoint(body: Uint8Array): AddCheckpoint {
  const text = decode(body);
  const blank = text.indexOf('\n\n');
  const [first = '', ...lines] = text.slice(0, Math.max(blank, 0)).split('\n');
  const oldSize = first.startsWith('old ') ? readTreeSize(first.slice('old '.length)) : undefined;
  if (oldSize === undefined) throw new VouchError('malformed', 'The body does not begin with "old <size>".');
  if (lines.length > PROOF_HASHES_LIMIT) {
    throw new VouchError('malformed', `The proof has more than ${PROOF_HASHES_LIMIT} hashes.`);
  }
  const proof = lines.map((line) => {
    const hash = readBase64(line);
    if (hash?.length !== HASH_BYTES) throw new VouchError('malformed', 'The proof has a line that is not a hash.');
    return hash;
  });
  return { oldSize, proof, note: text.slice(blank + 2) };
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch (cause) {
    throw new VouchError('malformed', 'The body is not valid UTF-8.', { cause });
  }
}
