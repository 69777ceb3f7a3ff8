import { toMessage, VouchError } from '../errors.ts';
import { readBase64, writeBase64 } from '../proof/base64.ts';

/**
 * One entry with everything that proves it, in one file, to be judged far from any network. As JSON: `v` 1, then `receipt` as text
 * (C2SP tlog-proof with the leaf), and in base64 `document`, `evidence` (empty where there is none) and each of `chain`.
 */
export interface EntryBundle {
  /** That the entry's record is in the log. */
  readonly receipt: string;
  /** The exact bytes that were signed. */
  readonly document: Uint8Array;
  /** What the registry's verdict rested on; empty where it kept nothing. */
  readonly evidence: Uint8Array;
  /** Certificates that the evidence names, DER, signer first. */
  readonly chain: readonly Uint8Array[];
}

/** Bytes a bundle may have: a document and its evidence of 1 MiB each, some certificates, a receipt, in base64. */
export const BUNDLE_BYTES_LIMIT = 8 * 1_048_576;

const CHAIN_LIMIT = 16;
const FIELDS = ['v', 'receipt', 'document', 'evidence', 'chain'];

/** Writes what `readEntryBundle` reads. */
export function writeEntryBundle({ receipt, document, evidence, chain }: EntryBundle): Uint8Array {
  const written = {
    v: 1,
    receipt,
    document: writeBase64(document),
    evidence: writeBase64(evidence),
    chain: chain.map(writeBase64),
  };
  return Buffer.from(`${JSON.stringify(written, null, 1)}\n`);
}

/** Reads a bundle; `malformed` says in words why the bytes are none. Whether its parts prove anything is for `verifyEntryBundle`. */
export function readEntryBundle(bytes: Uint8Array): EntryBundle {
  if (bytes.length > BUNDLE_BYTES_LIMIT) throw malformed(`it has more than ${BUNDLE_BYTES_LIMIT} bytes`);
  const read = parse(bytes);
  const surplus = Object.keys(read).find((field) => !FIELDS.includes(field));
  if (surplus !== undefined)
    throw malformed(`it has a field ${JSON.stringify(surplus.slice(0, 40))} that no bundle has`);
  if (read.v !== 1) throw malformed('its version is not 1');
  if (typeof read.receipt !== 'string') throw malformed('its receipt is missing');
  if (!Array.isArray(read.chain) || read.chain.length > CHAIN_LIMIT)
    throw malformed('its chain is no list of certificates');
  const chain = read.chain.map((der) => readBytes(der, 'a certificate of its chain'));
  const document = readBytes(read.document, 'its document');
  return { receipt: read.receipt, document, evidence: readBytes(read.evidence, 'its evidence'), chain };
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    // What is there is looked at field by field.
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw malformed(`it is cut off or no JSON (${toMessage(cause)})`, cause);
  }
  throw malformed('it is no JSON object');
}

function readBytes(value: unknown, what: string): Uint8Array {
  const bytes = typeof value === 'string' ? readBase64(value) : undefined;
  if (bytes === undefined) throw malformed(`${what} is not base64`);
  return bytes;
}

function malformed(why: string, cause?: unknown): VouchError {
  return new VouchError('malformed', `This is not the bundle of an entry: ${why}.`, { cause });
}
