import { VouchError } from '../errors.ts';
import { concatenate } from '../x509/octets.ts';
import type { PassphraseCrypto, PassphraseHash } from './key-file.ts';

/** Octets of one block of the hashes that passphrases meet. */
const BLOCK_OCTETS: Readonly<Record<PassphraseHash, number>> = {
  ...{ md5: 64, sha1: 64, sha224: 64, sha256: 64, sha384: 128, sha512: 128 },
};
/** Octets of their digests. */
export const HASH_OCTETS: Readonly<Record<PassphraseHash, number>> = {
  ...{ md5: 16, sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 },
};

/** What RFC 7292 appendix B.3 tells apart. */
export const PURPOSE = { key: 1, iv: 2, mac: 3 } as const;

/** Rounds of hashing for one file: some seconds. Tools write 2,000 to 1,000,000. */
const ROUND_LIMIT = 6_000_000;
/** The old derivation is done by JavaScript, round by round, and takes that many times longer. */
const OLD_ROUND_WEIGHT = 4;
const SALT_LIMIT = 1024;

/** Derives keys for one file, and refuses before the work of all of them together would take more than some seconds. */
export class Derivation {
  readonly secrets: PassphraseCrypto;
  #rounds = 0;

  constructor(secrets: PassphraseCrypto) {
    this.secrets = secrets;
  }

  /** PBKDF2 (RFC 8018 section 5.2) with HMAC. */
  async pbkdf2(
    passphrase: string,
    salt: Uint8Array,
    iterations: number,
    length: number,
    hash: PassphraseHash,
  ): Promise<Uint8Array> {
    this.#spend(salt, iterations * Math.ceil(length / HASH_OCTETS[hash]));
    return await this.secrets.pbkdf2(hash, new TextEncoder().encode(passphrase), salt, iterations, length);
  }

  /** The derivation of RFC 7292 appendix B.2; `passphrase` is what `toOldPassphrase` gives. */
  async old(
    passphrase: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    length: number,
    hash: PassphraseHash,
    purpose: number,
  ): Promise<Uint8Array> {
    const blocks = Math.ceil(length / HASH_OCTETS[hash]);
    this.#spend(salt, OLD_ROUND_WEIGHT * iterations * blocks);
    const octets = BLOCK_OCTETS[hash];
    const diversifier = new Uint8Array(octets).fill(purpose);
    const start = concatenate(repeat(salt, octets), repeat(passphrase, octets));
    const derived: Uint8Array[] = [];
    for (let block = 0; block < blocks; block += 1) {
      const digest = await this.secrets.digest(hash, concatenate(diversifier, start), iterations);
      derived.push(digest);
      addToBlocks(start, repeat(digest, octets, octets), octets);
    }
    return concatenate(...derived).slice(0, length);
  }

  #spend(salt: Uint8Array, rounds: number): void {
    this.#rounds += rounds;
    if (!(rounds > 0) || this.#rounds > ROUND_LIMIT || salt.length > SALT_LIMIT) {
      const message = 'The PKCS #12 file asks for more rounds of hashing (or longer salts) than are done here.';
      throw new VouchError('key', message);
    }
  }
}

/** The passphrase as RFC 7292 appendix B.1 writes it: UTF-16, big-endian, with two zero octets at the end. */
export function toOldPassphrase(passphrase: string): Uint8Array {
  return Uint8Array.from(
    `${passphrase}\0`.split('').flatMap((unit) => [unit.charCodeAt(0) >> 8, unit.charCodeAt(0) & 0xff]),
  );
}

/** The bytes over and over, up to a multiple of `octets` (nothing for none), or to exactly `length`. */
function repeat(bytes: Uint8Array, octets: number, length = octets * Math.ceil(bytes.length / octets)): Uint8Array {
  const filled = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) filled[at] = bytes[at % bytes.length]!;
  return filled;
}

/** Adds `addend` and one to every block, as big-endian numbers that wrap around. */
function addToBlocks(blocks: Uint8Array, addend: Uint8Array, octets: number): void {
  for (let start = 0; start < blocks.length; start += octets) {
    let carry = 1;
    for (let at = octets - 1; at >= 0; at -= 1) {
      const sum = blocks[start + at]! + addend[at]! + carry;
      blocks[start + at] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}
