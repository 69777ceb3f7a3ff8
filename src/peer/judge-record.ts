import type { LogRecord } from '../log/log.ts';
import type { World } from '../verify/conditions.ts';
import { DEFAULT_DOCUMENT_LIMITS } from '../xml/gate.ts';
import { ACCEPTED_DOCUMENT_BYTES, findDifference, recheckDocument } from './recheck-document.ts';

/**
 * Verifies the document of a record again, as of its acceptance and whoever signed it, and holds it against what the record says of it.
 * Undefined if all of it is true; else in words what is not. Whom to believe is another question, which a policy answers.
 */
export async function judgeRecord(record: LogRecord, document: Uint8Array, world: World): Promise<string | undefined> {
  if (record.len !== document.length) return `its document has ${document.length} bytes, not ${record.len}`;
  const { errors, found } = await recheckDocument(
    { bytes: document, profile: record.t === 'import' ? 'legacy' : 'current', at: new Date(record.at) },
    { ...DEFAULT_DOCUMENT_LIMITS, bytes: ACCEPTED_DOCUMENT_BYTES },
    world,
  );
  if (found === undefined) {
    const [error] = errors;
    return `its document is not valid (${error!.code}): ${error!.message}`;
  }
  const wrong = findDifference(record, found);
  return wrong === undefined ? undefined : `its document says otherwise about ${wrong}`;
}
