import { VouchError } from '../errors.ts';
import { readBase64 } from './base64.ts';
import { isKeyName } from './note.ts';
import { HASH_BYTES, readTreeSize } from './tree-size.ts';

/** What a log signs: how many records it has, and the hash over all of them. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** Reads the text of a checkpoint, without a look at whether the root can be that of the size; `malformed` if it is anything else. */
export function readClaimedCheckpoint(text: string): Checkpoint {
  const [origin = '', digits = '', base64 = '', end, ...extensions] = text.split('\n');
  const size = readTreeSize(digits);
  const root = readBase64(base64);
  if (extensions.length > 0) throw new VouchError('malformed', 'The checkpoint has extension lines.');
  if (!isKeyName(origin) || end !== '')
    throw new VouchError('malformed', 'The checkpoint does not have its three lines.');
  if (size === undefined) throw new VouchError('malformed', 'The size in the checkpoint is not a number it may be.');
  if (root?.length !== HASH_BYTES) throw new VouchError('malformed', 'The root in the checkpoint is not a hash.');
  return { origin, size, root };
}
