import { readPrivateKey } from '../../src/platform/private-key.ts';
import { readRevocationList } from '../../src/x509/crl.ts';
import { REVOCATION_REASONS, type RevocationList, type RevocationReason } from '../../src/x509/crl-list.ts';
import type { SignatureScheme } from '../../src/x509/crypto.ts';
import { TAG } from '../../src/x509/der.ts';
import type { Issued } from '../../src/x509/issue.ts';
import { readPublicKey } from '../../src/x509/public-key.ts';
import { writeDer, writeText } from '../../src/x509/write-der.ts';
import { algorithm, bytes, extension, sequence, unsigned, writeEcdsaSignature } from './forge.ts';

export interface ListEntry {
  /** Hex, as in `Certificate.serial`. */
  readonly serial: string;
  readonly revokedAt?: Date;
  readonly invalidAt?: Date;
  readonly reason?: RevocationReason;
  /** Further extensions, whole. */
  readonly extensions?: readonly Uint8Array[];
}

/** The parts of a list; the defaults make one that counts on 2026-06-01. */
export interface ListDraft {
  readonly entries?: readonly ListEntry[];
  readonly version?: 1 | 2;
  readonly number?: number;
  readonly thisUpdate?: Date;
  /** Null leaves it out. */
  readonly nextUpdate?: Date | null;
  /** DER of the issuer's name; default the subject of who signs. */
  readonly issuer?: Uint8Array;
  /** Further extensions, whole. */
  readonly extensions?: readonly Uint8Array[];
  /** AlgorithmIdentifiers in place of the right ones. */
  readonly innerAlgorithm?: Uint8Array;
  readonly outerAlgorithm?: Uint8Array;
}

const OIDS: Readonly<Record<string, string>> = {
  rsa: '1.2.840.113549.1.1.11',
  ec: '1.2.840.10045.4.3.2',
  ed25519: '1.3.101.112',
};

/** The DER of a revocation list, signed with the key of `signer`. */
export function writeList(signer: Issued, draft: ListDraft = {}): Uint8Array {
  const key = readPrivateKey(new TextEncoder().encode(signer.privateKeyPem));
  const publicKey = readPublicKey(key.spki);
  const parameters = publicKey.kind === 'rsa' ? [writeDer(TAG.null)] : [];
  const right = algorithm(OIDS[publicKey.kind]!, ...parameters);
  const tbs = writeTbs(signer, draft, draft.innerAlgorithm ?? right);
  const scheme: SignatureScheme =
    publicKey.kind === 'ec'
      ? { name: 'ECDSA', hash: 'SHA-256', curve: publicKey.curve }
      : publicKey.kind === 'rsa'
        ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
        : { name: 'Ed25519' };
  const raw = key.sign(scheme, tbs);
  const signature = publicKey.kind === 'ec' ? writeEcdsaSignature(raw) : raw;
  return sequence(tbs, draft.outerAlgorithm ?? right, writeDer(TAG.bitString, bytes(0), signature));
}

/** The same list, read. */
export function makeList(signer: Issued, draft: ListDraft = {}): RevocationList {
  const reading = readRevocationList(writeList(signer, draft));
  if (reading.ok) return reading.list;
  throw new Error(reading.message);
}

function writeTbs(signer: Issued, draft: ListDraft, inner: Uint8Array): Uint8Array {
  const { entries = [], version = 2, extensions = [], number } = draft;
  const { thisUpdate = new Date('2026-05-15T00:00:00Z'), nextUpdate = new Date('2026-06-15T00:00:00Z') } = draft;
  const all =
    number === undefined ? extensions : [extension('2.5.29.20', false, unsigned(toOctets(number))), ...extensions];
  return sequence(
    ...(version === 2 ? [writeDer(TAG.integer, bytes(1))] : []),
    inner,
    draft.issuer ?? signer.certificate.subject.der,
    time(thisUpdate),
    ...(nextUpdate === null ? [] : [time(nextUpdate)]),
    ...(entries.length === 0 ? [] : [sequence(...entries.map(writeEntry))]),
    ...(all.length === 0 ? [] : [writeDer(0xa0, sequence(...all))]),
  );
}

function writeEntry({ serial, revokedAt, invalidAt, reason, extensions = [] }: ListEntry): Uint8Array {
  const all = [...extensions];
  if (reason !== undefined) {
    const number = REVOCATION_REASONS.indexOf(reason);
    all.push(extension('2.5.29.21', false, writeDer(TAG.enumerated, bytes(number))));
  }
  if (invalidAt !== undefined) all.push(extension('2.5.29.24', false, generalizedTime(invalidAt)));
  return sequence(
    unsigned(Buffer.from(serial, 'hex')),
    time(revokedAt ?? new Date('2026-05-01T00:00:00Z')),
    ...(all.length === 0 ? [] : [sequence(...all)]),
  );
}

const digits = (at: Date): string => at.toISOString().replace(/[-:T]|\.\d+/g, '');

export function time(at: Date): Uint8Array {
  return at.getUTCFullYear() < 2050 ? writeText(TAG.utcTime, digits(at).slice(2)) : generalizedTime(at);
}

export function generalizedTime(at: Date): Uint8Array {
  return writeText(TAG.generalizedTime, digits(at));
}

function toOctets(number: number): Uint8Array {
  return Buffer.from(number.toString(16).padStart(14, '0'), 'hex');
}
