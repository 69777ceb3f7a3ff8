import { VouchError } from '../../errors.ts';
import type { QueryForm, SparqlFormat } from './sparql.ts';

const BINDINGS: readonly SparqlFormat[] = [
  'application/sparql-results+json',
  'application/sparql-results+xml',
  'text/csv',
  'text/tab-separated-values',
];
const GRAPHS: readonly SparqlFormat[] = [
  'text/turtle',
  'application/n-triples',
  'application/rdf+xml',
  'application/ld+json',
];

/** The formats an answer of this form can have; CSV and TSV are defined for SELECT only. */
export const ANSWER_FORMATS: Readonly<Record<QueryForm, readonly SparqlFormat[]>> = {
  SELECT: BINDINGS,
  ASK: BINDINGS.slice(0, 2),
  CONSTRUCT: GRAPHS,
  DESCRIBE: GRAPHS,
};

/** The first of the accepted formats that an answer of this form can have. Throws `media-type` if none is. */
export function chooseFormat(form: QueryForm, accepted: readonly SparqlFormat[]): SparqlFormat {
  const format = accepted.find((candidate) => ANSWER_FORMATS[form].includes(candidate));
  if (format !== undefined) return format;
  throw new VouchError('media-type', `A ${form} query is answered as ${ANSWER_FORMATS[form].join(', ')}.`);
}

/** The number of rows of a SELECT result that the engine wrote, from its text. */
export function countRows(body: string, format: SparqlFormat): number {
  switch (format) {
    case 'application/sparql-results+json':
      return (JSON.parse(body) as { results: { bindings: unknown[] } }).results.bindings.length;
    case 'application/sparql-results+xml':
      // a `<` of a value is always escaped
      return countOf(body, '<result>') + countOf(body, '<result/>');
    case 'text/csv':
      // a value with a line break stands in quotes, and quotes in it are doubled
      return Math.max(0, countOf(body.replace(/"[^"]*"/g, ''), '\n') - 1);
    case 'text/tab-separated-values':
      return Math.max(0, countOf(body, '\n') - 1);
    default:
      return countOf(body, '\n');
  }
}

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}
