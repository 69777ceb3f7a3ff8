import { VouchError } from '../errors.ts';
import { DerReader, TAG } from '../x509/der.ts';
import { concatenate, isEqual } from '../x509/octets.ts';
import type { KeyFileCipher, PassphraseHash } from './key-file.ts';
import { decryptRc2 } from './old-cipher.ts';
import { type Derivation, HASH_OCTETS, PURPOSE, toOldPassphrase } from './pkcs12-derivation.ts';

/** A passphrase in the two forms the algorithms take. */
export interface Passphrase {
  readonly text: string;
  readonly old: Uint8Array;
}

/** The forms of a passphrase to try: of an empty one, two are in use. */
export function toPassphrases(text: string): Passphrase[] {
  const usual = { text, old: toOldPassphrase(text) };
  return text === '' ? [usual, { text, old: new Uint8Array(0) }] : [usual];
}

/** The check value over the whole content of a file. */
export interface Mac {
  /** DER of the AlgorithmIdentifier: a hash, or PBMAC1 (RFC 9579). */
  readonly algorithm: Uint8Array;
  readonly value: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

const PBES2 = '1.2.840.113549.1.5.13';
const PBMAC1 = '1.2.840.113549.1.5.14';
const PBKDF2 = '1.2.840.113549.1.5.12';

const HASHES: Readonly<Record<string, PassphraseHash>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

const HMACS: Readonly<Record<string, PassphraseHash>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

/** Ciphers of PBES2. */
const CIPHERS: Readonly<Record<string, { readonly name: KeyFileCipher; readonly keyOctets: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyOctets: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyOctets: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyOctets: 32 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyOctets: 24 },
};

/** The ciphers of RFC 7292 appendix C that are still met. */
const OLD_CIPHERS: Readonly<Record<string, { readonly cipher: '3des' | 'rc2'; readonly keyOctets: number }>> = {
  '1.2.840.113549.1.12.1.3': { cipher: '3des', keyOctets: 24 },
  '1.2.840.113549.1.12.1.4': { cipher: '3des', keyOctets: 16 },
  '1.2.840.113549.1.12.1.5': { cipher: 'rc2', keyOctets: 16 },
  '1.2.840.113549.1.12.1.6': { cipher: 'rc2', keyOctets: 5 },
};

/** True if the passphrase is the one the file was made with and the content is as it was then. Throws `key` for algorithms unknown here. */
export async function isMacRight(
  mac: Mac,
  content: Uint8Array,
  passphrase: Passphrase,
  derivation: Derivation,
): Promise<boolean> {
  const reader = new DerReader(mac.algorithm).enter(TAG.sequence, 'The algorithm');
  const oid = reader.oid('The algorithm');
  const { key, hash } =
    oid === PBMAC1
      ? await toPbmac1Key(reader, passphrase, derivation)
      : await toOldMacKey(oid, mac, passphrase, derivation);
  return isEqual(await derivation.secrets.hmac(hash, key, content), mac.value);
}

interface MacKey {
  readonly key: Uint8Array;
  readonly hash: PassphraseHash;
}

async function toOldMacKey(oid: string, mac: Mac, passphrase: Passphrase, derivation: Derivation): Promise<MacKey> {
  const hash = HASHES[oid] ?? refuseAlgorithm(oid);
  const { salt, iterations } = mac;
  const key = await derivation.old(passphrase.old, salt, iterations, HASH_OCTETS[hash], hash, PURPOSE.mac);
  return { key, hash };
}

async function toPbmac1Key(reader: DerReader, passphrase: Passphrase, derivation: Derivation): Promise<MacKey> {
  const parameters = reader.enter(TAG.sequence, 'The parameters');
  const derive = readPbkdf2(parameters);
  const scheme = parameters.enter(TAG.sequence, 'The check value');
  const hash = readHmac(scheme);
  if (derive.keyOctets === undefined) throw damaged('The length of the key of the check value is missing.');
  return { key: await derive.key(passphrase, derive.keyOctets, derivation), hash };
}

