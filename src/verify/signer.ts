import type { Finding } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { Crypto } from '../x509/crypto.ts';
import type { Memo } from '../x509/issuer-check.ts';
import { concatenate, toHex } from '../x509/octets.ts';
import { readCertificate } from '../x509/read-certificate.ts';

/** A certificate read from a signature, with the names derived from it. */
export interface Signer {
  readonly certificate: Certificate;
  /** SHA-256 hex of the DER. */
  readonly sha256: string;
  /** SHA-256 hex over issuer DER and subject DER: who it is where an authority vouches for names. */
  readonly endorserKey: string;
  /** SHA-256 hex over issuer, subject and public key, all DER: who it is where anybody gives himself a name (trust mode `open`). */
  readonly ownKey: string;
}

export type SignerReading =
  | { readonly ok: true; readonly signer: Signer }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** A path that was found to hold, and from when until when it does. Revocation and names are looked at every time. */
export interface HeldPath {
  readonly anchors: readonly Certificate[];
  readonly chain: readonly Certificate[];
  readonly from: number;
  readonly to: number;
}

const MOST_REMEMBERED = 2_000;

/** Verdicts on the signatures of revocation lists; the oldest leave first. */
class BoundedMemo implements Memo {
  readonly #verdicts = new Map<string, boolean>();

  get(key: string): boolean | undefined {
    return this.#verdicts.get(key);
  }

  set(key: string, isGood: boolean): void {
    remember(this.#verdicts, key, isGood);
  }
}

/**
 * What a verifier remembers of certificates: few endorsers sign many entries. Bounded; the oldest leave first. Only what stands
 * behind a valid entry may be added: anyone can send certificates, and of large ones a few hundred fill a thread's memory.
 */
export class SignerCache {
  readonly #signers = new Map<string, Signer>();
  readonly #paths = new Map<string, HeldPath>();
  /** Signatures of revocation lists already checked. */
  readonly checked: Memo = new BoundedMemo();

  get(sha256: string): Signer | undefined {
    return this.#signers.get(sha256);
  }

  add(signer: Signer): void {
    remember(this.#signers, signer.sha256, signer);
  }

  /** The path remembered under the certificates' fingerprints, if it leads to one of these anchors and holds at the time. */
  path(key: string, anchors: readonly Certificate[], at: Date): HeldPath | undefined {
    const held = this.#paths.get(key);
    const isUsable =
      held !== undefined && held.anchors === anchors && held.from <= at.getTime() && at.getTime() <= held.to;
    return isUsable ? held : undefined;
  }

  /** Remembers a path in which nothing was found wrong. */
  addPath(key: string, anchors: readonly Certificate[], chain: readonly Certificate[]): void {
    const from = Math.max(...chain.map(({ notBefore }) => notBefore.getTime()));
    const to = Math.min(...chain.map(({ notAfter }) => notAfter.getTime()));
    remember(this.#paths, key, { anchors, chain, from, to });
  }
}

function remember<T>(values: Map<string, T>, key: string, value: T): void {
  if (values.size >= MOST_REMEMBERED) {
    const [oldest] = values.keys();
    if (oldest !== undefined) values.delete(oldest);
  }
  values.set(key, value);
}

/** Reads a DER certificate and derives the endorser's key from it. Looks into the cache, and adds nothing to it. */
export async function readSigner(der: Uint8Array, crypto: Crypto, cache?: SignerCache): Promise<SignerReading> {
  const sha256 = toHex(await crypto.digest('SHA-256', der));
  const known = cache?.get(sha256);
  if (known !== undefined) return { ok: true, signer: known };
  const reading = readCertificate(der);
  if (!reading.ok) return reading;
  const { issuer, subject, spki } = reading.certificate;
  const endorserKey = toHex(await crypto.digest('SHA-256', concatenate(issuer.der, subject.der)));
  const ownKey = toHex(await crypto.digest('SHA-256', concatenate(issuer.der, subject.der, spki)));
  return { ok: true, signer: { certificate: reading.certificate, sha256, endorserKey, ownKey } };
}
