import { describe, expect, it } from 'vitest';
import { readDocumentBundle, writeDocumentBundle } from '../../src/log/document-bundle.ts';
import { openMemoryLog } from '../../src/log/memory-log.ts';
import { AT, KEY, makeStatement, ORIGIN } from './statement.ts';

describe('the documents of some records in one answer', () => {
  it('are documents and evidence in the order of the log, and no more than were asked for', async () => {
    const log = await openMemoryLog({ origin: ORIGIN, key: KEY });
    await log.appendTrust(Buffer.from('anchors'), AT);
    for (let number = 0; number < 3; number += 1) await log.append(makeStatement(number));
    const texts = async (from: number, to: number) =>
      readDocumentBundle(await writeDocumentBundle(log, from, to)).map((blob) => Buffer.from(blob).toString().trim());
    expect(await texts(0, 2)).toEqual(['anchors', 'document 0', 'evidence of 0']);
    expect(await texts(2, 99)).toEqual(['document 1', 'evidence of 1', 'document 2', 'evidence of 2']);
    expect(await texts(4, 9)).toEqual([]);
  });

  it('end where an answer would become too long, with at least one record', async () => {
    const log = await openMemoryLog({ origin: ORIGIN, key: KEY });
    for (let number = 0; number < 3; number += 1) await log.append(makeStatement(number, { bytes: 3 * 1_048_576 }));
    expect(readDocumentBundle(await writeDocumentBundle(log, 0, 3))).toHaveLength(2);
  });

  it('are read from any bytes without a fault, and what is cut off is left out', async () => {
    const log = await openMemoryLog({ origin: ORIGIN, key: KEY });
    await log.append(makeStatement(1));
    const bundle = await writeDocumentBundle(log, 0, 1);
    for (let end = 0; end < bundle.length; end += 1) {
      expect(readDocumentBundle(bundle.subarray(0, end)).length).toBeLessThan(2);
    }
    expect(readDocumentBundle(Buffer.from('ffffffff00', 'hex'))).toEqual([]);
  });
});
