import { VouchError } from '../../errors.ts';
import type { QueryForm, SparqlFormat } from './sparql.ts';
import { quoteCsv, quoteTsv } from './table-cell.ts';

const JSON_RESULTS = 'application/sparql-results+json';

/** One term of SPARQL JSON results; Virtuoso has `typed-literal` from before the standard. */
interface Term {
  readonly type: 'uri' | 'bnode' | 'literal' | 'typed-literal';
  readonly value: string;
  readonly datatype?: string;
  readonly 'xml:lang'?: string;
}

interface Results {
  readonly head?: { readonly vars?: readonly string[] };
  readonly boolean?: boolean;
  readonly results?: { readonly bindings: readonly Readonly<Record<string, Term>>[] };
}

/**
 * The format to ask a server for, where the answer is wanted in `format`: a boolean and tables of text come from its JSON, which is the one
 * format of these that servers write alike.
 */
export function toAskedFormat(form: QueryForm, format: SparqlFormat): SparqlFormat {
  const isText = format === 'text/csv' || format === 'text/tab-separated-values';
  return form === 'ASK' || isText ? JSON_RESULTS : format;
}

/** What a server answered in `toAskedFormat`, in the format wanted and as the standard has it. Throws `remote` for what is no answer. */
export function toStandardAnswer(body: string, form: QueryForm, format: SparqlFormat): string {
  if (form === 'ASK') return writeBoolean(readBoolean(readResults(body)), format);
  switch (format) {
    case JSON_RESULTS:
      // a quote within a value is escaped, so that this is always a type
      return body.replace(/"type"(\s*:\s*)"typed-literal"/g, '"type"$1"literal"');
    case 'text/csv':
      return writeTable(readResults(body), { before: '', separator: ',', end: '\r\n', write: toCsv });
    case 'text/tab-separated-values':
      return writeTable(readResults(body), { before: '?', separator: '\t', end: '\n', write: toTurtleTerm });
    default:
      return body;
  }
}

function readResults(body: string): Results {
  try {
    const results: unknown = JSON.parse(body);
    if (typeof results === 'object' && results !== null) return results;
  } catch (cause) {
    throw new VouchError('remote', 'The SPARQL server gave JSON that cannot be read.', { cause });
  }
  throw new VouchError('remote', 'The SPARQL server gave JSON that is no answer.');
}

/** Virtuoso 7.2 gives rows: none for no. */
function readBoolean({ boolean, results }: Results): boolean {
  if (typeof boolean === 'boolean') return boolean;
  const first = results?.bindings[0];
  if (results === undefined || (first !== undefined && !('__ASK_RETVAL' in first))) {
    throw new VouchError('remote', 'The SPARQL server gave neither yes nor no.');
  }
  return first !== undefined && first.__ASK_RETVAL?.value !== '0';
}

function writeBoolean(value: boolean, format: SparqlFormat): string {
  if (format === JSON_RESULTS) return `{"head":{},"boolean":${value}}`;
  return `<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head/><boolean>${value}</boolean></sparql>\n`;
}

interface Table {
  readonly before: string;
  readonly separator: string;
  readonly end: string;
  readonly write: (term: Term) => string;
}

function writeTable({ head, results }: Results, { before, separator, end, write }: Table): string {
  const variables = head?.vars;
  if (variables === undefined || results === undefined) {
    throw new VouchError('remote', 'The SPARQL server gave no rows.');
  }
  const rows = results.bindings.map((row) =>
    variables.map((name) => (row[name] === undefined ? '' : write(row[name]))).join(separator),
  );
  return [variables.map((name) => before + name).join(separator), ...rows, ''].join(end);
}

function toCsv(term: Term): string {
  return quoteCsv(term.type === 'bnode' ? toLabel(term.value) : term.value);
}

function toTurtleTerm(term: Term): string {
  if (term.type === 'uri') return `<${term.value}>`;
  if (term.type === 'bnode') return toLabel(term.value);
  const text = quoteTsv(term.value);
  const language = term['xml:lang'];
  if (language !== undefined) return `${text}@${language}`;
  return term.datatype === undefined ? text : `${text}^^<${term.datatype}>`;
}

/** In JSON a label may be any text, elsewhere not. */
function toLabel(value: string): string {
  return `_:${value.replace(/[^A-Za-z0-9]/g, (character) => `_${character.codePointAt(0)!.toString(16)}`)}`;
}
