import type { QueryForm, SparqlFormat } from '../catalog/sparql/sparql.ts';
import type { Representation } from './resource.ts';

/** The names of the formats of answers. */
export type AnswerName = 'json' | 'xml' | 'csv' | 'tsv' | 'ttl' | 'nt' | 'rdf' | 'jsonld' | 'nq' | 'trig' | 'html';

/** The engine's format for each name; an answer is one graph without a name, which quads write as triples. */
const ENGINE_FORMATS = {
  json: 'application/sparql-results+json',
  xml: 'application/sparql-results+xml',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  ttl: 'text/turtle',
  nt: 'application/n-triples',
  rdf: 'application/rdf+xml',
  jsonld: 'application/ld+json',
  nq: 'application/n-triples',
  trig: 'text/turtle',
} as const satisfies Record<Exclude<AnswerName, 'html'>, SparqlFormat>;

const TRUTH: readonly Representation<AnswerName>[] = [
  { name: 'json', mediaTypes: ['application/sparql-results+json', 'application/json'] },
  { name: 'xml', mediaTypes: ['application/sparql-results+xml', 'application/xml', 'text/xml'] },
  { name: 'html', mediaTypes: ['text/html', 'application/xhtml+xml'] },
];
const ROWS: readonly Representation<AnswerName>[] = [
  ...TRUTH,
  { name: 'csv', mediaTypes: ['text/csv'] },
  { name: 'tsv', mediaTypes: ['text/tab-separated-values'] },
];
const GRAPH: readonly Representation<AnswerName>[] = [
  { name: 'ttl', mediaTypes: ['text/turtle'] },
  { name: 'nt', mediaTypes: ['application/n-triples', 'text/plain'] },
  { name: 'rdf', mediaTypes: ['application/rdf+xml', 'application/xml', 'text/xml'] },
  { name: 'jsonld', mediaTypes: ['application/ld+json', 'application/json'] },
  { name: 'nq', mediaTypes: ['application/n-quads'] },
  { name: 'trig', mediaTypes: ['application/trig'] },
  { name: 'html', mediaTypes: ['text/html', 'application/xhtml+xml'] },
];

/** What an answer to each form of query can be sent as; the first is for clients without a preference. */
export const ANSWER_REPRESENTATIONS = {
  SELECT: ROWS,
  ASK: TRUTH,
  CONSTRUCT: GRAPH,
  DESCRIBE: GRAPH,
} as const satisfies Record<QueryForm, readonly Representation<AnswerName>[]>;

/** What client libraries call the formats in the parameter `format`, beside our names. */
const OTHER_NAMES: Readonly<Record<string, readonly AnswerName[]>> = {
  json: ['json', 'jsonld'],
  xml: ['xml', 'rdf'],
  'rdf+xml': ['rdf'],
  turtle: ['ttl'],
  n3: ['ttl'],
  ntriples: ['nt'],
  nquads: ['nq'],
  'json-ld': ['jsonld'],
};

/** Our name for the format that a URL asks for by a name or media type, where an answer of the form has it; else as it was asked. */
export function toAnswerName(form: QueryForm, asked: string): string {
  const representations = ANSWER_REPRESENTATIONS[form];
  const named = (Object.hasOwn(OTHER_NAMES, asked) ? OTHER_NAMES[asked]! : []).find((name) =>
    representations.some((one) => one.name === name),
  );
  return named ?? representations.find(({ mediaTypes }) => mediaTypes.includes(asked))?.name ?? asked;
}

/** The format to ask the engine for. */
export function toEngineFormat(form: QueryForm, name: AnswerName): SparqlFormat {
  if (name !== 'html') return ENGINE_FORMATS[name];
  return form === 'SELECT' || form === 'ASK' ? ENGINE_FORMATS.json : ENGINE_FORMATS.ttl;
}

/** The formats to offer for download beside the page. */
export function toDownloadNames(form: QueryForm): readonly Exclude<AnswerName, 'html'>[] {
  return ANSWER_REPRESENTATIONS[form].map(({ name }) => name).filter((name) => name !== 'html');
}

/** The Content-Type of an answer. */
export function toContentType(mediaType: string): string {
  if (mediaType === 'text/csv') return 'text/csv; charset=utf-8; header=present';
  return mediaType.startsWith('text/') ? `${mediaType}; charset=utf-8` : mediaType;
}
