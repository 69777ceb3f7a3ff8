import { byCheck } from '../errors.ts';
import type { Quad } from '../rdf/quad.ts';
import type { Trust, World } from '../verify/conditions.ts';
import { judgeStatement } from '../verify/judge-statement.ts';
import { readStatement, type Statement, toEntry } from '../verify/read-statement.ts';
import type { JudgedEntry, UnreadableEntry } from './judged-entry.ts';

/** Where a document was found, and what is known of it besides its bytes. */
export type FoundEntry = Pick<JudgedEntry, 'origin' | 'index' | 'isImported' | 'isIncluded' | 'provenAt'>;

/** What came of judging a document: its triples go with it, for the rules that read the graph. */
export type EntryJudgement =
  | { readonly ok: true; readonly judged: JudgedEntry; readonly triples: readonly Quad[] }
  | { readonly ok: false; readonly unreadable: UnreadableEntry };

/** What is wrong with a document nothing may be read from: its bytes are not what this program takes for XML and RDF. */
const GATE_CHECKS: readonly string[] = ['document', 'schema'];

/** Whom a site believes, and when it asks. */
export interface JudgementConditions {
  readonly at: Date;
  readonly trust: Trust;
}

/**
 * Verifies a document again where its image is to run: in the profile it was accepted in, by the site's own trust. The signer of an
 * original is not judged, since only the import manifest of its registry vouches for it. Never throws for any bytes.
 */
export async function judgeEntry(
  bytes: Uint8Array,
  found: FoundEntry,
  conditions: JudgementConditions,
  world: World,
): Promise<EntryJudgement> {
  return judgeReadEntry(await readFoundEntry(bytes, found, world), found, conditions, world);
}

/** The part of `judgeEntry` that no trust and no time changes: it may be kept as long as the bytes. */
export function readFoundEntry(
  bytes: Uint8Array,
  { isImported }: Pick<FoundEntry, 'isImported'>,
  world: World,
): Promise<Statement> {
  return readStatement(bytes, isImported ? 'legacy' : 'current', world);
}

/** The other part: what trust and time say of a document that was read. */
export async function judgeReadEntry(
  statement: Statement,
  found: FoundEntry,
  { at, trust }: JudgementConditions,
  world: World,
): Promise<EntryJudgement> {
  const { origin, index, isImported, provenAt } = found;
  const proven = provenAt === undefined ? {} : { provenAt: { at: provenAt, source: 'witnesses' as const } };
  const unreadable = (message: string): EntryJudgement => ({
    ok: false,
    unreadable: { origin, ...(index === undefined ? {} : { index }), message },
  });
  const { content, documentSha256 } = statement;
  const fault = statement.findings.find(({ check, severity }) => severity === 'error' && GATE_CHECKS.includes(check));
  if (fault !== undefined) return unreadable(fault.message);
  const signer = content?.signature?.signer;
  const entry = content && toEntry(content.reading);
  if (content === undefined || signer === undefined || entry === undefined) {
    return unreadable(statement.findings[0]?.message ?? 'its certificate cannot be read.');
  }
  const conditions = { at, trust: isImported ? ({ mode: 'any' } as const) : trust, ...proven };
  const { findings } = await judgeStatement(statement, conditions, world);
  world.signers?.add(signer);
  const { endorserKey, sha256: signerSha256, certificate } = signer;
  const signedBy = { endorserKey, signerSha256, signerKey: certificate.publicKey };
  const judged = { ...found, documentSha256, entry, ...signedBy, findings: findings.toSorted(byCheck) };
  return { ok: true, judged, triples: content.triples };
}
