import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../../../src/catalog/sparql/execute/byte-writer.ts';

describe('what is written', () => {
  test.each([0, 1, 300, 32_769, 65_536, 70_000, 1_000_000])(
    'in %i bytes comes out whole, in memory of its own that is hardly larger',
    (length) => {
      const writer = new ByteWriter(2_000_000);
      const text = 'ü'.repeat(length >> 1) + 'x'.repeat(length & 1);
      writer.text(text.slice(0, 10));
      writer.text(text.slice(10));
      const bytes = writer.end();
      expect(bytes.length).toBe(length);
      expect(Buffer.from(bytes).toString()).toBe(text);
      expect(bytes.buffer.byteLength).toBeLessThanOrEqual(Math.max(1, length) * 2);
    },
  );

  test('is refused past its limit', () => {
    const writer = new ByteWriter(100);
    writer.text('x'.repeat(101));
    expect(() => writer.end()).toThrow('100 bytes');
  });
});
