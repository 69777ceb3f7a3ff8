import { VouchError } from '../errors.ts';
import { readNote } from '../proof/note.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './log.ts';
import type { Publication } from './publication.ts';
import type { Pair, Store } from './store.ts';
import { toCheckpointKey } from './store-key.ts';

/** A checkpoint that was published, with its signed text. */
export interface PublishedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: string;
}

/**
 * The first checkpoint published after record `index` came in: what its receipt cites, now and for ever. Nothing is stored for a
 * receipt, since the checkpoints are kept and any place under one can be proven from the tiles.
 */
export async function readCoveringCheckpoint(
  store: Store,
  published: Publication,
  index: number,
): Promise<PublishedCheckpoint> {
  // The first form of the newest too: with witnesses, readers may meanwhile be shown it with later cosignatures.
  const [pair] = await store.range(toCheckpointKey(index + 1), toCheckpointKey(published.size + 1), 1);
  return toPublished(pair === undefined ? published.note : toText(pair));
}

/** The checkpoint published for exactly `size` records; `not-found` names the next that was. */
export async function readCheckpointOf(
  store: Store,
  published: Publication,
  size: number,
): Promise<PublishedCheckpoint> {
  if (size > published.size) throw new VouchError('not-found', `The log has ${published.size} records, not ${size}.`);
  if (size === published.size) return toPublished(published.note);
  const found = await readCoveringCheckpoint(store, published, size - 1);
  if (found.checkpoint.size === size) return found;
  const next = `the next one after it is of ${found.checkpoint.size}`;
  throw new VouchError('not-found', `No checkpoint was signed for ${size} records; ${next}.`);
}

function toText([, note]: Pair): string {
  return Buffer.from(note).toString();
}

/** Our own note, verified when it was signed and by every audit; what else it may say is for its readers to judge. */
function toPublished(note: string): PublishedCheckpoint {
  try {
    return { checkpoint: readCheckpoint(readNote(Buffer.from(note)).text), note };
  } catch (cause) {
    throw new VouchError('corrupt', 'A signed checkpoint of the log is damaged.', { cause });
  }
}
