import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeTable } from '../../src/cli/table.ts';

const COLUMNS = [
  { heading: 'NAME', least: 4 },
  { heading: 'N', align: 'right' as const },
  { heading: 'TEXT', least: 6 },
];

describe('a table', () => {
  test('is aligned, numbers to the right', () => {
    const rows = [
      ['a', '7', 'x'],
      ['longer', '1234', 'y'],
    ];
    expect(writeTable(COLUMNS, rows)).toEqual(['NAME       N  TEXT', 'a          7  x', 'longer  1234  y']);
  });

  test('cuts the widest columns that may be cut when the terminal is narrow, and never the others', () => {
    const lines = writeTable(COLUMNS, [['abcdefghij', '123456', 'klmnopqrstuvwxyz']], 26);
    expect(lines[1]).toBe('abcdefg…  123456  klmnopq…');
    const least = writeTable(COLUMNS, [['abcdefghij', '123456', 'klmnopqrstuvwxyz']], 3);
    expect(least[1]).toBe('abc…  123456  klmno…');
  });

  test('shows what would act on a terminal instead of sending it there', () => {
    const [, line] = writeTable([{ heading: 'T' }], [['\u001b[2Jgone\r\nnew \u202eline\tend']]);
    expect(line).toBe('⟨U+001B⟩[2Jgone⟨U+000D⟩ new ⟨U+202E⟩line end');
  });

  test('has one line for each row and no control character, whatever the cells are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.string())),
        fc.nat(200),
        (rows, width) => {
          const lines = writeTable(COLUMNS, rows, width);
          expect(lines).toHaveLength(rows.length + 1);
          for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        },
      ),
    );
  });
});
