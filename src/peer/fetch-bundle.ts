import type { LogRecord } from '../log/log.ts';
import type { EntryBundle } from './entry-bundle.ts';
import { fetchBlob } from './fetch-blob.ts';
import type { LogSource } from './log-source.ts';
import { readChain } from './read-chain.ts';

const EVIDENCE_BYTES_LIMIT = 1_048_576;
const CERTIFICATE_BYTES_LIMIT = 65_536;

/** Collects what belongs to a record whose receipt is at hand. Breaches `blob` and `unavailable`. */
export async function fetchBundle(source: LogSource, receipt: string, record: LogRecord): Promise<EntryBundle> {
  const document = await fetchBlob(source, record.doc, record.len);
  const evidence = record.ev === '' ? new Uint8Array() : await fetchBlob(source, record.ev, EVIDENCE_BYTES_LIMIT);
  const chain: Uint8Array[] = [];
  for (const name of readChain(evidence)) chain.push(await fetchBlob(source, name, CERTIFICATE_BYTES_LIMIT));
  return { receipt, document, evidence, chain };
}
