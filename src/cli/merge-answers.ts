import { quoteCsv, quoteTsv } from '../catalog/sparql/table-cell.ts';
import type { QueryResult, ResultValue } from '../server/query-result.ts';

/** The answer of one registry among several. */
export interface SourceAnswer<T> {
  readonly source: string;
  readonly answer: T;
}

/** The first column of a merged table; a name that no variable can have. */
export const SOURCE_COLUMN = 'source:';

type Rows = Extract<QueryResult, { kind: 'rows' }>;

/** All rows, each after the source it came from; the variables of the first source come first. Nothing is joined and nothing left out. */
export function mergeRows(answers: readonly SourceAnswer<Rows>[]): Rows {
  const variables = [...new Set(answers.flatMap(({ answer }) => answer.variables))];
  const rows = answers.flatMap(({ source, answer }) =>
    answer.rows.map((row): (ResultValue | undefined)[] => [
      { type: 'uri', value: source },
      ...variables.map((name) => row[answer.variables.indexOf(name)]),
    ]),
  );
  return { kind: 'rows', variables: [SOURCE_COLUMN, ...variables], rows, total: rows.length };
}

/** The triples of all sources, N-Triples each; a blank node of one stays apart from those of the others. */
export function mergeTriples(texts: readonly string[]): string {
  const lines = texts.flatMap((text, place) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/^_:/, `_:s${place}`).replace(/ _:([A-Za-z0-9]\S*) \.$/, ` _:s${place}$1 .`)),
  );
  return [...new Set(lines)].map((line) => `${line}\n`).join('');
}

/** Rows as CSV or TSV by the SPARQL 1.1 formats. */
export function writeTable({ variables, rows }: Rows, format: 'csv' | 'tsv'): string {
  if (format === 'tsv') {
    const lines = rows.map((row) => row.map((cell) => (cell === undefined ? '' : toTurtle(cell))).join('\t'));
    return `${[variables.map((name) => `?${name}`).join('\t'), ...lines].join('\n')}\n`;
  }
  const lines = [variables, ...rows.map((row) => row.map((cell) => (cell === undefined ? '' : toPlain(cell))))];
  return lines.map((line) => `${line.map(quoteCsv).join(',')}\r\n`).join('');
}

/** A cell as people read it. */
export function toPlain({ type, value }: ResultValue): string {
  return type === 'bnode' ? `_:${value}` : value;
}

function toTurtle({ type, value, datatype, 'xml:lang': language }: ResultValue): string {
  if (type === 'uri') return `<${value}>`;
  if (type === 'bnode') return `_:${value}`;
  const text = quoteTsv(value);
  if (language !== undefined) return `${text}@${language}`;
  return datatype === undefined ? text : `${text}^^<${datatype}>`;
}
