import type { Entry } from '../entry/entry.ts';
import type { EntryReading } from '../entry/read-entry.ts';
import { byCheck, type Finding, hasError, toWarning } from '../errors.ts';
import { toHex } from '../x509/octets.ts';
import { checkEndorser } from './check-endorser.ts';
import { checkEntryRules } from './check-entry-rules.ts';
import { checkSignature } from './check-signature.ts';
import { checkTime } from './check-time.ts';
import { checkTrust } from './check-trust.ts';
import type { Conditions, World } from './conditions.ts';
import { addLines, type DocumentContent, readDocument } from './read-document.ts';
import { readSigner, type Signer } from './signer.ts';
import type { Evidence, Verdict, VerifiedEntry } from './verdict.ts';

/** Names the rules that were applied; recorded in every entry's evidence. */
export const RULES_VERSION = 'vouch-1';

/**
 * Is this entry valid? Runs every check that can still run and returns all findings. Never throws for any bytes; what it throws
 * is a fault of the platform.
 */
export async function verifyEntry(bytes: Uint8Array, conditions: Conditions, world: World): Promise<Verdict> {
  const { content, findings } = readDocument(bytes, conditions.profile, world.xml, {
    signature: 'required',
    ...(conditions.limits === undefined ? {} : { limits: conditions.limits }),
  });
  if (content === undefined) return { valid: false, entry: null, findings: findings.toSorted(byCheck) };
  const all: Finding[] = [...findings, ...checkEntryRules(content.reading, conditions.profile)];
  const documentSha256 = toHex(await world.crypto.digest('SHA-256', bytes));
  const signed = await checkSigned(content, documentSha256, conditions, world, all);
  const entry = toEntry(content.reading);
  if (signed === undefined || entry === null || hasError(all))
    return { valid: false, entry, findings: addLines(all, bytes, world.xml).toSorted(byCheck) };
  world.signers?.add(signed.signer);
  const verified = {
    entry,
    bytes,
    documentSha256,
    canonicalSha256: signed.canonicalSha256,
    signatureAlgorithm: signed.algorithm,
    signerSha256: signed.signer.sha256,
    endorserKey: conditions.trust.mode === 'open' ? signed.signer.ownKey : signed.signer.endorserKey,
    triples: content.triples,
    evidence: signed.evidence,
  } as unknown as VerifiedEntry;
  return { valid: true, verified, findings: all.toSorted(byCheck) };
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

function toEntry(reading: EntryReading): Entry | null {
  const { description, endorsement } = reading;
  return description === undefined || endorsement === undefined ? null : { ...description, endorsement };
}

interface Signed {
  readonly signer: Signer;
  readonly canonicalSha256: string;
  readonly algorithm: string;
  readonly evidence: Evidence;
}

/** The checks that need the signature and its certificate; adds what they find. */
async function checkSigned(
  content: DocumentContent,
  documentSha256: string,
  conditions: Conditions,
  world: World,
  findings: Finding[],
): Promise<Signed | undefined> {
  const { reading, signature } = content;
  if (signature === undefined) {
    findings.push(...checkTime(reading, undefined, conditions));
    return undefined;
  }
  const read = await readSigner(signature.claim.certificates[0]!, world.crypto, world.signers);
  const signer = read.ok ? read.signer : undefined;
  if (!read.ok) findings.push(...read.findings);
  const octets = new TextEncoder().encode(content.signedText);
  const sha256 = await world.crypto.digest('SHA-256', octets);
  findings.push(...(await checkSignature(signature, { octets, sha256 }, signer?.certificate, world.crypto)));
  if (signer === undefined) return undefined;
  const judgedAt = judgementTime(reading, conditions);
  const trust = await checkTrust(
    signer,
    signature.claim.certificates.slice(1),
    documentSha256,
    judgedAt,
    conditions,
    world,
  );
  const endorser = checkEndorser(reading, signer, conditions);
  findings.push(...trust.findings, ...endorser.findings, ...checkTime(reading, signer, conditions));
  if (conditions.profile === 'legacy') {
    findings.push(
      toWarning('weak', 'The signature uses SHA-1: good only because its bytes were fixed before that mattered.'),
    );
  }
  const { mode } = conditions.trust;
  return {
    signer,
    canonicalSha256: toHex(sha256),
    algorithm: signature.claim.method.name,
    evidence: {
      profile: conditions.profile,
      judgedAt: trust.judgedAt ?? judgedAt,
      chain: trust.chain,
      revocationLists: trust.lists,
      trustMode: mode,
      trustDigest: conditions.trust.mode === 'any' ? '' : conditions.trust.digest,
      address: endorser.address,
      rules: RULES_VERSION,
    },
  };
}

/** New entries are judged now; an original is judged when it was made, since its bytes are vouched for by the manifest. */
function judgementTime(reading: EntryReading, conditions: Conditions): Date {
  return conditions.profile === 'legacy' ? (reading.endorsement?.createdAt ?? conditions.at) : conditions.at;
}
