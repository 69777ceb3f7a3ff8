import type { Certificate, PublicKey } from './certificate.ts';
import type { Crypto } from './crypto.ts';
import { readEcdsaSignature } from './ecdsa-signature.ts';
import { toHex } from './octets.ts';
import { readSignatureAlgorithm, toKeyWeakness, toScheme } from './scheme.ts';

/** Signature checks and look-ups in one search; one with a slow key counts as several, so that the time is bounded as well. */
const CHECK_LIMIT = 100;

/** What remembers verdicts on signatures between searches; a Map is one. */
export interface Memo {
  get(key: string): boolean | undefined;
  set(key: string, isGood: boolean): unknown;
}

/**
 * `signed`: the issuer's key signed the certificate. `unchecked`: the algorithm or key is too weak to say, which is a finding
 * of its own. `refused`: it did not.
 */
export type IssuerVerdict = 'signed' | 'unchecked' | 'refused';

/** Checks who signed what during one search: each pair once, and no more than a fixed number of pairs. */
export class IssuerCheck {
  readonly #crypto: Crypto;
  readonly #memo: Memo | undefined;
  readonly #verdicts = new Map<Certificate, Map<Certificate, IssuerVerdict>>();
  #checks = 0;

  constructor(crypto: Crypto, memo?: Memo) {
    this.#crypto = crypto;
    this.#memo = memo;
  }

  get isExhausted(): boolean {
    return this.#checks >= CHECK_LIMIT;
  }

  /** Whether `issuer` signed `certificate`; `refused` without a look once the limit is reached. */
  async verdict(certificate: Certificate, issuer: Certificate): Promise<IssuerVerdict> {
    let row = this.#verdicts.get(certificate);
    if (row === undefined) {
      row = new Map();
      this.#verdicts.set(certificate, row);
    }
    let verdict = row.get(issuer);
    if (verdict === undefined) {
      if (this.isExhausted) return 'refused';
      // What the memo knows counts as well, so that an answer never depends on what was asked before.
      this.#checks += costOf(issuer.publicKey);
      verdict = await this.#judge(certificate, issuer);
      row.set(issuer, verdict);
    }
    return verdict;
  }

  async #judge(certificate: Certificate, issuer: Certificate): Promise<IssuerVerdict> {
    const algorithm = readSignatureAlgorithm(certificate.signature.algorithmDer);
    // A weak key is not tried either: an RSA key of 16,000 bits is weak in that it keeps the verifier busy.
    if (algorithm === undefined || toKeyWeakness(issuer.publicKey) !== undefined) return 'unchecked';
    const scheme = toScheme(algorithm, issuer.publicKey);
    const { bytes } = certificate.signature;
    const signature = scheme?.name === 'ECDSA' ? readEcdsaSignature(bytes, scheme.curve) : bytes;
    if (scheme === undefined || signature === undefined) return 'refused';
    const key = this.#memo && `${await this.#digest(certificate.der)}:${await this.#digest(issuer.spki)}`;
    let isGood = key === undefined ? undefined : this.#memo?.get(key);
    if (isGood === undefined) {
      isGood = await this.#crypto.verify(scheme, issuer.spki, signature, certificate.tbs);
      if (key !== undefined) this.#memo?.set(key, isGood);
    }
    return isGood ? 'signed' : 'refused';
  }

  async #digest(bytes: Uint8Array): Promise<string> {
    return toHex(await this.#crypto.digest('SHA-256', bytes));
  }
}

/** How long a check takes with the key, in multiples of one with P-256 or RSA of usual size; roughly, and rather too much. */
function costOf(key: PublicKey): number {
  if (key.kind === 'ec') return { 'P-256': 1, 'P-384': 2, 'P-521': 5 }[key.curve];
  return key.kind === 'rsa' && (key.bits > 4096 || key.exponent > 65537n) ? 5 : 1;
}
