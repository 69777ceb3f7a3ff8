import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { NODE_HASHES, nodeCrypto } from '../platform/node-crypto.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { DigestAlgorithm, PrivateKey, SignatureScheme } from '../x509/crypto.ts';
import { TAG } from '../x509/der.ts';
import { COORDINATE_OCTETS, readEcdsaSignature } from '../x509/ecdsa-signature.ts';
import { writeName } from '../x509/name.ts';
import { writeDer, writeOid } from '../x509/write-der.ts';
import { runSigner, type SignerRun } from './run-signer.ts';
import { splitCommand } from './split-command.ts';

/** What the program is given: the bytes to sign, or their digest (for RSA as DigestInfo, which PKCS #1 signs). */
export type SignerInput = 'bytes' | 'digest';

export interface ExternalKeyOptions extends Pick<SignerRun, 'env' | 'signal' | 'onTalk'> {
  /** Default: `bytes`. */
  readonly input?: SignerInput;
  /** How long the program may take, with the time somebody needs to find the token (default 120,000). */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 120_000;

const HASH_OIDS: Readonly<Record<DigestAlgorithm, string>> = {
  'SHA-1': '1.3.14.3.2.26',
  'SHA-256': '2.16.840.1.101.3.4.2.1',
  'SHA-384': '2.16.840.1.101.3.4.2.2',
  'SHA-512': '2.16.840.1.101.3.4.2.3',
};

/**
 * The key of a certificate as another program holds it, such as one that speaks to a token. `command` is split by
 * `splitCommand`; in its words stand `{mechanism}` for the PKCS #11 name of what the key does with its input (`SHA256-RSA-PKCS`,
 * `ECDSA-SHA256`, `EDDSA`; with digests `RSA-PKCS`, `ECDSA`), `{hash}` for `sha256`, `sha384` or `sha512`, `{input}` for a file
 * with the input, which then is not on standard input, and `{output}` for the file where the signature is expected. Else the program
 * writes the signature and nothing else to standard output. Of ECDSA both DER and r || s are taken. `sign` throws what
 * `runSigner` throws, `key` for anything that does not verify with the certificate's key, and `input-output` where these
 * files cannot be written. Throws `usage` for a command that cannot be read.
 */
export function openExternalKey(command: string, certificate: Certificate, options: ExternalKeyOptions): PrivateKey {
  const [program, ...words] = splitCommand(command);
  for (const placeholder of command.match(/\{[a-z-]+\}/g) ?? []) {
    if (!['{mechanism}', '{hash}', '{input}', '{output}'].includes(placeholder)) {
      throw new VouchError(
        'usage',
        `The signer command has ${placeholder}; known are {mechanism}, {hash}, {input} and {output}.`,
      );
    }
  }
  const { input = 'bytes', timeoutMs = TIMEOUT_MS, ...world } = options;

  const sign = async (scheme: SignatureScheme, bytes: Uint8Array): Promise<Uint8Array> => {
    const given = input === 'digest' ? toDigest(scheme, bytes) : bytes;
    const output = await withFiles(given, async (files) => {
      const filled = words.map((word) => fillWord(word, scheme, input, files));
      const takesFile = command.includes('{input}');
      const capturesOutput = !command.includes('{output}');
      const run = { program, words: filled, input: takesFile ? undefined : given, capturesOutput, timeoutMs, ...world };
      const captured = await runSigner(run);
      return capturesOutput ? captured : await readStart(files.output);
    });
    for (const signature of toSignatures(scheme, output)) {
      if (await nodeCrypto.verify(scheme, certificate.spki, signature, bytes)) return signature;
    }
    throw new VouchError('key', `${explain(program, output)} of ${writeName(certificate.subject)}.`);
  };
  return { spki: certificate.spki, sign };
}

function toDigest(scheme: SignatureScheme, bytes: Uint8Array): Uint8Array {
  if (scheme.name === 'Ed25519') {
    throw new VouchError('usage', 'An Ed25519 key signs bytes, not a digest: leave --signer-input at "bytes".');
  }
  const digest = nodeCrypto.digest(scheme.hash, bytes);
  if (scheme.name === 'ECDSA') return digest;
  const algorithm = writeDer(TAG.sequence, writeOid(HASH_OIDS[scheme.hash]), writeDer(TAG.null));
  return writeDer(TAG.sequence, algorithm, writeDer(TAG.octetString, digest));
}

function fillWord(word: string, scheme: SignatureScheme, input: SignerInput, files: Files): string {
  const hash = scheme.name === 'Ed25519' ? 'sha512' : NODE_HASHES[scheme.hash];
  const values = { mechanism: toMechanism(scheme, hash.toUpperCase(), input), hash, ...files };
  return word.replace(/\{(mechanism|hash|input|output)\}/g, (_, name: keyof typeof values) => values[name]);
}

function toMechanism(scheme: SignatureScheme, hash: string, input: SignerInput): string {
  switch (scheme.name) {
    case 'RSASSA-PKCS1-v1_5':
      return input === 'digest' ? 'RSA-PKCS' : `${hash}-RSA-PKCS`;
    case 'ECDSA':
      return input === 'digest' ? 'ECDSA' : `ECDSA-${hash}`;
    case 'Ed25519':
      return 'EDDSA';
    case 'RSA-PSS':
      throw new VouchError('key', 'Programs are not asked for RSA-PSS signatures.');
  }
}

/** What the output can be read as. */
function toSignatures(scheme: SignatureScheme, output: Uint8Array): Uint8Array[] {
  if (scheme.name !== 'ECDSA') return [output];
  const converted = readEcdsaSignature(output, scheme.curve);
  const isRaw = output.length === 2 * COORDINATE_OCTETS[scheme.curve];
  return [...(isRaw ? [output] : []), ...(converted === undefined ? [] : [converted])];
}

function explain(program: string, output: Uint8Array): string {
  if (output.length === 0) return `The signer ${program} wrote nothing where a signature is expected`;
  const isText = output.every((octet) => octet === 9 || octet === 10 || octet === 13 || (octet >= 32 && octet < 127));
  const what = isText ? `${output.length} characters of text` : `${output.length} bytes`;
  const hint = isText ? ' (the bare signature is expected, not its base64 or hex)' : '';
  return `The signer ${program} wrote ${what}${hint}, which are no signature by the key in the certificate`;
}

interface Files {
  readonly input: string;
  readonly output: string;
}

/** Runs `use` with a file of the input in a directory that only this user can look into, and that is gone afterwards. */
async function withFiles<T>(given: Uint8Array, use: (files: Files) => Promise<T>): Promise<T> {
  const directory = await orFault(mkdtemp(join(tmpdir(), 'vouch-sign-')));
  try {
    const files = { input: join(directory, 'input'), output: join(directory, 'output') };
    await orFault(writeFile(files.input, given, { mode: 0o600 }));
    return await use(files);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function orFault<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new VouchError('input-output', `The file for the signer cannot be written: ${toMessage(cause)}`, { cause });
  }
}

/** The file's first bytes, more than any signature has; none if there is no file. */
async function readStart(path: string): Promise<Uint8Array> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return new Uint8Array(0);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    return new Uint8Array(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
