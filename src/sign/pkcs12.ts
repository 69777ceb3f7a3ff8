import { toMessage, VouchError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { PrivateKey } from '../x509/crypto.ts';
import { writeName } from '../x509/name.ts';
import { isEqual } from '../x509/octets.ts';
import { readCertificate } from '../x509/read-certificate.ts';
import type { KeyFileWorld, PassphraseCrypto } from './key-file.ts';
import { orderChain } from './order-chain.ts';
import { type Bag, type Pfx, readPfx, readPkcs12Bags } from './read-pkcs12-bags.ts';

/** A key with its certificate, and those that lead from it towards an anchor. */
export interface Credential<Key extends PrivateKey = PrivateKey> {
  readonly key: Key;
  readonly certificates: readonly [Certificate, ...Certificate[]];
}

/** A file with more is none that holds somebody's credential. */
const BYTE_LIMIT = 1024 * 1024;

/** True if the bytes begin as a PKCS #12 file does: a sequence, version 3, a sequence. */
export function isPkcs12(bytes: Uint8Array): boolean {
  const lengthOctets = (bytes[1] ?? 0) < 0x80 ? 0 : bytes[1]! & 0x7f;
  const start = 2 + lengthOctets;
  const [version, length, number, next] = bytes.subarray(start, start + 4);
  return bytes[0] === 0x30 && lengthOctets <= 4 && version === 2 && length === 1 && number === 3 && next === 0x30;
}

/** False if the file opens with no or an empty passphrase; throws `key` as `readPkcs12Credential` does. */
export async function isPkcs12Locked(bytes: Uint8Array, secrets: PassphraseCrypto): Promise<boolean> {
  return (await openBags(toPfx(bytes), '', secrets)) === undefined;
}

/**
 * The credential in a PKCS #12 file (RFC 7292, DER or BER; PBES2 with AES or 3DES, and the old ciphers with 3DES and RC2; check
 * values of both kinds). `alias` chooses where the file holds several keys: the name of one, or its number in the list that
 * the error gives. Throws `key` with a sentence that tells apart: no PKCS #12 file, a damaged one, a wrong passphrase, no
 * key, no certificate for it, several keys and none or a wrong one chosen.
 */
export async function readPkcs12Credential<Key extends PrivateKey>(
  bytes: Uint8Array,
  passphrase: string,
  world: KeyFileWorld<Key>,
  alias?: string,
): Promise<Credential<Key>> {
  const pfx = toPfx(bytes);
  const bags = await openBags(pfx, passphrase, world.secrets);
  if (bags === undefined) {
    const reason = pfx.mac === undefined ? ', or the file is damaged' : '';
    throw new VouchError('key', `The passphrase of the PKCS #12 file is wrong${reason}.`);
  }
  const keyBags = bags.filter(({ kind }) => kind === 'key');
  if (keyBags.length === 0) {
    const held = bags.length === 0 ? 'It is empty.' : `It holds ${bags.length} certificates only.`;
    throw new VouchError('key', `The PKCS #12 file holds no private key. ${held}`);
  }
  const certificateBags = bags.filter(({ kind }) => kind === 'certificate');
  const { pairs, complaints } = await toPairs(keyBags, certificateBags, world);
  if (pairs.length === 0) throw new VouchError('key', complaints.join(' '));
  const { key, certificate } = choose(pairs, alias);
  const others = certificateBags.flatMap(({ der }) => {
    const reading = readCertificate(der);
    return reading.ok ? [reading.certificate] : [];
  });
  return { key, certificates: [certificate, ...(await orderChain(certificate, others, world.crypto))] };
}

function toPfx(bytes: Uint8Array): Pfx {
  if (bytes.length > BYTE_LIMIT) {
    throw new VouchError(
      'key',
      `The file has ${bytes.length} bytes; a PKCS #12 file of at most ${BYTE_LIMIT} is read.`,
    );
  }
  if (!isPkcs12(bytes)) {
    const isPem = new TextDecoder('latin1').decode(bytes.subarray(0, 16_384)).includes('-----BEGIN ');
    const hint = isPem ? ' It is a PEM file, which goes to --cert and --key.' : '';
    throw new VouchError('key', `The file is not a PKCS #12 file.${hint}`);
  }
  try {
    return readPfx(bytes);
  } catch (cause) {
    throw toDamage(cause);
  }
}

async function openBags(pfx: Pfx, passphrase: string, secrets: PassphraseCrypto): Promise<Bag[] | undefined> {
  try {
    return await readPkcs12Bags(pfx, passphrase, secrets);
  } catch (cause) {
    throw toDamage(cause);
  }
}

function toDamage(cause: unknown): unknown {
  if (!(cause instanceof VouchError) || cause.code !== 'malformed') return cause;
  return new VouchError('key', `The PKCS #12 file is damaged or unusual: ${toMessage(cause)}`, { cause });
}

interface Pair<Key> {
  readonly key: Key;
  readonly certificate: Certificate;
  readonly name: string | undefined;
}

/** Every key with the certificate of its public half, and a sentence for each key that has none or cannot be used. */
async function toPairs<Key extends PrivateKey>(
  keyBags: readonly Bag[],
  certificateBags: readonly Bag[],
  world: KeyFileWorld<Key>,
): Promise<{ pairs: Pair<Key>[]; complaints: string[] }> {
  const pairs: Pair<Key>[] = [];
  const complaints: string[] = [];
  const readings = certificateBags.map((bag) => ({ bag, reading: readCertificate(bag.der) }));
  for (const bag of keyBags) {
    try {
      const key = await world.openKey(bag.der);
      const own = readings.flatMap(({ bag: { localKeyId, friendlyName }, reading }) =>
        reading.ok && isEqual(reading.certificate.spki, key.spki)
          ? [{ certificate: reading.certificate, localKeyId, friendlyName }]
          : [],
      );
      // Of several certificates for one key, that which the file ties to it, else the one that ends last.
      const [best] = own.toSorted(
        (one, other) =>
          Number(other.localKeyId === bag.localKeyId) - Number(one.localKeyId === bag.localKeyId) ||
          other.certificate.notAfter.getTime() - one.certificate.notAfter.getTime(),
      );
      if (best === undefined) {
        const problem = readings.flatMap(({ reading }) => (reading.ok ? [] : reading.findings))[0]?.message;
        const unreadable = problem === undefined ? '' : ` One that it holds cannot be read: ${problem}`;
        complaints.push(`The PKCS #12 file holds no certificate that belongs to its private key.${unreadable}`);
      } else {
        pairs.push({ key, certificate: best.certificate, name: bag.friendlyName ?? best.friendlyName });
      }
    } catch (cause) {
      if (!(cause instanceof VouchError)) throw cause;
      complaints.push(cause.message);
    }
  }
  return { pairs, complaints: [...new Set(complaints)] };
}

function choose<Key>(pairs: readonly Pair<Key>[], alias: string | undefined): Pair<Key> {
  const fitting = alias === undefined ? pairs : pairs.filter((pair, at) => isMeant(pair, at, alias));
  const [first, ...more] = fitting;
  if (first !== undefined && more.length === 0) return first;
  const list = pairs
    .map(({ certificate, name }, at) => {
      const quoted = name === undefined ? '' : ` ${JSON.stringify(name)}`;
      const until = certificate.notAfter.toISOString().slice(0, 10);
      return `${at + 1}:${quoted} ${writeName(certificate.subject)} (until ${until})`;
    })
    .join('; ');
  if (alias !== undefined && first === undefined) {
    throw new VouchError(
      'key',
      `The PKCS #12 file holds no key of the name or number ${JSON.stringify(alias)}: ${list}.`,
    );
  }
  const which = alias === undefined ? 'several keys' : `several keys of the name ${JSON.stringify(alias)}`;
  throw new VouchError(
    'key',
    `The PKCS #12 file holds ${which}; choose one with --alias and its name or number: ${list}.`,
  );
}

function isMeant({ name }: Pair<unknown>, at: number, alias: string): boolean {
  return name?.toLowerCase() === alias.toLowerCase() || alias === String(at + 1);
}
