import { toMessage } from '../errors.ts';
import type { Trust, World } from '../verify/conditions.ts';
import { type AcceptedContent, readAccepted } from '../verify/read-accepted.ts';
import { verifyEntry } from '../verify/verify-entry.ts';
import { toHex } from '../x509/octets.ts';
import type { JudgedEntry, UnreadableEntry } from './judged-entry.ts';

/** Where a document was found, and what is known of it besides its bytes. */
export type FoundEntry = Pick<JudgedEntry, 'origin' | 'index' | 'isImported' | 'isIncluded' | 'provenAt'>;

/** What came of judging a document: its triples go with it, for the rules that read the graph. */
export type EntryJudgement =
  | { readonly ok: true; readonly judged: JudgedEntry; readonly content: AcceptedContent }
  | { readonly ok: false; readonly unreadable: UnreadableEntry };

/** What is wrong with a document nothing may be read from: its bytes are not what this program takes for XML and RDF. */
const GATE_CHECKS: readonly string[] = ['document', 'schema'];

/**
 * Verifies a document again where its image is to run: in the profile it was accepted in, by the site's own trust. The signer of an
 * original is not judged, since only the import manifest of its registry vouches for it. Never throws for any bytes.
 */
export async function judgeEntry(
  bytes: Uint8Array,
  found: FoundEntry,
  { at, trust }: { readonly at: Date; readonly trust: Trust },
  world: World,
): Promise<EntryJudgement> {
  const { origin, index, isImported, provenAt } = found;
  const profile = isImported ? 'legacy' : 'current';
  const proven = provenAt === undefined ? {} : { provenAt: { at: provenAt, source: 'witnesses' as const } };
  const conditions = { profile, at, trust: isImported ? ({ mode: 'any' } as const) : trust, ...proven } as const;
  const { findings } = await verifyEntry(bytes, conditions, world);
  const unreadable = (message: string): EntryJudgement => ({
    ok: false,
    unreadable: { origin, ...(index === undefined ? {} : { index }), message },
  });
  const fault = findings.find(({ check, severity }) => severity === 'error' && GATE_CHECKS.includes(check));
  if (fault !== undefined) return unreadable(fault.message);
  try {
    const content = await readAccepted(bytes, profile, world);
    const { entry, endorserKey, signerSha256, signerKey } = content;
    const documentSha256 = toHex(await world.crypto.digest('SHA-256', bytes));
    const judged = { ...found, documentSha256, entry, endorserKey, signerSha256, signerKey, findings };
    return { ok: true, judged, content };
  } catch (thrown) {
    return unreadable(toMessage(thrown));
  }
}
