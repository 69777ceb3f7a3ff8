import fc from 'fast-check';
import { expect, it } from 'vitest';
import { base64ToBytes, bytesToBase64 } from '../../src/xml/base64.ts';

it('reads what it writes, with any XML white space in between', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
      const text = bytesToBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64'));
      expect(base64ToBytes(` ${text.replace(/(.{7})/g, '$1\r\n\t')}`)).toEqual(bytes);
    }),
  );
});

it.each(['', ' ', 'A', 'AA', 'AAA', 'AA=A', 'AB==', 'AAB=', 'A===', 'AA==AA==', 'AA-_', 'AAAA=', 'AAAA\u00a0', '<b/>'])(
  'refuses %j, which other decoders take',
  (text) => {
    expect(base64ToBytes(text)).toBeUndefined();
  },
);
