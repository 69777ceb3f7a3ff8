import { createHash, randomBytes } from 'node:crypto';
import type { Description, Endorsement } from '../src/entry/entry.ts';
import { toIdentifier } from '../src/entry/identifier.ts';
import { fillEndorsement, writeDraft } from '../src/entry/write-entry.ts';
import { nodeCrypto } from '../src/platform/node-crypto.ts';
import { readPrivateKey } from '../src/platform/private-key.ts';
import { sealDocument } from '../src/verify/seal.ts';
import {
  type CertificateRequest,
  type Issued,
  issueAuthority,
  issueCertificate,
  type KeyKind,
} from '../src/x509/issue.ts';
import { writeName } from '../src/x509/name.ts';
import { defaultScheme } from '../src/x509/scheme.ts';
import { xml } from './xml/world.ts';

/** The time tests live at, unless they say otherwise. */
export const NOW = new Date('2026-11-21T12:00:00Z');

const NOT_BEFORE = new Date('2026-01-01T00:00:00Z');
// Far off, because some tests run programs that live at the machine's own time.
const NOT_AFTER = new Date('2099-12-31T00:00:00Z');

/** A certification authority that is valid at NOW. */
export function makeAuthority(name = 'Test CA', key: KeyKind = 'p-256'): Promise<Issued> {
  return issueAuthority({ subject: `CN=${name},O=Vouch Tests`, notBefore: NOT_BEFORE, notAfter: NOT_AFTER, key });
}

/** Someone with a certificate and its key. */
export interface TestEndorser {
  readonly email: string;
  readonly issued: Issued;
}

/** An endorser of that name, whose certificate vouches for the address `name@example.org`. */
export async function makeEndorser(
  authority: Issued,
  name: string,
  request: Partial<CertificateRequest> = {},
): Promise<TestEndorser> {
  const email = `${name}@example.org`;
  const defaults = { subject: `CN=${name},O=Vouch Tests`, notBefore: NOT_BEFORE, notAfter: NOT_AFTER, email };
  return { email, issued: await issueCertificate(authority, { ...defaults, ...request }) };
}

/** A description of an image that does not exist; `seed` decides its checksums. */
export function describeImage(seed = randomBytes(8).toString('hex'), changes: Partial<Description> = {}): Description {
  const hash = (algorithm: string): string => createHash(algorithm).update(seed).digest('hex');
  return {
    identifier: toIdentifier(hash('sha1')),
    sizeBytes: 1_048_576,
    checksums: [
      { algorithm: 'MD5', value: hash('md5') },
      { algorithm: 'SHA-1', value: hash('sha1') },
      { algorithm: 'SHA-256', value: hash('sha256') },
      { algorithm: 'SHA-512', value: hash('sha512') },
    ],
    type: 'machine',
    kind: 'machine',
    validUntil: new Date('2098-11-21T00:00:00Z'),
    title: `Image ${seed}`,
    description: 'An image made for a test.',
    os: 'debian',
    osVersion: '13',
    osArch: 'x86_64',
    format: 'qcow2',
    hypervisor: 'kvm',
    locations: [`https://images.example.org/${encodeURIComponent(seed)}.qcow2`],
    inboundPorts: [22],
    outboundPorts: [0],
    icmp: [8],
    ...changes,
  };
}

export interface SigningOptions {
  readonly createdAt?: Date;
  readonly endorsement?: Partial<Endorsement>;
  /** Further certificates, sent after the signer's. */
  readonly chain?: readonly Issued[];
}

/** Fills in the endorsement of a draft and signs it, as `vouch sign` does but without its checks. */
export async function signDraft(
  draft: Uint8Array,
  endorser: TestEndorser,
  options: SigningOptions = {},
): Promise<Uint8Array> {
  const { certificate } = endorser.issued;
  const filled = fillEndorsement(xml, draft, {
    createdAt: options.createdAt ?? NOW,
    email: endorser.email,
    subject: writeName(certificate.subject),
    issuers: [writeName(certificate.issuer)],
    ...options.endorsement,
  });
  return sealOnly(filled, endorser, options.chain);
}

/** Signs a document as it is. */
export function sealOnly(
  document: Uint8Array,
  endorser: TestEndorser,
  chain: readonly Issued[] = [],
): Promise<Uint8Array> {
  const key = readPrivateKey(new TextEncoder().encode(endorser.issued.privateKeyPem));
  return sealDocument(xml, document, {
    key,
    scheme: defaultScheme(key.spki),
    certificates: [endorser.issued.der, ...chain.map(({ der }) => der)],
    crypto: nodeCrypto,
  });
}

/** A signed entry. */
export function makeEntry(
  endorser: TestEndorser,
  description = describeImage(),
  options: SigningOptions = {},
): Promise<Uint8Array> {
  return signDraft(writeDraft(description), endorser, options);
}
