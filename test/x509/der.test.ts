import { describe, expect, test } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { checkDer, DerReader } from '../../src/x509/der.ts';
import { writeDer, writeOid } from '../../src/x509/write-der.ts';
import { startClock } from '../clock.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const reader = (text: string): DerReader => new DerReader(hex(text));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('lengths', () => {
  test.each([
    ['an indefinite length', '30 80 00 00'],
    ['a long form for a short length', '04 81 01 00'],
    ['a long form with a leading zero', `04 82 00 80 ${'00'.repeat(128)}`],
    ['five length octets', '04 85 00 00 00 00 00'],
    ['more than there is', '04 02 00'],
    ['more than there can be', '04 84 ff ff ff ff'],
    ['a length that is cut off', '04 82 01'],
    ['no length', '04'],
    ['a high tag number', '1f 81 00 00'],
    ['end-of-contents', '00 00'],
    ['nothing', ''],
  ])('%s is refused', (_, der) => {
    expect(() => reader(der).take('It')).toThrow(VouchError);
  });

  test('a length of 128 is taken in the long form', () => {
    expect(reader(`04 81 80 ${'00'.repeat(128)}`).content(4, 'It')).toHaveLength(128);
  });

  test('a child may not be longer than its parent, though the file goes on', () => {
    expect(() => reader('30 03 04 05 00 00 00 00 00').enter(0x30, 'It').take('Its child')).toThrow('Its child');
  });
});

describe('values', () => {
  test.each([
    ['a boolean other than 00 and FF', (it: DerReader) => it.boolean('It'), '01 01 01'],
    ['a boolean of two octets', (it: DerReader) => it.boolean('It'), '01 02 ff ff'],
    ['an empty integer', (it: DerReader) => it.integer('It'), '02 00'],
    ['an integer with a needless zero', (it: DerReader) => it.integer('It'), '02 02 00 7f'],
    ['an integer with a needless FF', (it: DerReader) => it.integer('It'), '02 02 ff 80'],
    ['a negative number where none can be', (it: DerReader) => it.smallInteger('It'), '02 01 ff'],
    ['a number of 33 bits', (it: DerReader) => it.smallInteger('It'), '02 05 01 00 00 00 00'],
    ['a bit string without its first octet', (it: DerReader) => it.bitString('It'), '03 00'],
    ['eight unused bits', (it: DerReader) => it.bitString('It'), '03 02 08 00'],
    ['unused bits of nothing', (it: DerReader) => it.bitString('It'), '03 01 01'],
    ['unused bits that are set', (it: DerReader) => it.bitString('It'), '03 02 01 01'],
    ['an empty object identifier', (it: DerReader) => it.oid('It'), '06 00'],
    ['an arc with a leading zero', (it: DerReader) => it.oid('It'), '06 03 55 80 01'],
    ['an arc that is cut off', (it: DerReader) => it.oid('It'), '06 02 55 81'],
    ['an arc beyond counting', (it: DerReader) => it.oid('It'), '06 0a 55 ff ff ff ff ff ff ff ff 7f'],
    ['another type than expected', (it: DerReader) => it.oid('It'), '02 01 05'],
  ])('%s is refused', (_, read, der) => {
    expect(() => read(reader(der))).toThrow(/^It /);
  });

  test('object identifiers read as they are written', () => {
    for (const oid of ['0.9.2342.19200300.100.1.25', '1.2.840.113549.1.9.1', '2.5.4.3', '2.999.1', '2.16.840.1']) {
      expect(new DerReader(writeOid(oid)).oid('It')).toBe(oid);
    }
    expect(() => writeOid('1.40.1')).toThrow('not an object identifier');
  });
});

describe('times', () => {
  const time = (tag: number, value: string): Date => new DerReader(writeDer(tag, text(value))).time('It');

  test('two-digit years turn at 1950', () => {
    expect(time(0x17, '500101000000Z').toISOString()).toBe('1950-01-01T00:00:00.000Z');
    expect(time(0x17, '491231235959Z').toISOString()).toBe('2049-12-31T23:59:59.000Z');
    expect(time(0x18, '00010203040506Z').toISOString()).toBe('0001-02-03T04:05:06.000Z');
    expect(time(0x18, '20240229000000Z').toISOString()).toBe('2024-02-29T00:00:00.000Z');
  });

  test.each([
    [0x17, '2601010000Z'],
    [0x17, '260101000000'],
    [0x17, '260101000000+0100'],
    [0x17, '260101000000z'],
    [0x17, '260229000000Z'],
    [0x17, '261301000000Z'],
    [0x17, '260100000000Z'],
    [0x17, '260101240000Z'],
    [0x17, '260101006000Z'],
    [0x17, '260101000060Z'],
    [0x17, '26010100000 Z'],
    [0x18, '20260101000000.5Z'],
    [0x18, '260101000000Z'],
  ])('%i "%s" is refused', (tag, value) => {
    expect(() => time(tag, value)).toThrow(/^It /);
  });
});

describe('open types', () => {
  test('nesting beyond the limit is refused, at once', () => {
    let der = writeDer(5);
    for (let depth = 0; depth < 3000; depth += 1) der = writeDer(0x30, der);
    const spent = startClock();
    expect(() => checkDer(der, 'It')).toThrow('nested');
    expect(spent()).toBeLessThan(250);
  });

  test('trailing bytes are refused at every level', () => {
    expect(() => checkDer(hex('05 00 00'), 'It')).toThrow();
    expect(() => checkDer(hex('30 03 05 00 00'), 'It')).toThrow();
    expect(() => checkDer(hex('30 02 05 00'), 'It')).not.toThrow();
  });
});
