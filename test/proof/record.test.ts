import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import type { LogRecord } from '../../src/log/log.ts';
import { readRecord, writeRecord } from '../../src/proof/record.ts';
import { sha } from '../log/statement.ts';

const RECORD: LogRecord = {
  v: 1,
  t: 'endorse',
  id: 'BEE8-MMAw-Lk_IgsEExAy3d9R8h',
  seq: 3,
  prev: 412,
  doc: sha('sha256', 'doc'),
  len: 5153,
  c14n: sha('sha256', 'c14n'),
  sig: 'rsa-sha256',
  signer: sha('sha256', 'signer'),
  created: '2026-11-20T10:00:00Z',
  act: 'valid',
  ev: sha('sha256', 'ev'),
  at: '2026-11-20T10:00:05Z',
};
const BARE = { id: '', seq: 0, prev: -1, c14n: '', sig: '', signer: '', created: '', act: '', ev: '' } as const;
const TRUST: LogRecord = { ...RECORD, ...BARE, t: 'trust' };
const TEXT = JSON.stringify(RECORD);

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (fault) {
    return fault instanceof VouchError ? fault.code : String(fault);
  }
  return 'accepted';
}

describe('records', () => {
  it.each([
    RECORD,
    TRUST,
    { ...RECORD, seq: 1, prev: -1 },
    { ...RECORD, t: 'import' },
    { ...RECORD, act: 'deprecated', ev: '' },
  ] as LogRecord[])('are read as they are written', (record) => {
    expect(readRecord(writeRecord(record))).toEqual(record);
  });

  it('have one order of fields, whatever the order they are given in', () => {
    const turned = Object.fromEntries(Object.entries(RECORD).reverse()) as unknown as LogRecord;
    expect(Buffer.from(writeRecord(turned)).toString()).toBe(TEXT);
    expect(Object.keys(JSON.parse(TEXT))).toEqual([
      'v',
      't',
      'id',
      'seq',
      'prev',
      'doc',
      'len',
      'c14n',
      'sig',
      'signer',
      'created',
      'act',
      'ev',
      'at',
    ]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another version', { v: 2 }],
    ['an unknown kind', { t: 'erase' }],
    ['an identifier that is none', { id: 'x' }],
    ['an identifier that leaves its place', { id: '../../../../../../../../../' }],
    ['no identifier', { id: '' }],
    ['position 0', { seq: 0 }],
    ['a position without a previous entry', { prev: -1 }],
    ['a first position with a previous entry', { seq: 1 }],
    ['a fraction', { seq: 1.5 }],
    ['a number as text', { len: '5153' }],
    ['a negative length', { len: -1 }],
    ['a length beyond exact numbers', { len: 2 ** 53 }],
    ['a digest in capitals', { doc: RECORD.doc.toUpperCase() }],
    ['a short digest', { c14n: RECORD.c14n.slice(1) }],
    ['no signer', { signer: '' }],
    ['a day that does not exist', { created: '2026-02-30T10:00:00Z' }],
    ['a time with milliseconds', { at: '2026-11-20T10:00:05.000Z' }],
    ['a time in another zone', { at: '2026-11-20T10:00:05+01:00' }],
    ['an unknown act', { act: 'withdrawn' }],
    ['an algorithm with quotes', { sig: 'rsa"sha' }],
    ['evidence that is no digest', { ev: 'none' }],
    ['null', { doc: null }],
    ['an array', { doc: [RECORD.doc] }],
  ])('with %s are neither written nor read (TL-16)', (_, wrong) => {
    const record = { ...RECORD, ...wrong } as LogRecord;
    expect(codeOf(() => writeRecord(record))).toBe('malformed');
    expect(codeOf(() => readRecord(Buffer.from(JSON.stringify(record))))).toBe('corrupt');
  });

  it('of trust that say more than their snapshot are refused', () => {
    for (const field of Object.keys(BARE) as (keyof typeof BARE)[]) {
      expect(codeOf(() => writeRecord({ ...TRUST, [field]: RECORD[field] }))).toBe('malformed');
    }
  });

  it.each([
    ['a repeated field', TEXT.replace('"v":1,', '"v":1,"v":1,')],
    ['a repeated field with another value', TEXT.replace('"seq":3,', '"seq":2,"seq":3,')],
    ['an extra field', TEXT.replace('}', ',"x":1}')],
    ['an own __proto__', TEXT.replace('}', ',"__proto__":{}}')],
    ['a missing field', TEXT.replace('"len":5153,', '')],
    ['another order', TEXT.replace(/"v":1,("t":"endorse"),/, '$1,"v":1,')],
    ['a blank', TEXT.replace(',', ', ')],
    ['a newline at the end', `${TEXT}\n`],
    ['an escape', TEXT.replace('endorse', '\\u0065ndorse')],
    ['another spelling of a number', TEXT.replace('5153', '5153.0')],
    ['an exponent', TEXT.replace('5153', '5153e0')],
    ['a negative zero', TEXT.replace('5153', '-0')],
    ['a byte order mark', `\ufeff${TEXT}`],
    ['an array around it', `[${TEXT}]`],
    ['null', 'null'],
    ['nothing', ''],
    ['half of it', TEXT.slice(0, 100)],
  ])('with %s are not read (TL-16)', (_, text) => {
    expect(codeOf(() => readRecord(Buffer.from(text)))).toBe('corrupt');
  });

  it('are never read from other bytes, and reading never fails otherwise', () => {
    const bytes = Buffer.from(TEXT);
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= flip;
        const code = codeOf(() => expect(Buffer.from(writeRecord(readRecord(changed)))).toEqual(changed));
        expect(['accepted', 'corrupt']).toContain(code);
      }),
    );
  });
});