/** What was encrypted, or undefined if the padding shows that the passphrase is wrong. Throws `key` for algorithms unknown here. */
export async function decrypt(
  algorithm: Uint8Array,
  bytes: Uint8Array,
  passphrase: Passphrase,
  derivation: Derivation,
): Promise<Uint8Array | undefined> {
  const reader = new DerReader(algorithm).enter(TAG.sequence, 'The algorithm');
  const oid = reader.oid('The algorithm');
  const parameters = reader.tag === TAG.sequence ? reader.enter(TAG.sequence, 'The parameters') : refuseAlgorithm(oid);
  if (oid === PBES2) return await decryptModern(parameters, bytes, passphrase, derivation);
  const { cipher, keyOctets } = OLD_CIPHERS[oid] ?? refuseAlgorithm(oid);
  const salt = parameters.content(TAG.octetString, 'The salt');
  const iterations = parameters.smallInteger('The number of rounds');
  const key = await derivation.old(passphrase.old, salt, iterations, keyOctets, 'sha1', PURPOSE.key);
  const iv = await derivation.old(passphrase.old, salt, iterations, 8, 'sha1', PURPOSE.iv);
  if (cipher === 'rc2') return await decryptRc2(key, iv, bytes);
  // With two keys the first is used again as the third.
  const whole = keyOctets === 24 ? key : concatenate(key, key.subarray(0, 8));
  return await derivation.secrets.decipher('des-ede3-cbc', whole, iv, bytes);
}

async function decryptModern(parameters: DerReader, bytes: Uint8Array, passphrase: Passphrase, derivation: Derivation) {
  const derive = readPbkdf2(parameters);
  const encryption = parameters.enter(TAG.sequence, 'The cipher');
  const oid = encryption.oid('The cipher');
  const { name, keyOctets } = CIPHERS[oid] ?? refuseAlgorithm(oid);
  const iv = encryption.content(TAG.octetString, 'The initial block');
  if (iv.length !== (name === 'des-ede3-cbc' ? 8 : 16)) throw damaged('The initial block has a wrong length.');
  return await derivation.secrets.decipher(name, await derive.key(passphrase, keyOctets, derivation), iv, bytes);
}

interface Pbkdf2 {
  /** What the file says; the cipher says it as well. */
  readonly keyOctets: number | undefined;
  key(passphrase: Passphrase, octets: number, derivation: Derivation): Promise<Uint8Array>;
}

function readPbkdf2(parameters: DerReader): Pbkdf2 {
  const reader = parameters.enter(TAG.sequence, 'The key derivation');
  const oid = reader.oid('The key derivation');
  if (oid !== PBKDF2) refuseAlgorithm(oid);
  const inside = reader.enter(TAG.sequence, 'The key derivation');
  const salt = inside.content(TAG.octetString, 'The salt');
  const iterations = inside.smallInteger('The number of rounds');
  const keyOctets = inside.tag === TAG.integer ? inside.smallInteger('The length of the key') : undefined;
  if (keyOctets !== undefined && keyOctets > 64) throw damaged('The length of the key is more than 64 octets.');
  const hash = inside.tag === TAG.sequence ? readHmac(inside.enter(TAG.sequence, 'The hash')) : 'sha1';
  return {
    keyOctets,
    key: (passphrase, octets, derivation) => derivation.pbkdf2(passphrase.text, salt, iterations, octets, hash),
  };
}

function readHmac(reader: DerReader): PassphraseHash {
  const oid = reader.oid('The hash');
  return HMACS[oid] ?? refuseAlgorithm(oid);
}

function refuseAlgorithm(oid: string): never {
  throw new VouchError(
    'key',
    `The PKCS #12 file is protected in a way (${oid}) that is not read here. Convert it with "openssl pkcs12 -legacy -in ` +
      'old.p12 -out new.pem" and give new.pem as certificate and as key.',
  );
}

function damaged(sentence: string): VouchError {
  return new VouchError('malformed', sentence);
}
