import type { Description, Endorsement } from '../entry/entry.ts';
import { type Amendment, amendDocument } from '../entry/write-entry.ts';
import { type Finding, hasError, VouchError } from '../errors.ts';
import { readDocument } from '../verify/read-document.ts';
import { sealDocument } from '../verify/seal.ts';
import type { Verdict, VerifiedEntry } from '../verify/verdict.ts';
import { verifyDraft } from '../verify/verify-entry.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { Crypto, PrivateKey, SignatureScheme } from '../x509/crypto.ts';
import { writeName } from '../x509/name.ts';
import { isEqual } from '../x509/octets.ts';
import { isProxy } from '../x509/signer-rules.ts';
import type { Xml } from '../xml/open-xml.ts';

/** Who signs, and with what. */
export interface Endorser {
  readonly key: PrivateKey;
  readonly scheme: SignatureScheme;
  /** The signer's certificate first, then those that lead towards an anchor. */
  readonly certificates: readonly [Certificate, ...Certificate[]];
  /** The address to endorse with; default: the first one in the certificate. */
  readonly email?: string;
}

/** What endorsing borrows from where it runs. */
export interface EndorsingWorld {
  readonly xml: Xml;
  readonly crypto: Crypto;
  /** The time of signing; the endorsement carries it to the second. */
  readonly at: Date;
  /** The same verification the result will meet. */
  readonly verify: (bytes: Uint8Array) => Promise<Verdict>;
}

export type Endorsing =
  | {
      readonly ok: true;
      /** The signed document. */
      readonly bytes: Uint8Array;
      readonly verified: VerifiedEntry;
      /** Warnings. */
      readonly findings: readonly Finding[];
      /** Present where the draft left `dcterms:valid` open: what was set, and why so. */
      readonly validity?: Validity;
    }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Until when an endorsement holds if its maker does not say, and what decided it. */
export interface Validity {
  readonly until: Date;
  readonly reason: 'one year' | 'end of the certificate';
}

/**
 * Endorses a document: sets the fields of `changes`, fills the endorsement from the certificate, signs, and verifies its own
 * result. An earlier endorsement and signature are taken off. Findings are a value and nothing signed comes with them. Throws `key` if
 * key and certificate do not belong together or the certificate is a proxy, `usage` if no e-mail address is known, `malformed` for bytes that are no document.
 */
export async function endorse(
  document: Uint8Array,
  changes: Amendment,
  endorser: Endorser,
  world: EndorsingWorld,
): Promise<Endorsing> {
  const endorsement = toEndorsement(endorser, world.at);
  const validity = changes.validUntil === undefined ? openValidity(document, endorser, world) : undefined;
  const amendment = validity === undefined ? changes : { ...changes, validUntil: validity.until };
  const unsigned = amendDocument(world.xml, document, amendment, endorsement);
  const complaints = verifyDraft(unsigned, { profile: 'current' }, world);
  if (hasError(complaints)) return { ok: false, findings: complaints };
  const bytes = await sealDocument(world.xml, unsigned, {
    key: endorser.key,
    scheme: endorser.scheme,
    certificates: endorser.certificates.map((certificate) => certificate.der),
    crypto: world.crypto,
  });
  const verdict = await world.verify(bytes);
  if (!verdict.valid) return { ok: false, findings: verdict.findings };
  const { verified, findings } = verdict;
  return { ok: true, bytes, verified, findings, ...(validity === undefined ? {} : { validity }) };
}

/** Throws `key`, saying what to use instead, for a proxy certificate: of RFC 3820, Globus Toolkit 3 or Globus Toolkit 2. */
export function refuseProxy(certificate: Certificate): void {
  if (!isProxy(certificate)) return;
  const message =
    `The certificate of ${writeName(certificate.subject)} is a proxy, which holds for hours and signs for whoever copied its file. ` +
    'Sign with the user certificate it was made from and the key of that, as in ~/.globus/usercert.pem and userkey.pem.';
  throw new VouchError('key', message);
}

/** The endorsement this endorser gives at a time. Throws `key` and `usage` as `endorse` does. */
function toEndorsement(endorser: Endorser, at: Date): Endorsement {
  const [certificate] = endorser.certificates;
  refuseProxy(certificate);
  if (!isEqual(certificate.spki, endorser.key.spki)) {
    const who = writeName(certificate.subject);
    throw new VouchError('key', `The private key does not belong to the certificate of ${who}.`);
  }
  const email = endorser.email ?? certificate.emails[0];
  if (email === undefined) {
    throw new VouchError(
      'usage',
      'The certificate holds no e-mail address; say with --email which one to endorse with.',
    );
  }
  return {
    createdAt: toSecond(at),
    email,
    subject: writeName(certificate.subject),
    issuers: [writeName(certificate.issuer)],
  };
}

/** The description a draft or entry holds as far as it can be read, without any check; undefined if it is none. */
function readDescription(document: Uint8Array, world: Pick<EndorsingWorld, 'xml'>): Description | undefined {
  return readDocument(document, 'current', world.xml, { signature: 'none' }).content?.reading.description;
}

/** One year from `at`, or the end of the certificate where that comes first. */
export function toDefaultValidity(certificate: Certificate, at: Date): Validity {
  const year = toSecond(at);
  year.setUTCFullYear(year.getUTCFullYear() + 1);
  return certificate.notAfter.getTime() < year.getTime()
    ? { until: toSecond(certificate.notAfter), reason: 'end of the certificate' }
    : { until: year, reason: 'one year' };
}

function openValidity(document: Uint8Array, endorser: Endorser, world: EndorsingWorld): Validity | undefined {
  const description = readDescription(document, world);
  // Without a readable description the checks to come say what is wrong.
  if (description === undefined || description.validUntil !== undefined) return undefined;
  return toDefaultValidity(endorser.certificates[0], world.at);
}

function toSecond(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1000) * 1000);
}
