import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { readPrivateKey } from '../../src/platform/private-key.ts';
import { TAG } from '../../src/x509/der.ts';
import type { Issued } from '../../src/x509/issue.ts';
import { writeDer, writeOid, writeText } from '../../src/x509/write-der.ts';
import { algorithm, bytes, extension, sequence, writeEcdsaSignature } from './forge.ts';

const OID = {
  signedData: '1.2.840.113549.1.7.2',
  stamp: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  ecdsaSha256: '1.2.840.10045.4.3.2',
};

const HASHES = {
  'SHA-1': '1.3.14.3.2.26',
  'SHA-256': '2.16.840.1.101.3.4.2.1',
  'SHA-384': '2.16.840.1.101.3.4.2.2',
  'SHA-512': '2.16.840.1.101.3.4.2.3',
} as const;

/** What a token says, and what is wrong with it; the defaults make a good one. */
export interface TokenDraft {
  readonly octets: Uint8Array;
  /** As GeneralizedTime writes it, such as `20260601000000Z`. */
  readonly genTime: string;
  readonly hash?: keyof typeof HASHES;
  /** Hash of the content, as the signer names it. */
  readonly digest?: keyof typeof HASHES;
  readonly contentType?: string;
  /** What the signed attribute says. */
  readonly signedType?: string;
  readonly certificates?: readonly Issued[];
  /** Who signs; each a SignerInfo. */
  readonly signers?: readonly Issued[];
  /** The certificate that the attribute signingCertificateV2 names; null leaves the attribute out. */
  readonly named?: Issued | null;
  /** `old` names the certificate by SHA-1, in the attribute of RFC 2634. */
  readonly naming?: 'new' | 'old';
  /** DER of IssuerSerial to add to the name of the certificate. */
  readonly issuerSerial?: Uint8Array;
  readonly isSignatureBroken?: boolean;
  readonly isContentChanged?: boolean;
  readonly hasAttributes?: boolean;
  readonly byKeyIdentifier?: Uint8Array;
  /** DER of values between genTime and the end of the stamp. */
  readonly rest?: readonly Uint8Array[];
}

export const criticalStampExtension = writeDer(0xa1, extension('1.2.3.4', true, bytes(5, 0)));

/** A time-stamp token of a signer with a P-256 key. */
export async function makeToken(signer: Issued, draft: TokenDraft): Promise<Uint8Array> {
  const { hash = 'SHA-256', signers = [signer], certificates = [signer] } = draft;
  const stamp = sequence(
    writeDer(TAG.integer, bytes(1)),
    writeOid('1.2.3.4.1'),
    sequence(algorithm(HASHES[hash]), writeDer(TAG.octetString, await nodeCrypto.digest(hash, draft.octets))),
    writeDer(TAG.integer, bytes(7)),
    writeText(TAG.generalizedTime, draft.genTime),
    ...(draft.rest ?? []),
  );
  const infos = await Promise.all(signers.map((one) => makeSigner(one, stamp, draft)));
  const content = new Uint8Array(stamp);
  if (draft.isContentChanged === true) content[content.length - 2]! ^= 1;
  return sequence(
    writeOid(OID.signedData),
    writeDer(
      0xa0,
      sequence(
        writeDer(TAG.integer, bytes(3)),
        writeDer(TAG.set, algorithm(HASHES['SHA-256'])),
        sequence(writeOid(draft.contentType ?? OID.stamp), writeDer(0xa0, writeDer(TAG.octetString, content))),
        writeDer(0xa0, ...certificates.map(({ der }) => der)),
        writeDer(TAG.set, ...infos),
      ),
    ),
  );
}

async function makeSigner(signer: Issued, stamp: Uint8Array, draft: TokenDraft): Promise<Uint8Array> {
  const { digest = 'SHA-256', named = signer, byKeyIdentifier } = draft;
  const attributes = [
    attribute(OID.contentType, writeOid(draft.signedType ?? OID.stamp)),
    attribute(OID.messageDigest, writeDer(TAG.octetString, await nodeCrypto.digest(digest, stamp))),
    ...(named === null ? [] : [await nameCertificate(named, draft)]),
  ].sort((a, b) => Buffer.compare(a, b));
  const hasAttributes = draft.hasAttributes ?? true;
  const key = readPrivateKey(new TextEncoder().encode(signer.privateKeyPem));
  const signed = hasAttributes ? writeDer(TAG.set, ...attributes) : stamp;
  const raw = new Uint8Array(await key.sign({ name: 'ECDSA', hash: 'SHA-256', curve: 'P-256' }, signed));
  if (draft.isSignatureBroken === true) raw[40]! ^= 1;
  const { issuer, serial } = signer.certificate;
  const name =
    byKeyIdentifier === undefined
      ? sequence(issuer.der, writeDer(TAG.integer, Buffer.from(serial, 'hex')))
      : writeDer(0x80, byKeyIdentifier);
  return sequence(
    writeDer(TAG.integer, bytes(byKeyIdentifier === undefined ? 1 : 3)),
    name,
    algorithm(HASHES[digest]),
    ...(hasAttributes ? [writeDer(0xa0, ...attributes)] : []),
    algorithm(OID.ecdsaSha256),
    writeDer(TAG.octetString, writeEcdsaSignature(raw)),
  );
}

const attribute = (type: string, value: Uint8Array): Uint8Array => sequence(writeOid(type), writeDer(TAG.set, value));

async function nameCertificate(named: Issued, { naming = 'new', issuerSerial }: TokenDraft): Promise<Uint8Array> {
  const hash = await nodeCrypto.digest(naming === 'new' ? 'SHA-256' : 'SHA-1', named.der);
  const identifier = sequence(writeDer(TAG.octetString, hash), ...(issuerSerial === undefined ? [] : [issuerSerial]));
  return attribute(
    naming === 'new' ? OID.signingCertificateV2 : OID.signingCertificate,
    sequence(sequence(identifier)),
  );
}
