import type { CatalogEntry } from '../catalog/catalog.ts';
import { VouchError } from '../errors.ts';
import type { LogReader } from '../log/log.ts';
import type { Certificate } from '../x509/certificate.ts';
import { readCertificate } from '../x509/read-certificate.ts';

/** A certificate somebody signed with, and when he did. */
export interface UsedCertificate {
  readonly sha256: string;
  /** Absent where the log does not keep it beside the entries. */
  readonly certificate?: Certificate;
  /** When entries were signed with it, the newest first. */
  readonly usedAt: readonly Date[];
}

/** Certificates that are told. */
const LIMIT = 10;

/** The certificates of these entries, which are newest first: the one used last first. */
export async function readUsedCertificates(
  log: LogReader,
  entries: readonly CatalogEntry[],
): Promise<UsedCertificate[]> {
  const used = new Map<string, Date[]>();
  for (const { signerSha256, createdAt } of entries) {
    const known = used.get(signerSha256);
    if (known === undefined) used.set(signerSha256, [createdAt]);
    else known.push(createdAt);
  }
  return Promise.all(
    [...used].slice(0, LIMIT).map(async ([sha256, usedAt]) => {
      const certificate = await findCertificate(log, sha256);
      return { sha256, usedAt, ...(certificate && { certificate }) };
    }),
  );
}

async function findCertificate(log: LogReader, sha256: string): Promise<Certificate | undefined> {
  try {
    const reading = readCertificate(await log.blob(sha256));
    return reading.ok ? reading.certificate : undefined;
  } catch (thrown) {
    if (thrown instanceof VouchError && thrown.code === 'not-found') return undefined;
    throw thrown;
  }
}
