import { writeEntryTime } from '../entry/entry-time.ts';
import { hasError } from '../errors.ts';
import type { LogRecord } from '../log/log.ts';
import type { World } from '../verify/conditions.ts';
import { verifyEntry } from '../verify/verify-entry.ts';
import { DEFAULT_DOCUMENT_LIMITS } from '../xml/gate.ts';

/** The largest document any registry may take (trust A1.1). */
const DOCUMENT_BYTES = 1_048_576;

/**
 * Verifies the document of a record again, as of its acceptance and whoever signed it, and holds it against what the record says of it.
 * Undefined if all of it is true; else in words what is not. Whom to believe is another question, which a policy answers.
 */
export async function judgeRecord(record: LogRecord, document: Uint8Array, world: World): Promise<string | undefined> {
  const verdict = await verifyEntry(
    document,
    {
      profile: record.t === 'import' ? 'legacy' : 'current',
      at: new Date(record.at),
      trust: { mode: 'any' },
      limits: { ...DEFAULT_DOCUMENT_LIMITS, bytes: DOCUMENT_BYTES },
    },
    world,
  );
  if (!verdict.valid || hasError(verdict.findings)) {
    const { code, message } = verdict.findings.find(({ severity }) => severity === 'error')!;
    return `its document is not valid (${code}): ${message}`;
  }
  const { entry, canonicalSha256, signatureAlgorithm, signerSha256 } = verdict.verified;
  const found = {
    id: entry.identifier,
    len: document.length,
    c14n: canonicalSha256,
    sig: signatureAlgorithm,
    signer: signerSha256,
    created: writeEntryTime(entry.endorsement.createdAt),
    act: entry.deprecated === undefined ? 'valid' : 'deprecated',
  } as const;
  const wrong = Object.entries(found).find(([name, value]) => record[name as keyof typeof found] !== value);
  return wrong === undefined ? undefined : `it says another ${wrong[0]} than its document, which has ${wrong[1]}`;
}
