import { DerReader, refuse, TAG } from '../x509/der.ts';
import { concatenate, toHex } from '../x509/octets.ts';
import { berToDer } from './ber-to-der.ts';
import type { PassphraseCrypto } from './key-file.ts';
import { decrypt, isMacRight, type Mac, type Passphrase, toPassphrases } from './pkcs12-cipher.ts';
import { Derivation } from './pkcs12-derivation.ts';

/** A private key or a certificate as it lies in a PKCS #12 file, with what the file says about it. */
export interface Bag {
  readonly kind: 'key' | 'certificate';
  /** PKCS #8, or the certificate. */
  readonly der: Uint8Array;
  readonly friendlyName?: string;
  /** Hex. */
  readonly localKeyId?: string;
}

/** A file whose outermost layer was read. */
export interface Pfx {
  readonly content: Uint8Array;
  readonly mac: Mac | undefined;
}

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const BAGS = '1.2.840.113549.1.12.10.1.';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';

/** Keys and certificates in one file, and bags inside bags. */
const BAG_LIMIT = 100;
const NESTING_LIMIT = 4;

/** The outermost layer (RFC 7292 section 4); throws `malformed` for anything else. */
export function readPfx(bytes: Uint8Array): Pfx {
  const whole = new DerReader(berToDer(bytes));
  const pfx = whole.enter(TAG.sequence, 'The file');
  if (pfx.smallInteger('The version') !== 3) refuse('The version is not 3.');
  const { oid, content } = readContentInfo(pfx);
  if (oid !== DATA) refuse('It is protected by a signature instead of a passphrase, which is not read here.');
  const octets = content.content(TAG.octetString, 'The content');
  const mac = pfx.isAtEnd ? undefined : readMac(pfx.enter(TAG.sequence, 'The check value'));
  pfx.end('the check value');
  return { content: octets, mac };
}

/**
 * The keys and certificates of a file in its order, or undefined if the passphrase is not the right one (where there is no check
 * value, bytes that decrypt to nonsense count as that). Throws `malformed` for a damaged file, `key` for what is not read here.
 */
export async function readPkcs12Bags(
  { content, mac }: Pfx,
  text: string,
  secrets: PassphraseCrypto,
): Promise<Bag[] | undefined> {
  const derivation = new Derivation(secrets);
  const candidates = toPassphrases(text);
  if (mac === undefined) {
    try {
      return await readAll(content, candidates[0]!, derivation);
    } catch (cause) {
      // What a wrong passphrase decrypts to has a right padding now and then.
      if (cause instanceof WrongPassphrase) return undefined;
      throw cause;
    }
  }
  let passphrase: Passphrase | undefined;
  for (const candidate of candidates) {
    if (await isMacRight(mac, content, candidate, derivation)) passphrase ??= candidate;
    if (passphrase !== undefined) break;
  }
  if (passphrase === undefined) return undefined;
  try {
    return await readAll(content, passphrase, derivation);
  } catch (cause) {
    if (cause instanceof WrongPassphrase) refuse('Its keys are encrypted with another passphrase than its whole.');
    throw cause;
  }
}

class WrongPassphrase extends Error {}

