import { toVisibleText } from '../server/visible-text.ts';

/** One column of a table: its heading, and how it gives way when the terminal is narrow. */
export interface Column {
  readonly heading: string;
  readonly align?: 'left' | 'right';
  /** The fewest characters the column may be cut to; a column without it is never cut. */
  readonly least?: number;
}

const GAP = 2;

/**
 * Lines of an aligned table, heading first. Cells come from strangers: what would act on a terminal instead of being seen is
 * replaced, so that nothing in an entry can move the cursor or recolour a verdict. `width` is the terminal's; without one nothing is cut.
 */
export function writeTable(columns: readonly Column[], rows: readonly (readonly string[])[], width?: number): string[] {
  const cells = [columns.map((column) => column.heading), ...rows].map((row) =>
    row.map((cell) => toVisibleText(cell).replace(/[\t\n]/g, ' ')),
  );
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => lengthOf(row[at] ?? ''))));
  if (width !== undefined) narrow(columns, widths, width);
  return cells.map((row) => {
    const parts = columns.map((column, at) => {
      const cell = cut(row[at] ?? '', widths[at]!);
      const pad = ' '.repeat(widths[at]! - lengthOf(cell));
      return column.align === 'right' ? pad + cell : cell + pad;
    });
    return parts.join(' '.repeat(GAP)).trimEnd();
  });
}

function narrow(columns: readonly Column[], widths: number[], width: number): void {
  let excess = widths.reduce((sum, each) => sum + each, 0) + GAP * (columns.length - 1) - width;
  while (excess > 0) {
    let widest = -1;
    for (const [at, column] of columns.entries()) {
      const canGive = column.least !== undefined && widths[at]! > column.least;
      if (canGive && (widest < 0 || widths[at]! > widths[widest]!)) widest = at;
    }
    if (widest < 0) return;
    widths[widest]! -= 1;
    excess -= 1;
  }
}

function cut(text: string, width: number): string {
  return lengthOf(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`;
}

function lengthOf(text: string): number {
  return [...text].length;
}
