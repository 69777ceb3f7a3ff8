import { toMessage } from '../errors.ts';
import type { NoteProof, VerifierKey } from '../log/note-key.ts';
import { judgeQuorum, tellQuorum } from '../log/quorum.ts';
import { type ProvenRecord, readRecordProof } from '../log/record-proof.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { WitnessPolicy } from '../log/witness-policy.ts';
import { isEntryRecord } from '../proof/record.ts';
import type { ProvenTime, Trust, World } from '../verify/conditions.ts';
import type { Verdict } from '../verify/verdict.ts';
import { verifyEntry } from '../verify/verify-entry.ts';
import { DEFAULT_DOCUMENT_LIMITS } from '../xml/gate.ts';
import type { EntryBundle } from './entry-bundle.ts';
import { LogBreach } from './log-breach.ts';
import { readChain } from './read-chain.ts';

/** Everything the verdict on a bundle depends on besides the bundle. */
export interface BundleConditions {
  readonly log: VerifierKey;
  /** Which witnesses must have seen the receipt; they also prove when the signature existed. */
  readonly policy?: Pick<WitnessPolicy, 'witnesses' | 'quorum'>;
  readonly at: Date;
  readonly trust: Trust;
}

/** What a bundle establishes. That no newer statement about the image exists is never among it. */
export interface BundleVerdict {
  readonly proven: ProvenRecord;
  readonly provenAt: ProvenTime | undefined;
  readonly verdict: Verdict;
}

/** The largest document any registry may take (trust A1.1). */
const DOCUMENT_BYTES = 1_048_576;

/**
 * Judges an entry by its bundle alone. Breaches, before the entry is looked at: `receipt` if the receipt does not prove that exactly
 * this document is in the log, `quorum` and `time` by the policy, `blob` for evidence or certificates that are not those recorded.
 */
export async function verifyEntryBundle(
  bundle: EntryBundle,
  { log, policy, at, trust }: BundleConditions,
  world: World,
): Promise<BundleVerdict> {
  const proven = readReceipt(bundle.receipt, log, policy?.witnesses.map(({ key }) => key) ?? []);
  assertSame(bundle, proven);
  const provenAt = policy && proveTime(policy, proven.cosignatures, at);
  const verdict = await verifyEntry(
    bundle.document,
    {
      profile: proven.record.t === 'import' ? 'legacy' : 'current',
      at,
      trust,
      limits: { ...DEFAULT_DOCUMENT_LIMITS, bytes: DOCUMENT_BYTES },
      ...(provenAt && { provenAt }),
    },
    world,
  );
  return { proven, provenAt, verdict };
}

function readReceipt(receipt: string, log: VerifierKey, witnesses: readonly VerifierKey[]): ProvenRecord {
  try {
    return readRecordProof(receipt, log, witnesses);
  } catch (cause) {
    throw new LogBreach('receipt', `Bad receipt: ${toMessage(cause)}`, { cause });
  }
}

function assertSame({ document, evidence, chain }: EntryBundle, { index, record }: ProvenRecord): void {
  if (!isEntryRecord(record)) throw new LogBreach('receipt', `Bad receipt: record ${index} is not of an entry.`);
  if (sha256Hex(document) !== record.doc || document.length !== record.len) {
    throw new LogBreach('receipt', `Bad receipt: it is that of another document, record ${index} of the log.`);
  }
  const ev = evidence.length === 0 ? '' : sha256Hex(evidence);
  if (ev !== record.ev) throw new LogBreach('blob', `Swapped blob: the evidence is not the one of record ${index}.`);
  const names = readChain(evidence);
  if (names.length !== chain.length || chain.some((der, place) => sha256Hex(der) !== names[place])) {
    throw new LogBreach('blob', `Swapped blob: the certificates are not those of record ${index}.`);
  }
}

/** The moment by which a whole quorum had seen the receipt: one witness that lies about the time cannot make it earlier. */
function proveTime(
  policy: Pick<WitnessPolicy, 'witnesses' | 'quorum'>,
  cosignatures: readonly NoteProof[],
  now: Date,
): ProvenTime | undefined {
  const verdict = judgeQuorum(policy, cosignatures, { now });
  if (verdict.outcome === 'not-met') throw new LogBreach('quorum', `No quorum for the receipt: ${tellQuorum(verdict)}`);
  if (verdict.outcome === 'future') throw new LogBreach('time', `Wrong time in the receipt: ${tellQuorum(verdict)}`);
  if (policy.quorum === undefined) return undefined;
  const oldestFirst = cosignatures
    .filter(({ at }) => at !== undefined)
    .toSorted((one, other) => one.at!.getTime() - other.at!.getTime());
  const last = oldestFirst.findIndex((_, place) => {
    return judgeQuorum(policy, oldestFirst.slice(0, place + 1), { now }).outcome === 'met';
  });
  return { at: oldestFirst[last]!.at!, source: 'witnesses' };
}
