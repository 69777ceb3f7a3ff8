import { byCheck, type Finding, hasError } from '../errors.ts';
import { checkEntryRules } from './check-entry-rules.ts';
import type { Conditions, World } from './conditions.ts';
import { judgeStatement } from './judge-statement.ts';
import { addLines, readDocument } from './read-document.ts';
import { readStatement, toEntry } from './read-statement.ts';
import type { Verdict, VerifiedEntry } from './verdict.ts';

/**
 * Is this entry valid? Runs every check that can still run and returns all findings. Never throws for any bytes; what it throws
 * is a fault of the platform.
 */
export async function verifyEntry(bytes: Uint8Array, conditions: Conditions, world: World): Promise<Verdict> {
  const statement = await readStatement(bytes, conditions.profile, world, conditions.limits);
  const { content, documentSha256 } = statement;
  if (content === undefined) return { valid: false, entry: null, findings: statement.findings.toSorted(byCheck) };
  const { findings, evidence } = await judgeStatement(statement, conditions, world);
  const { signature, reading, triples } = content;
  const entry = toEntry(reading) ?? null;
  if (evidence === undefined || signature?.signer === undefined || entry === null || hasError(findings))
    return { valid: false, entry, findings: addLines(findings, bytes, world.xml).toSorted(byCheck) };
  const { signer, canonicalSha256, algorithm } = signature;
  world.signers?.add(signer);
  const verified = {
    entry,
    bytes,
    documentSha256,
    canonicalSha256,
    signatureAlgorithm: algorithm,
    signerSha256: signer.sha256,
    endorserKey: conditions.trust.mode === 'open' ? signer.ownKey : signer.endorserKey,
    triples,
    evidence,
  } as unknown as VerifiedEntry;
  return { valid: true, verified, findings: findings.toSorted(byCheck) };
}

/** Everything but the signature and what hangs on it: for drafts, before they are signed. */
export function verifyDraft(
  bytes: Uint8Array,
  conditions: Pick<Conditions, 'profile' | 'limits'>,
  world: Pick<World, 'xml'>,
): Finding[] {
  const { content, findings } = readDocument(bytes, conditions.profile, world.xml, {
    signature: 'none',
    ...(conditions.limits === undefined ? {} : { limits: conditions.limits }),
  });
  const rules = content === undefined ? [] : checkEntryRules(content.reading, conditions.profile);
  // Signing fills these in.
  return addLines([...findings, ...rules], bytes, world.xml).filter(
    ({ code }) => code !== 'endorsement' && code !== 'validity',
  );
}
