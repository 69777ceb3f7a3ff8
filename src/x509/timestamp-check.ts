import { type Finding, hasError, toFinding } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { findRevocations } from './crl-check.ts';
import { judgeRevocation } from './crl-judge.ts';
import type { RevocationList } from './crl-list.ts';
import type { Crypto } from './crypto.ts';
import { DerReader, TAG } from './der.ts';
import { readDerName } from './der-name.ts';
import { GENERAL_NAME, readGeneralNames } from './general-name.ts';
import { isSameName } from './name.ts';
import { isEqual } from './octets.ts';
import { verifyPath } from './path.ts';
import { readHash } from './scheme.ts';
import { findMessageSigner, readSerial } from './signed-message.ts';
import type { TimestampToken } from './timestamp-token.ts';

const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';

const CLOCK_SKEW_MS = 5 * 60 * 1000;

export interface TimestampRequest {
  /** The octets that must have been stamped: of an entry, those of its SignatureValue. */
  readonly imprint: Uint8Array;
  /** Certificates of time-stamping authorities, or of who issues those; the operator's, never the token's. */
  readonly authorities: readonly Certificate[];
  /** Revocation lists of the authorities, from the operator too. Default none. */
  readonly lists?: readonly RevocationList[];
  /** Now, if the caller knows it: a token from later is refused. */
  readonly at?: Date;
  readonly crypto: Crypto;
}

export interface TimestampVerdict {
  /** Of code `tsa`; empty if the token proves what it says. */
  readonly findings: readonly Finding[];
  /** The octets existed at this time: the time of the token, plus its inaccuracy. Only where nothing was found wrong. */
  readonly provenAt?: Date;
}

/**
 * Does this token prove when the octets existed (trust A4)? One signer with signed attributes that name his certificate, a SHA-2
 * imprint of exactly these octets, and at the time of the token a path from that certificate, which is for time-stamping and nothing
 * else, to one of the authorities. Never throws for any token that was read.
 */
export async function verifyTimestampToken(
  token: TimestampToken,
  request: TimestampRequest,
): Promise<TimestampVerdict> {
  const faults = await findFaults(token, request);
  if (faults.length > 0) return { findings: faults.map((fault) => toFinding('tsa', fault)) };
  return { findings: [], provenAt: new Date(token.genTime.getTime() + token.accuracyMs) };
}

async function findFaults(token: TimestampToken, request: TimestampRequest): Promise<string[]> {
  const faults = await findContentFaults(token, request);
  const signer = await findMessageSigner(token.message, request.authorities, request.crypto);
  if (typeof signer === 'string') return [...faults, `The time-stamp is not genuine. ${signer}`];
  const misnamed = await findMisnaming(token, signer, request.crypto);
  if (misnamed !== undefined) faults.push(`The time-stamp does not name its signer. ${misnamed}`);
  return [...faults, ...(await findPathFaults(token, signer, request))];
}

async function findContentFaults(token: TimestampToken, { imprint, at, crypto }: TimestampRequest): Promise<string[]> {
  const faults: string[] = [];
  const { hash, digest } = token.imprint;
  if (hash === undefined) {
    faults.push('The time-stamp is over another digest than SHA-256, SHA-384 or SHA-512.');
  } else if (!isEqual(digest, await crypto.digest(hash, imprint))) {
    faults.push('The time-stamp is for something else than the signature of this entry.');
  }
  for (const oid of token.criticalExtensions) {
    faults.push(`The time-stamp has the critical extension ${oid}, which is not understood here.`);
  }
  if (at !== undefined && token.genTime.getTime() > at.getTime() + CLOCK_SKEW_MS) {
    faults.push(`The time-stamp is from the future: ${token.genTime.toISOString()}, now ${at.toISOString()}.`);
  }
  return faults;
}

/** Everything is judged at the time of the token: it proves the time for as long as its authority is trusted. */
async function findPathFaults(
  { genTime, message }: TimestampToken,
  signer: Certificate,
  { authorities, lists = [], crypto }: TimestampRequest,
): Promise<string[]> {
  const path = await verifyPath({
    signer,
    intermediates: message.certificates,
    anchors: authorities,
    at: genTime,
    crypto,
    purpose: 'timestamping',
  });
  const at = `At the time of the time-stamp, ${genTime.toISOString()}, its signer was nobody to believe`;
  const faults = path.findings.map((finding) => `${at}. ${finding.message}`);
  if (faults.length > 0) return faults;
  const revocations = await findRevocations(path.chain, lists, { crypto });
  const revoked = revocations.flatMap((revocation) => judgeRevocation(revocation, genTime));
  return revoked
    .filter((finding) => hasError([finding]))
    .map(({ message }) => `The time-stamp counts no longer. ${message}`);
}

/** RFC 5816: at least one of the two attributes, each with the signer's certificate first, so that no other with the same key fits. */
async function findMisnaming(
  { message: { attributes } }: TimestampToken,
  signer: Certificate,
  crypto: Crypto,
): Promise<string | undefined> {
  const older = attributes.get(SIGNING_CERTIFICATE);
  const newer = attributes.get(SIGNING_CERTIFICATE_V2);
  if (older === undefined && newer === undefined) return 'It lacks the signed attribute signingCertificate.';
  for (const [value, isNewer] of [
    [older, false],
    [newer, true],
  ] as const) {
    if (value !== undefined && !(await isNamedIn(value, isNewer, signer, crypto)))
      return 'Its signed attribute signingCertificate is about another certificate.';
  }
  return undefined;
}

async function isNamedIn(value: Uint8Array, isNewer: boolean, signer: Certificate, crypto: Crypto): Promise<boolean> {
  let first: { hash: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'; digest: Uint8Array };
  try {
    const sequence = new DerReader(value).enter(TAG.sequence, 'The attribute');
    const identifier = sequence.enter(TAG.sequence, 'The certificates').enter(TAG.sequence, 'The first certificate');
    const hash = !isNewer ? 'SHA-1' : identifier.tag === TAG.sequence ? readHash(identifier) : 'SHA-256';
    if (hash === undefined) return false;
    first = { hash, digest: identifier.content(TAG.octetString, 'The digest of the first certificate') };
    if (!identifier.isAtEnd && !isIssued(identifier.enter(TAG.sequence, 'The issuer'), signer)) return false;
    identifier.end('the first certificate');
  } catch {
    // What cannot be read names nobody.
    return false;
  }
  return isEqual(first.digest, await crypto.digest(first.hash, signer.der));
}

function isIssued(fields: DerReader, { issuer, serial }: Certificate): boolean {
  const names = readGeneralNames(fields, 'The issuer');
  const isSerial = readSerial(fields) === serial;
  fields.end('the serial number');
  const isIssuer = names.some(({ form, content }) => {
    return form === GENERAL_NAME.directoryName && isSameName(readDerName(new DerReader(content), 'the issuer'), issuer);
  });
  return isSerial && isIssuer;
}
