import { toMessage, VouchError } from '../errors.ts';
import type { PrivateKey } from '../x509/crypto.ts';
import { DerReader, TAG } from '../x509/der.ts';
import { concatenate, fromHex } from '../x509/octets.ts';
import type { PemBlock } from '../x509/pem.ts';
import { writeDer, writeOid } from '../x509/write-der.ts';
import { isKeyEncrypted } from './key-block.ts';
import type { KeyFileCipher, KeyFileWorld } from './key-file.ts';
import { decrypt, toPassphrases } from './pkcs12-cipher.ts';
import { Derivation } from './pkcs12-derivation.ts';

/**
 * The private key of a PEM block, made by `world.openKey`: PKCS #8 (encrypted or not, with every cipher that PKCS #12 files have), PKCS #1
 * and SEC 1 (also encrypted as OpenSSL did before 1.0). Throws `key` with a sentence that tells apart: a passphrase needed, a wrong one, a
 * damaged key, an encryption that is not read here.
 */
export async function readPemKey<Key extends PrivateKey>(
  block: PemBlock,
  passphrase: string | undefined,
  world: KeyFileWorld<Key>,
): Promise<Key> {
  if (block.der === undefined) throw new VouchError('key', 'The private key is damaged.');
  if (!isKeyEncrypted(block)) return await world.openKey(toPkcs8(block.label, block.der));
  if (passphrase === undefined) {
    throw new VouchError('key', 'The private key is encrypted: its passphrase is needed.');
  }
  const plain =
    block.label === 'ENCRYPTED PRIVATE KEY'
      ? await openPkcs8(block.der, passphrase, world)
      : await openOld(block, block.der, passphrase, world);
  try {
    if (plain === undefined) throw new VouchError('key', 'The padding is wrong.');
    return await world.openKey(toPkcs8(block.label, plain));
  } catch (cause) {
    // A wrong passphrase gives random bytes, which fail in whatever way they happen to.
    throw new VouchError('key', 'The passphrase of the private key is wrong, or the key is damaged.', { cause });
  }
}

async function openPkcs8(der: Uint8Array, text: string, world: KeyFileWorld): Promise<Uint8Array | undefined> {
  const [passphrase] = toPassphrases(text);
  try {
    const whole = new DerReader(der).enter(TAG.sequence, 'The key');
    const algorithm = whole.take('The algorithm');
    const bytes = whole.content(TAG.octetString, 'The key');
    return await decrypt(algorithm, bytes, passphrase!, new Derivation(world.secrets));
  } catch (cause) {
    if (cause instanceof VouchError && cause.code === 'key') throw cause;
    throw new VouchError('key', `The private key is damaged: ${toMessage(cause)}`, { cause });
  }
}

const OLD_CIPHERS: Readonly<Record<string, { readonly name: KeyFileCipher; readonly keyOctets: number }>> = {
  'AES-128-CBC': { name: 'aes-128-cbc', keyOctets: 16 },
  'AES-192-CBC': { name: 'aes-192-cbc', keyOctets: 24 },
  'AES-256-CBC': { name: 'aes-256-cbc', keyOctets: 32 },
  'DES-EDE3-CBC': { name: 'des-ede3-cbc', keyOctets: 24 },
};

/** RFC 1421 headers, and a key made of the passphrase by rounds of MD5, as OpenSSL wrote keys for decades. */
async function openOld(
  block: PemBlock,
  bytes: Uint8Array,
  passphrase: string,
  { secrets }: KeyFileWorld,
): Promise<Uint8Array | undefined> {
  const [, name = '', hex = ''] = /^DEK-Info:\s*([A-Z0-9-]+),\s*([0-9A-F]+)\s*$/im.exec(block.headers) ?? [];
  const cipher = OLD_CIPHERS[name.toUpperCase()];
  const iv = fromHex(hex);
  if (cipher === undefined || iv.length !== (cipher.name === 'des-ede3-cbc' ? 8 : 16)) {
    throw new VouchError(
      'key',
      'The private key is encrypted in an old way that is not supported here. Encrypt it anew with "openssl pkcs8 -topk8".',
    );
  }
  const secret = concatenate(new TextEncoder().encode(passphrase), iv.subarray(0, 8));
  let key = new Uint8Array(0);
  let digest: Uint8Array = new Uint8Array(0);
  while (key.length < cipher.keyOctets) {
    digest = await secrets.digest('md5', concatenate(digest, secret), 1);
    key = concatenate(key, digest);
  }
  return await secrets.decipher(cipher.name, key.subarray(0, cipher.keyOctets), iv, bytes);
}

/** The key as PKCS #8, whatever the label says it was. Throws `malformed` for what is none. */
function toPkcs8(label: string, der: Uint8Array): Uint8Array {
  if (label !== 'RSA PRIVATE KEY' && label !== 'EC PRIVATE KEY') return der;
  const version = writeDer(TAG.integer, Uint8Array.of(0));
  const algorithm =
    label === 'RSA PRIVATE KEY'
      ? writeDer(TAG.sequence, writeOid('1.2.840.113549.1.1.1'), writeDer(TAG.null))
      : writeDer(TAG.sequence, writeOid('1.2.840.10045.2.1'), readCurve(der));
  return writeDer(TAG.sequence, version, algorithm, writeDer(TAG.octetString, der));
}

function readCurve(der: Uint8Array): Uint8Array {
  const key = new DerReader(der).enter(TAG.sequence, 'The key');
  key.smallInteger('The version');
  key.content(TAG.octetString, 'The key');
  return key.enter(0xa0, 'The curve').take('The curve');
}
