import { createHash, pbkdf2Sync } from 'node:crypto';
import { VouchError } from '../errors.ts';

/** Octets of one block of the hashes that passphrases meet. */
const BLOCK_OCTETS = { sha1: 64, sha224: 64, sha256: 64, sha384: 128, sha512: 128 } as const;
const HASH_OCTETS = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 } as const;

export type PassphraseHash = keyof typeof BLOCK_OCTETS;

/** What RFC 7292 appendix B.3 tells apart. */
export const PURPOSE = { key: 1, iv: 2, mac: 3 } as const;

/** Rounds of hashing for one file: some seconds. Tools write 2,000 to 1,000,000. */
const ROUND_LIMIT = 6_000_000;
/** The old derivation is done by JavaScript, round by round, and takes that many times longer. */
const OLD_ROUND_WEIGHT = 4;
const SALT_LIMIT = 1024;

/** Derives keys for one file, and refuses before the work of all of them together would take more than some seconds. */
export class Derivation {
  #rounds = 0;

  /** PBKDF2 (RFC 8018 section 5.2) with HMAC. */
  pbkdf2(passphrase: string, salt: Uint8Array, iterations: number, length: number, hash: PassphraseHash): Uint8Array {
    this.#spend(salt, iterations * Math.ceil(length / HASH_OCTETS[hash]));
    return new Uint8Array(pbkdf2Sync(Buffer.from(passphrase, 'utf8'), salt, iterations, length, hash));
  }

  /** The derivation of RFC 7292 appendix B.2; `passphrase` is what `toOldPassphrase` gives. */
  old(
    passphrase: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    length: number,
    hash: PassphraseHash,
    purpose: number,
  ): Uint8Array {
    const blocks = Math.ceil(length / HASH_OCTETS[hash]);
    this.#spend(salt, OLD_ROUND_WEIGHT * iterations * blocks);
    const octets = BLOCK_OCTETS[hash];
    const diversifier = Buffer.alloc(octets, purpose);
    const start = Buffer.concat([repeat(salt, octets), repeat(passphrase, octets)]);
    const derived: Buffer[] = [];
    for (let block = 0; block < blocks; block += 1) {
      let digest = createHash(hash).update(diversifier).update(start).digest();
      for (let round = 1; round < iterations; round += 1) digest = createHash(hash).update(digest).digest();
      derived.push(digest);
      addToBlocks(start, repeat(digest, octets, octets), octets);
    }
    return new Uint8Array(Buffer.concat(derived).subarray(0, length));
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
  return new Uint8Array(Buffer.from(`${passphrase}\0`, 'utf16le').swap16());
}

/** The bytes over and over, up to a multiple of `octets` (nothing for none), or to exactly `length`. */
function repeat(bytes: Uint8Array, octets: number, length = octets * Math.ceil(bytes.length / octets)): Buffer {
  const filled = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) filled[at] = bytes[at % bytes.length]!;
  return filled;
}

/** Adds `addend` and one to every block, as big-endian numbers that wrap around. */
function addToBlocks(blocks: Buffer, addend: Buffer, octets: number): void {
  for (let start = 0; start < blocks.length; start += octets) {
    let carry = 1;
    for (let at = octets - 1; at >= 0; at -= 1) {
      const sum = blocks[start + at]! + addend[at]! + carry;
      blocks[start + at] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}
