import { VouchError } from '../errors.ts';
import { readNote } from '../proof/note.ts';
import { readCheckpoint, readSignedCheckpoint } from './checkpoint.ts';
import { findMet } from './find-met.ts';
import type { Checkpoint } from './log.ts';
import type { NoteProof, VerifierKey } from './note-key.ts';
import type { Witness, WitnessPolicy } from './witness-policy.ts';

/** A witness of the policy, and when it says it saw the checkpoint. */
export interface WitnessedBy {
  readonly witness: Witness;
  readonly at: Date;
}

/** What the cosignatures of a checkpoint come to under a policy. */
export type QuorumVerdict =
  /** `freshAt` is the time of the last cosignature that was needed, newest first; undefined where the policy needs none. */
  | { readonly outcome: 'met'; readonly by: readonly WitnessedBy[]; readonly freshAt: Date | undefined }
  /** Too few different operators; `by` are those who are there. */
  | { readonly outcome: 'not-met'; readonly by: readonly WitnessedBy[] }
  /** The quorum saw it too long ago: somebody may be showing an old state. */
  | { readonly outcome: 'stale'; readonly by: readonly WitnessedBy[]; readonly freshAt: Date }
  /** A witness says it will see it: its clock, or somebody, is wrong, so its word proves no time. */
  | { readonly outcome: 'future'; readonly by: readonly WitnessedBy[] };

/** How time bears on cosignatures. */
export interface QuorumTime {
  readonly now: Date;
  /** Oldest that the quorum may be; any age where absent. */
  readonly maxAgeMs?: number;
}

/** How far the clock of a witness may be ahead of ours (design L9.2). */
export const CLOCK_SKEW_MS = 5 * 60_000;

/** Judges verified cosignatures of one checkpoint. A key counts once, and so does an operator, however many keys he has. */
export function judgeQuorum(
  policy: Pick<WitnessPolicy, 'witnesses' | 'quorum'>,
  cosignatures: readonly NoteProof[],
  { now, maxAgeMs }: QuorumTime,
): QuorumVerdict {
  const by = toWitnessedBy(policy.witnesses, cosignatures);
  const future = by.filter(({ at }) => at.getTime() > now.getTime() + CLOCK_SKEW_MS);
  if (future.length > 0) return { outcome: 'future', by: future };
  if (policy.quorum === undefined) return { outcome: 'met', by, freshAt: undefined };
  for (let count = 1; count <= by.length; count += 1) {
    const seen = new Set(by.slice(0, count).map(({ witness }) => witness));
    const met = findMet(policy.quorum, seen);
    if (met === undefined) continue;
    const needed = by.filter(({ witness }) => met.includes(witness));
    const freshAt = by[count - 1]!.at;
    const isStale = maxAgeMs !== undefined && now.getTime() - freshAt.getTime() > maxAgeMs;
    return { outcome: isStale ? 'stale' : 'met', by: needed, freshAt };
  }
  return { outcome: 'not-met', by };
}

/**
 * Reads a checkpoint of any log of the policy (or of `log`, where the policy leaves logs open) and judges its cosignatures.
 * `malformed` if the note is, if no log of the policy signed it, or if the signature of any key of the policy is wrong.
 */
export function readWitnessedCheckpoint(
  note: Uint8Array,
  policy: WitnessPolicy,
  time: QuorumTime,
  log?: VerifierKey,
): { readonly checkpoint: Checkpoint; readonly quorum: QuorumVerdict } {
  const { origin } = readCheckpoint(readNote(note).text);
  const logs = log === undefined ? policy.logs.map(({ key }) => key) : [log];
  const signer = logs.find(({ name }) => name === origin);
  if (signer === undefined)
    throw new VouchError('malformed', `The checkpoint is of ${origin}, a log nobody asked for.`);
  const keys = policy.witnesses.map(({ key }) => key);
  const { checkpoint, cosignatures } = readSignedCheckpoint(note, signer, keys);
  return { checkpoint, quorum: judgeQuorum(policy, cosignatures, time) };
}

/** One sentence for people. */
export function tellQuorum(verdict: QuorumVerdict): string {
  const names = verdict.by.map(({ witness }) => witness.name).join(', ');
  if (verdict.outcome === 'met') return names === '' ? 'The policy asks for no witness.' : `Witnessed by ${names}.`;
  if (verdict.outcome === 'stale') {
    return `Witnessed by ${names}, but not since ${verdict.freshAt.toISOString()}: this may be an old state.`;
  }
  if (verdict.outcome === 'future') return `The time that ${names} witnessed it lies in the future.`;
  return names === '' ? 'No witness of the policy has seen it.' : `Only ${names} witnessed it: too few for the policy.`;
}

/** Newest first; each key of the policy once. */
function toWitnessedBy(witnesses: readonly Witness[], cosignatures: readonly NoteProof[]): WitnessedBy[] {
  const found = witnesses.flatMap((witness): WitnessedBy[] => {
    const times = cosignatures.flatMap(({ key, at }) =>
      at !== undefined && key.kind === 'cosigner' && key.vkey === witness.key.vkey ? [at.getTime()] : [],
    );
    return times.length === 0 ? [] : [{ witness, at: new Date(Math.max(...times)) }];
  });
  return found.sort((one, other) => other.at.getTime() - one.at.getTime());
}
