import type { EntryRow } from './entry-row.ts';

/**
 * Whose entries for an image follow each other: those of one endorser in one log. Another registry may take somebody else for the same
 * endorser, so what it took supersedes nothing but its own; and an entry of it stands here exactly as it stands there.
 */
export function endorserIdOf({ endorserKey, provenance }: Pick<EntryRow, 'endorserKey' | 'provenance'>): string {
  return provenance?.isFollowed === true ? `${endorserKey} in ${provenance.origin}` : endorserKey;
}
