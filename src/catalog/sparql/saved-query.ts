import { Generator } from 'sparqljs';
import { toMessage, VouchError } from '../../errors.ts';
import { XSD } from '../../rdf/vocabulary.ts';
import { toWellFormed } from '../../rdf/write-n-triples.ts';
import { type BoundTerm, bindVariables, isSameTree } from './bind-variables.ts';
import { parseSparql } from './parse-sparql.ts';
import { guardQuery } from './sparql-guard.ts';

/** What a value of a parameter must be; all but `iri` are literals of the XML Schema type. */
export const PARAMETER_TYPES = ['string', 'integer', 'decimal', 'boolean', 'dateTime', 'iri'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** A variable of a saved query that whoever asks it gives a value. */
export interface SavedParameter {
  readonly name: string;
  readonly type: ParameterType;
  /** One line for people; empty where there is none. */
  readonly meaning: string;
  /** The value where none is given; a parameter without one must be given. */
  readonly fallback?: string;
}

/** A query that an operator saved, to be asked by name. */
export interface SavedQuery {
  /** Lower-case letters, digits and `-`. */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly SavedParameter[];
  /** The query's text with the parameters bound to values as RDF terms. Throws `usage` for values that do not fit. */
  bind(values: ReadonlyMap<string, string>): string;
}

const HEADER = /^#\s*(summary|description|param)\s*:?\s+(.*)$/;
const PARAMETER =
  /^(?<name>[A-Za-z][A-Za-z0-9_]*)\s*:\s*(?<type>[A-Za-z]+)\s*(?:=\s*(?<fallback>"[^"]*"|[^\s;]+)\s*)?(?:;\s*(?<meaning>.*))?$/;
/** Parameters that every answer has. */
const RESERVED: readonly string[] = ['format', 'view', 'asOf', 'query'];
const VALUE_LENGTH_LIMIT = 1_000;
/** A value of each type, to try a query with. */
const SAMPLES = {
  string: 'x',
  integer: '1',
  decimal: '1.5',
  boolean: 'true',
  dateTime: '2026-01-31T12:00:00Z',
  iri: 'urn:x',
} as const satisfies Record<ParameterType, string>;
const SHAPES = {
  string: /^[\s\S]*$/,
  integer: /^[+-]?\d+$/,
  decimal: /^[+-]?(\d+(\.\d*)?|\.\d+)$/,
  boolean: /^(true|false|0|1)$/,
  dateTime: /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/,
  iri: /^[a-z][a-z0-9+.-]*:[^\u0000-\u0020<>"{}|^`\\]*$/i,
} as const satisfies Record<ParameterType, RegExp>;

/**
 * Reads a saved query: SPARQL whose first lines are comments that say what it is, `# summary: …`, `# description: …`,
 * `# param NAME: TYPE = DEFAULT; MEANING`. The query is tried with a value for each parameter. Throws `config`.
 */
export function readSavedQuery(name: string, text: string, baseUrl: string): SavedQuery {
  const refuse = (why: string, cause?: unknown) =>
    new VouchError('config', `The saved query ${name}: ${why}`, { cause });
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
    throw refuse('its name may have lower-case letters, digits and "-" only, at most 64.');
  }
  const header = readHeader(text, refuse);
  const saved: SavedQuery = {
    name,
    ...header,
    bind: (values) => bind(text, header.parameters, values, `${baseUrl}/`),
  };
  const toSamples = (parameters: readonly SavedParameter[]) =>
    new Map(parameters.map((parameter) => [parameter.name, SAMPLES[parameter.type]]));
  try {
    const limits = { baseUrl, rows: Number.MAX_SAFE_INTEGER - 1, queryLength: 16_384 };
    guardQuery({ text }, limits);
    guardQuery({ text: saved.bind(toSamples(header.parameters)) }, limits);
    // the defaults are tried as well
    saved.bind(toSamples(header.parameters.filter(({ fallback }) => fallback === undefined)));
  } catch (cause) {
    throw refuse(toMessage(cause), cause);
  }
  return saved;
}

function readHeader(
  text: string,
  refuse: (why: string) => VouchError,
): Pick<SavedQuery, 'summary' | 'description' | 'parameters'> {
  const said = { summary: '', description: '' };
  const parameters: SavedParameter[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (!line.startsWith('#')) {
      if (line.trim() !== '') break;
      continue;
    }
    const [, kind, rest = ''] = HEADER.exec(line) ?? [];
    if (kind === 'summary' || kind === 'description') said[kind] = `${said[kind]} ${rest.trim()}`.trim();
    if (kind !== 'param') continue;
    const parameter = readParameter(rest.trim());
    if (parameter === undefined) {
      const types = PARAMETER_TYPES.join(', ');
      throw refuse(`"${line}" is not "# param NAME: TYPE = DEFAULT; MEANING" with a type of ${types}.`);
    }
    if (RESERVED.includes(parameter.name) || parameters.some((other) => other.name === parameter.name)) {
      throw refuse(`a parameter cannot be called ${parameter.name}, or not twice.`);
    }
    parameters.push(parameter);
  }
  return { ...said, parameters };
}

function readParameter(text: string): SavedParameter | undefined {
  const { name, type, fallback, meaning = '' } = PARAMETER.exec(text)?.groups ?? {};
  const known = PARAMETER_TYPES.find((one) => one === type);
  if (name === undefined || known === undefined) return undefined;
  return {
    name,
    type: known,
    meaning,
    ...(fallback === undefined ? {} : { fallback: fallback.replace(/^"|"$/g, '') }),
  };
}

function bind(
  text: string,
  parameters: readonly SavedParameter[],
  values: ReadonlyMap<string, string>,
  baseIRI: string,
): string {
  const unknown = [...values.keys()].find((name) => !parameters.some((parameter) => parameter.name === name));
  if (unknown !== undefined) {
    const names = parameters.map(({ name }) => name).join(', ');
    throw new VouchError(
      'usage',
      `There is no parameter ${JSON.stringify(unknown.slice(0, 80))}; there are: ${names}.`,
    );
  }
  const terms = new Map(parameters.map((parameter) => [parameter.name, toTerm(parameter, values.get(parameter.name))]));
  const tree = parseSparql(text, baseIRI);
  bindVariables(tree, terms);
  const bound = new Generator({ allPrefixes: false }).stringify(tree);
  // the writer is not trusted with values of strangers: what it wrote has to say what was bound, and nothing else
  if (!isSameTree(tree, parseSparql(bound, baseIRI))) {
    throw new VouchError('usage', 'The values cannot be written into the query: give others.');
  }
  return bound;
}

function toTerm({ name, type, fallback }: SavedParameter, given: string | undefined): BoundTerm {
  const value = given ?? fallback;
  if (value === undefined) throw new VouchError('usage', `The parameter ${name} is missing: ${toRequirement(type)}.`);
  if (value.length > VALUE_LENGTH_LIMIT || !SHAPES[type].test(value)) {
    throw new VouchError('usage', `The parameter ${name} does not fit: ${toRequirement(type)}.`);
  }
  if (type === 'iri') return { termType: 'NamedNode', value };
  return {
    termType: 'Literal',
    value: toWellFormed(value),
    language: '',
    datatype: { termType: 'NamedNode', value: XSD.ns + type },
  };
}

function toRequirement(type: ParameterType): string {
  if (type === 'string') return `it must be text of at most ${VALUE_LENGTH_LIMIT} characters`;
  return type === 'iri' ? 'it must be an absolute IRI' : `it must be a value of xsd:${type}, such as ${SAMPLES[type]}`;
}
