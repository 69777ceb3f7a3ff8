import type { CatalogEntry } from '../catalog/catalog.ts';
import { VouchError } from '../errors.ts';
import type { LogReader } from '../log/log.ts';
import { readVerdictBasis, type VerdictBasis } from '../registry/verdict-basis.ts';
import type { Certificate } from '../x509/certificate.ts';
import { readCertificate } from '../x509/read-certificate.ts';

/** What the verdict on an accepted entry rested on, with the certificates themselves. */
export interface EntryBasis extends VerdictBasis {
  /** The path, signer first; `certificate` is absent where it is not kept here or cannot be read. */
  readonly path: readonly { readonly sha256: string; readonly certificate?: Certificate }[];
}

/** Reads what the log keeps beside an entry. */
export async function readEntryBasis(log: LogReader, entry: CatalogEntry): Promise<EntryBasis> {
  const { ev } = await log.record(entry.index);
  const evidence = ev === '' ? undefined : await findBlob(log, ev);
  const basis = readVerdictBasis(evidence ?? new Uint8Array());
  const path = await Promise.all(
    basis.chain.map(async (sha256) => {
      const der = await findBlob(log, sha256);
      const reading = der === undefined ? undefined : readCertificate(der);
      return reading?.ok === true ? { sha256, certificate: reading.certificate } : { sha256 };
    }),
  );
  return { ...basis, path };
}

/** A mirror may have an entry before it has everything beside it. */
async function findBlob(log: LogReader, sha256: string): Promise<Uint8Array | undefined> {
  try {
    return await log.blob(sha256);
  } catch (thrown) {
    if (thrown instanceof VouchError && thrown.code === 'not-found') return undefined;
    throw thrown;
  }
}
