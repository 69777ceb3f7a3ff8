import { toMessage } from '../errors.ts';
import { readSignedCheckpoint } from '../log/checkpoint.ts';
import type { Checkpoint } from '../log/log.ts';
import type { NoteProof, VerifierKey } from '../log/note-key.ts';
import { LogBreach } from './log-breach.ts';
import type { LogSource } from './log-source.ts';

/** A checkpoint whose log signed it: the tree it stands for, and the note that proves it. */
export interface LogHead extends Checkpoint {
  /** The signed note as text. */
  readonly note: string;
  /** What known witnesses say about it; each of them once. */
  readonly cosignatures: readonly NoteProof[];
}

/** Whose signatures count. */
export interface LogKeys {
  readonly log: VerifierKey;
  readonly witnesses?: readonly VerifierKey[];
}

/** Reads a signed checkpoint strictly; a breach `checkpoint` says what is wrong with it. */
export function readLogHead(note: Uint8Array, { log, witnesses = [] }: LogKeys): LogHead {
  try {
    const { checkpoint, cosignatures } = readSignedCheckpoint(note, log, witnesses);
    return { ...checkpoint, note: Buffer.from(note).toString(), cosignatures };
  } catch (cause) {
    throw new LogBreach('checkpoint', `Bad checkpoint: ${toMessage(cause)}`, { cause });
  }
}

/** Asks a log for its newest checkpoint. */
export async function fetchLogHead(source: LogSource, keys: LogKeys): Promise<LogHead> {
  return readLogHead(await source.checkpoint(), keys);
}
