import { type Finding, toFinding, toWarning } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { toLabel } from '../x509/certificate-label.ts';
import type { Awaitable } from '../x509/crypto.ts';
import { writeName } from '../x509/name.ts';
import { isEqual } from '../x509/octets.ts';
import { verifyPath } from '../x509/path.ts';
import { checkValidity } from '../x509/path-rules.ts';
import { toKeyWeakness } from '../x509/scheme.ts';
import { verifySigner } from '../x509/signer-rules.ts';
import { applyAuthorityRules } from './authority-rules.ts';
import type { Conditions, Trust, World } from './conditions.ts';
import { findProof, hasExpired, judgeLater, type PathJudgement } from './judge-later.ts';
import { readSigner, type Signer } from './signer.ts';
import type { ListEvidence } from './verdict.ts';

export interface TrustResult {
  readonly findings: readonly Finding[];
  /** DER, signer first. */
  readonly chain: readonly Uint8Array[];
  /** The revocation lists that were looked at. */
  readonly lists: readonly ListEvidence[];
  /** The time the path was judged at, where that is not the time asked for (table A4). */
  readonly judgedAt?: Date;
}

const LEGACY_RSA_BITS = 1024;

/** Is the signer someone to believe, by the trust mode in force? `extra` are the other certificates of the signature. */
export async function checkTrust(
  signer: Signer,
  extra: readonly Uint8Array[],
  documentSha256: string,
  at: Date,
  conditions: Conditions,
  world: World,
): Promise<TrustResult> {
  const { trust } = conditions;
  const alone = [signer.certificate.der];
  switch (trust.mode) {
    case 'anchors':
      return checkPath(signer, extra, trust, at, conditions, world);
    case 'pinned': {
      const findings = await checkSigner(signer, at, conditions);
      if (!trust.fingerprints.has(signer.sha256)) {
        findings.push(
          toFinding('not-pinned', `The certificate with SHA-256 ${signer.sha256} is not on this registry's list.`),
        );
      }
      return { findings, chain: alone, lists: [] };
    }
    case 'open': {
      const who = writeName(signer.certificate.subject);
      const message = `This registry is open: the name ${who} was checked by nobody, only the address is confirmed by mail.`;
      return {
        findings: [toWarning('untrusted', message), ...(await checkSigner(signer, at, conditions))],
        chain: alone,
        lists: [],
      };
    }
    case 'manifest': {
      const findings = await checkSigner(signer, at, conditions);
      if (!trust.documents.has(documentSha256)) {
        findings.push(
          toFinding('not-in-manifest', `The document with SHA-256 ${documentSha256} is not in the import manifest.`),
        );
      }
      if (conditions.profile !== 'legacy') {
        findings.push(toFinding('not-in-manifest', 'A manifest vouches for entries in the legacy profile only.'));
      }
      return { findings, chain: alone, lists: [] };
    }
    case 'any': {
      const who = writeName(signer.certificate.subject);
      const untrusted = toWarning('untrusted', `Any signer was accepted; nothing vouches for ${who}.`);
      return {
        findings: [untrusted, ...(await checkSigner(signer, at, conditions))],
        chain: alone,
        lists: [],
      };
    }
  }
}

async function checkPath(
  signer: Signer,
  extra: readonly Uint8Array[],
  { anchors, rules }: Extract<Trust, { mode: 'anchors' }>,
  at: Date,
  conditions: Conditions,
  world: World,
): Promise<TrustResult> {
  const intermediates: Certificate[] = [];
  const findings: Finding[] = [];
  let key = signer.sha256;
  for (const der of extra) {
    const reading = await readSigner(der, world.crypto, world.signers);
    if (!reading.ok) findings.push(...reading.findings);
    else {
      intermediates.push(reading.signer.certificate);
      key += reading.signer.sha256;
    }
  }
  const judge = async (time: Date, provenAt?: Date): Promise<ListedJudgement> => {
    const { crypto } = world;
    const request = { signer: signer.certificate, intermediates, anchors, at: time, crypto };
    const held = world.signers?.path(key, anchors, time);
    const path = held === undefined ? await verifyPath(request) : { findings: [], chain: held.chain };
    if (held === undefined && path.findings.length === 0) world.signers?.addPath(key, anchors, path.chain);
    const { chain } = path;
    const isAnchored = anchors.some(({ der }) => isEqual(der, chain[chain.length - 1]!.der));
    // An original is believed because of its bytes; whom its authority named or revoked meanwhile says nothing about them.
    if (rules === undefined || !isAnchored || conditions.profile === 'legacy') {
      return { findings: path.findings, revocations: [], chain, lists: [] };
    }
    const applied = await applyAuthorityRules(chain, rules, at, world, provenAt);
    return { ...applied, findings: [...path.findings, ...applied.findings], chain };
  };
  const later = await judgeOverTime(judge, at, conditions);
  return { ...later, findings: [...findings, ...later.findings] };
}

interface ListedJudgement extends PathJudgement {
  readonly lists: readonly ListEvidence[];
}

/** Judges now, and again at the proven time if that can help (table A4). */
async function judgeOverTime(
  judge: (time: Date, provenAt?: Date) => Awaitable<ListedJudgement>,
  at: Date,
  { profile, provenAt: proven }: Conditions,
): Promise<TrustResult> {
  const now = await judge(at);
  const proof = findProof({ profile, at, proven });
  const earlier = proof !== undefined && hasExpired(now) ? await judge(proof.at, proof.at) : undefined;
  const { findings, standing } = judgeLater({ profile, at, proven, now, earlier });
  const judgedAt = proof !== undefined && standing === earlier ? { judgedAt: proof.at } : {};
  return { findings, chain: standing.chain.map(({ der }) => der), lists: standing.lists, ...judgedAt };
}

/** What a path check would say of the signer himself, for the modes that look for no path. */
async function checkSigner(signer: Signer, at: Date, conditions: Conditions): Promise<Finding[]> {
  if (conditions.profile === 'legacy') return checkLegacyKey(signer);
  const chain = [signer.certificate];
  const judge = (time: Date) => ({ findings: checkAlone(signer, time), revocations: [], chain, lists: [] });
  return [...(await judgeOverTime(judge, at, conditions)).findings];
}

function checkAlone(signer: Signer, at: Date): Finding[] {
  const { certificate } = signer;
  const weakness = toKeyWeakness(certificate.publicKey);
  const weak = weakness === undefined ? [] : [toFinding('weak-alg', `The key of ${toLabel(certificate)} ${weakness}.`)];
  return [...weak, ...verifySigner(certificate), ...checkValidity(certificate, at)];
}

/** The floor of the legacy profile: its keys are older than today's rules, its dates were checked when they mattered. */
function checkLegacyKey(signer: Signer): Finding[] {
  const { publicKey } = signer.certificate;
  if (publicKey.kind !== 'rsa' || publicKey.bits >= LEGACY_RSA_BITS) return [];
  return [
    toFinding('weak-alg', `The signer's RSA key has ${publicKey.bits} bits; at least ${LEGACY_RSA_BITS} are accepted.`),
  ];
}
