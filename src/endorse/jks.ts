import { VouchError } from '../errors.ts';
import { nodeNameDigests } from '../platform/name-digests.ts';
import { isEqual } from '../x509/octets.ts';

/** A certificate as a truststore keeps it. */
export interface StoredCertificate {
  /** Empty where the store gives it none. */
  readonly alias: string;
  readonly der: Uint8Array;
}

const MAGIC = 0xfeedfeed;
const VERSIONS: ReadonlySet<number> = new Set([1, 2]);
const ENTRY_LIMIT = 10_000;
const DIGEST_LENGTH = 20;
/** What Java puts between passphrase and content. */
const SALT = 'Mighty Aphrodite';
const TAG = { key: 1, certificate: 2 } as const;

/** True if the bytes begin as Java's own kind of keystore does. */
export function isJks(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) === MAGIC;
}

/**
 * The trusted certificates of a Java keystore (JKS), in its order; keys and their chains are passed over. Throws `key` with a
 * sentence for a wrong passphrase, which also keeps out what was changed since, and for anything that is no such file.
 */
export function readJks(bytes: Uint8Array, passphrase: string): StoredCertificate[] {
  const end = bytes.length - DIGEST_LENGTH;
  if (!isJks(bytes) || end < 12) throw new VouchError('key', 'The file is not a Java keystore (JKS).');
  const content = bytes.subarray(0, end);
  const digest = nodeNameDigests.sha1(Buffer.concat([toUtf16(passphrase), Buffer.from(SALT), content]));
  if (!isEqual(digest, bytes.subarray(end))) {
    throw new VouchError('key', 'The passphrase of the Java keystore is wrong, or the file is damaged.');
  }
  const reader = new JksReader(content);
  reader.number();
  const version = reader.number();
  if (!VERSIONS.has(version))
    throw new VouchError('key', `The Java keystore has version ${version}; 1 and 2 are read.`);
  const count = reader.number();
  if (count > ENTRY_LIMIT) throw damage(`it claims to have ${count} entries`);
  const found: StoredCertificate[] = [];
  for (let entry = 0; entry < count; entry += 1) {
    const tag = reader.number();
    const alias = reader.text();
    reader.take(8);
    if (tag === TAG.certificate) found.push({ alias, der: reader.certificate(version) });
    else if (tag === TAG.key) reader.skipKey(version);
    else throw damage(`entry ${entry + 1} is of an unknown kind`);
  }
  if (!reader.isAtEnd) throw damage('something follows its last entry');
  return found;
}

/** Reads what a Java data stream wrote; whatever leads beyond the end is damage. */
class JksReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw damage('it ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  number(): number {
    this.take(4);
    return this.#view.getUint32(this.#at - 4);
  }

  text(): string {
    const [high, low] = this.take(2);
    // Java's own UTF-8 differs for characters outside the basic plane only; an alias is a name for people.
    return new TextDecoder().decode(this.take(high! * 256 + low!));
  }

  certificate(version: number): Uint8Array {
    const kind = version === 1 ? 'X.509' : this.text();
    if (kind !== 'X.509') throw damage(`it holds a certificate of the kind ${JSON.stringify(kind)}`);
    return this.take(this.number());
  }

  skipKey(version: number): void {
    this.take(this.number());
    const chain = this.number();
    if (chain > ENTRY_LIMIT) throw damage(`it claims to have a chain of ${chain} certificates`);
    for (let link = 0; link < chain; link += 1) this.certificate(version);
  }
}

function damage(why: string): VouchError {
  return new VouchError('key', `The Java keystore is damaged: ${why}.`);
}

/** Big-endian, as Java hashes characters. */
function toUtf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}
