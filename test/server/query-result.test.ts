import { setImmediate as breathe } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readQueryResult, readShownGraph, readShownResult } from '../../src/server/query-result.ts';

/** An answer with so many rows of such values; more than 256 KiB of it is read in part. */
function toAnswer(values: readonly string[], rows: number): string {
  const bindings = Array.from({ length: rows }, (_, row) => ({
    x: { type: 'literal', value: values[row % values.length] ?? '' },
    ...(row % 3 === 0 ? { y: { type: 'uri', value: `urn:${row}` } } : {}),
  }));
  return JSON.stringify({ head: { vars: ['x', 'y'] }, results: { bindings } });
}

const toBytes = (text: string) => Buffer.from(text);

describe('readShownResult', () => {
  it('shows of a large answer what reading all of it would', async () => {
    const value = fc.string({ unit: fc.constantFrom(...'{}[]"\\,:ä \u{1f600}\n'), maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 8_000, max: 9_000 }),
        fc.integer({ min: 1, max: 9_500 }),
        async (values, rows, limit) => {
          const text = toAnswer(values, rows);
          expect(text.length).toBeGreaterThan(256 * 1024);
          expect(await readShownResult(toBytes(text), limit)).toEqual(readQueryResult(text, limit));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('reads rows that stand before the names of the variables', async () => {
    const { head, results } = JSON.parse(toAnswer(['a'], 9_000));
    const text = JSON.stringify({ results, head });
    expect(await readShownResult(toBytes(text), 5)).toEqual(readQueryResult(text, 5));
  });

  it('takes what breaks off for no answer, and nothing else for rows', async () => {
    const text = toAnswer(['a'], 9_000);
    await expect(readShownResult(toBytes(text.slice(0, -2_000)), 5)).rejects.toThrow(SyntaxError);
    const { head, results } = JSON.parse(text);
    const other = JSON.stringify({ head, meta: { a: { b: [1], c: [2] } }, results });
    expect(await readShownResult(toBytes(other), 5)).toEqual(readQueryResult(other, 5));
  });

  it('reads a small answer and a boolean', async () => {
    const text = toAnswer(['a'], 3);
    expect(await readShownResult(toBytes(text), 2)).toEqual(readQueryResult(text, 2));
    expect(await readShownResult(toBytes('{"head":{},"boolean":true}'), 2)).toEqual({ kind: 'boolean', value: true });
  });

  it('lets others go on in between', async () => {
    const bytes = toBytes(toAnswer(['x'.repeat(1_000)], 8_000));
    let isRead = false;
    let turns = 0;
    const reading = readShownResult(bytes, 5).then((result) => {
      isRead = true;
      return result;
    });
    for (; !isRead; turns++) await breathe();
    expect(await reading).toMatchObject({ total: 8_000 });
    expect(turns).toBeGreaterThan(10);
  });
});

describe('readShownGraph', () => {
  it('shows whole lines of a graph, and says that there is more', () => {
    expect(readShownGraph(toBytes('a\nbc\n'), 5)).toEqual({ kind: 'graph', text: 'a\nbc\n', isWhole: true });
    expect(readShownGraph(toBytes('a\nbc\nd\n'), 6)).toEqual({ kind: 'graph', text: 'a\nbc\n', isWhole: false });
    expect(readShownGraph(toBytes('abcdef'), 3)).toEqual({ kind: 'graph', text: 'abc', isWhole: false });
  });
});