async function readAll(content: Uint8Array, passphrase: Passphrase, derivation: Derivation): Promise<Bag[]> {
  const bags: Bag[] = [];
  const safes = new DerReader(berToDer(content)).enter(TAG.sequence, 'The content');
  while (!safes.isAtEnd) {
    const { oid, content: safe } = readContentInfo(safes);
    if (oid === DATA) {
      const plain = safe.content(TAG.octetString, 'A part of the file');
      await readBags(toBags(plain), 0);
    } else if (oid === ENCRYPTED_DATA) {
      const { algorithm, bytes } = readEncrypted(safe.enter(TAG.sequence, 'An encrypted part'));
      const plain = await open(algorithm, bytes);
      await readBags(
        orWrong(() => toBags(plain)),
        0,
      );
    } else {
      refuse(`A part of the file is protected in a way (${oid}) that is not read here.`);
    }
  }
  return bags;

  async function open(algorithm: Uint8Array, bytes: Uint8Array): Promise<Uint8Array> {
    const plain = await decrypt(algorithm, bytes, passphrase, derivation);
    if (plain === undefined) throw new WrongPassphrase();
    return plain;
  }

  async function readBags(reader: DerReader, depth: number): Promise<void> {
    if (depth > NESTING_LIMIT) refuse('The parts of the file are nested too deep.');
    while (!reader.isAtEnd) {
      const bag = reader.enter(TAG.sequence, 'A part of the file');
      const oid = bag.oid('The kind of a part');
      const value = bag.enter(0xa0, 'A part of the file');
      const names = bag.isAtEnd ? {} : readAttributes(bag.enter(TAG.set, 'The attributes'));
      if (oid === `${BAGS}1`) add({ kind: 'key', der: value.take('The key'), ...names });
      else if (oid === `${BAGS}2`) {
        const encrypted = value.enter(TAG.sequence, 'The key');
        const algorithm = encrypted.take('The algorithm');
        const der = await open(algorithm, encrypted.content(TAG.octetString, 'The key'));
        orWrong(() => new DerReader(der).enter(TAG.sequence, 'The key').smallInteger('The version'));
        add({ kind: 'key', der, ...names });
      } else if (oid === `${BAGS}3`) {
        const der = readX509(value.enter(TAG.sequence, 'The certificate'));
        if (der !== undefined) add({ kind: 'certificate', der, ...names });
      } else if (oid === `${BAGS}6`) await readBags(value.enter(TAG.sequence, 'A part of the file'), depth + 1);
    }
  }

  function add(bag: Bag): void {
    bags.push(bag);
    if (bags.length > BAG_LIMIT) refuse(`It holds more than ${BAG_LIMIT} keys and certificates.`);
  }
}

function toBags(plain: Uint8Array): DerReader {
  return new DerReader(berToDer(plain)).enter(TAG.sequence, 'A part of the file');
}

function orWrong<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw new WrongPassphrase();
  }
}

function readContentInfo(reader: DerReader): { oid: string; content: DerReader } {
  const info = reader.enter(TAG.sequence, 'The content');
  const oid = info.oid('The kind of the content');
  return { oid, content: info.enter(0xa0, 'The content') };
}

function readMac(reader: DerReader): Mac {
  const digest = reader.enter(TAG.sequence, 'The check value');
  const algorithm = digest.take('The algorithm');
  const value = digest.content(TAG.octetString, 'The check value');
  const salt = reader.content(TAG.octetString, 'The salt');
  const iterations = reader.isAtEnd ? 1 : reader.smallInteger('The number of rounds');
  return { algorithm, value, salt, iterations };
}

function readEncrypted(reader: DerReader): { algorithm: Uint8Array; bytes: Uint8Array } {
  reader.integer('The version');
  const inside = reader.enter(TAG.sequence, 'An encrypted part');
  inside.oid('The kind of an encrypted part');
  const algorithm = inside.take('The algorithm');
  if (inside.tag === 0x80) return { algorithm, bytes: inside.content(0x80, 'An encrypted part') };
  // BER writers send it in pieces.
  const pieces = inside.enter(0xa0, 'An encrypted part');
  const bytes: Uint8Array[] = [];
  while (!pieces.isAtEnd) bytes.push(pieces.content(TAG.octetString, 'A piece of an encrypted part'));
  return { algorithm, bytes: concatenate(...bytes) };
}

function readX509(reader: DerReader): Uint8Array | undefined {
  if (reader.oid('The kind of a certificate') !== X509_CERTIFICATE) return undefined;
  return reader.enter(0xa0, 'The certificate').content(TAG.octetString, 'The certificate');
}

function readAttributes(reader: DerReader): Pick<Bag, 'friendlyName' | 'localKeyId'> {
  let friendlyName: string | undefined;
  let localKeyId: string | undefined;
  while (!reader.isAtEnd) {
    const attribute = reader.enter(TAG.sequence, 'An attribute');
    const oid = attribute.oid('An attribute');
    const values = attribute.enter(TAG.set, 'An attribute');
    if (oid === FRIENDLY_NAME && values.tag === TAG.bmpString) {
      friendlyName = new TextDecoder('utf-16be').decode(values.content(TAG.bmpString, 'A name'));
    } else if (oid === LOCAL_KEY_ID && values.tag === TAG.octetString) {
      localKeyId = toHex(values.content(TAG.octetString, 'A number'));
    }
  }
  return {
    ...(friendlyName === undefined ? {} : { friendlyName }),
    ...(localKeyId === undefined ? {} : { localKeyId }),
  };
}
