import { toMessage, VouchError } from '../../errors.ts';
import { VOUCH } from '../../rdf/vocabulary.ts';
import type { ParsedSelect } from './execute/parsed-query.ts';
import { parseSparql } from './parse-sparql.ts';
import { ShortCheck } from './short-query.ts';
import type { QueryForm, SparqlQuery } from './sparql.ts';
import { type ScannedQuery, scanQuery } from './sparql-scan.ts';

export interface GuardOptions {
  /** Public base URL without a trailing slash: graphs of the registry begin with it, relative IRIs resolve against it. */
  readonly baseUrl: string;
  /** Most rows an answer may have. */
  readonly rows: number;
  /** Longest query, in UTF-16 units. */
  readonly queryLength: number;
}

/** A query that may run, with the limit of rows written into it. */
export interface GuardedQuery {
  readonly form: QueryForm;
  readonly text: string;
  readonly baseIri: string;
  /** True if the answer may depend on the clock: the status of entries may be looked at. */
  readonly looksAtStatus: boolean;
  /** False if the answer may be another each time: the time or chance is asked for. */
  readonly isRepeatable: boolean;
  /** The dataset of the protocol, if one was given; it replaces the query's own. */
  readonly dataset?: { readonly defaultGraphs: readonly string[]; readonly namedGraphs: readonly string[] };
  /** The query's tree, the limit of rows in it, where counting what it does bounds how long that takes. */
  readonly short?: ParsedSelect;
}

/** Deeper nesting overflows the stack of the engine, and damages it. */
const DEPTH_LIMIT = 64;
/** Each of these words nests the query's algebra one step deeper without a bracket around the rest. */
const NESTING_WORDS = new Set(['optional', 'minus', 'bind', 'as', 'exists', 'graph', 'values', 'service']);
const NESTING_WORDS_LIMIT = 200;
/** So does each link of a chain, less steeply. */
const CHAINING_WORDS = new Set(['union', 'filter']);
const CHAIN_LIMIT = 1_000;
/** The functions whose value no data tell. */
const UNREPEATABLE_WORDS = new Set(['now', 'rand', 'uuid', 'struuid', 'bnode']);
const FORMS: readonly string[] = ['SELECT', 'ASK', 'CONSTRUCT', 'DESCRIBE'] satisfies QueryForm[];
const ABSOLUTE_IRI = /^[a-z][a-z0-9+.-]*:[^\u0000-\u0020<>"{}|^`\\]*$/i;

/** Of a node of the tree only what tells whether the status of entries is looked at. */
interface TreeNode {
  readonly value?: unknown;
  readonly pathType?: unknown;
  readonly predicate?: { readonly termType?: unknown };
}

interface ParsedQuery {
  readonly type: string;
  readonly queryType?: string;
  readonly from?: { readonly default?: readonly { value: string }[]; readonly named?: readonly { value: string }[] };
  readonly limit?: number;
}

/**
 * Parses a query and lets through only what reads this registry's graphs: no update, no SERVICE anywhere, no graph of
 * elsewhere as dataset. Bounded in time and stack whatever the text. Throws `query`, or `too-large` for a longer text.
 */
export function guardQuery(query: SparqlQuery, options: GuardOptions): GuardedQuery {
  if (query.text.length > options.queryLength) {
    throw new VouchError('too-large', `The query is longer than ${options.queryLength} characters.`);
  }
  const scanned = scanQuery(query.text);
  if (scanned.depth > DEPTH_LIMIT) {
    throw new VouchError('query', `The query nests brackets deeper than ${DEPTH_LIMIT}.`);
  }
  const nesting = scanned.words.filter(({ text }) => NESTING_WORDS.has(text)).length;
  if (nesting > NESTING_WORDS_LIMIT) {
    const words = [...NESTING_WORDS].join(', ').toUpperCase();
    throw new VouchError('query', `The query has more than ${NESTING_WORDS_LIMIT} of ${words}.`);
  }
  const links = scanned.operators + scanned.words.filter(({ text }) => CHAINING_WORDS.has(text)).length;
  if (links > CHAIN_LIMIT) {
    throw new VouchError('query', `The query has more than ${CHAIN_LIMIT} operators, UNION and FILTER together.`);
  }
  const baseIri = `${options.baseUrl}/`;
  const parsed = parse(query.text, baseIri);
  const form = toForm(parsed);
  const check = new ShortCheck(form, query.text);
  const { looksAtStatus } = readTree(parsed, form, check);
  const graphs = [...(parsed.from?.default ?? []), ...(parsed.from?.named ?? [])].map(({ value }) => value);
  for (const graph of [...graphs, ...(query.defaultGraphs ?? []), ...(query.namedGraphs ?? [])]) {
    refuseForeign(graph, baseIri);
  }
  const text = form === 'SELECT' ? withLimit(query.text, scanned, parsed, options.rows + 1) : query.text;
  const limit =
    form === 'SELECT' ? { limit: Math.min(parsed.limit ?? Number.POSITIVE_INFINITY, options.rows + 1) } : {};
  const guarded: GuardedQuery = {
    form,
    text,
    baseIri,
    looksAtStatus,
    isRepeatable: !scanned.words.some(({ text }) => UNREPEATABLE_WORDS.has(text)),
    ...(check.isShort ? { short: { ...(parsed as unknown as ParsedSelect), ...limit } } : {}),
  };
  if (query.defaultGraphs === undefined && query.namedGraphs === undefined) return guarded;
  return {
    ...guarded,
    dataset: { defaultGraphs: query.defaultGraphs ?? [], namedGraphs: query.namedGraphs ?? [] },
  };
}

function parse(text: string, baseIri: string): ParsedQuery {
  try {
    return parseSparql(text, baseIri) as ParsedQuery;
  } catch (cause) {
    throw new VouchError('query', `This is not a SPARQL 1.1 query: ${toReadable(toMessage(cause))}`, { cause });
  }
}

/** The parser's message without its list of everything that could have stood there: line, text, caret, what was found. */
function toReadable(message: string): string {
  return message.replace(/\nExpecting [\s\S]*?, got '([^']*)'$/, (_, found: string) => {
    return found === 'EOF' ? '\nThe query ends too early.' : `\nUnexpected here: ${found}`;
  });
}

function toForm(parsed: ParsedQuery): QueryForm {
  if (parsed.type === 'query' && parsed.queryType !== undefined && FORMS.includes(parsed.queryType)) {
    return parsed.queryType as QueryForm;
  }
  throw new VouchError('query', 'This endpoint answers queries only: SELECT, ASK, CONSTRUCT and DESCRIBE, no updates.');
}

/** Walks the whole tree with a list of its own: recursion would follow the attacker's nesting. */
function readTree(parsed: ParsedQuery, form: QueryForm, check: ShortCheck): { readonly looksAtStatus: boolean } {
  let looksAtStatus = form === 'DESCRIBE';
  const open: unknown[] = [parsed];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === null || typeof node !== 'object') continue;
    if ('type' in node && node.type === 'service') {
      throw new VouchError('query', 'This endpoint does not ask other endpoints: SERVICE is not allowed.');
    }
    if (mayBeStatus(node as TreeNode)) looksAtStatus = true;
    check.look(node);
    // not as arguments: there may be more of them than a call can take
    for (const child of Object.values(node)) open.push(child);
  }
  return { looksAtStatus };
}

function mayBeStatus({ value, pathType, predicate }: TreeNode): boolean {
  return value === VOUCH.status || pathType === '!' || predicate?.termType === 'Variable';
}

function refuseForeign(graph: string, baseIri: string): void {
  if (ABSOLUTE_IRI.test(graph) && graph.startsWith(baseIri)) return;
  throw new VouchError('query', `The dataset can only be made of this registry's graphs, which begin with ${baseIri}.`);
}

/**
 * The query with LIMIT `rows` unless it has a lower one. The text is changed rather than written anew from the parsed
 * tree, so that the engine reads what the client wrote; where text and tree disagree about LIMIT, the query is refused.
 */
function withLimit(text: string, scanned: ScannedQuery, parsed: ParsedQuery, rows: number): string {
  const words = scanned.words.filter(({ depth }) => depth === 0);
  const limits = words.flatMap((word, place) => (word.text === 'limit' ? [words[place + 1]] : []));
  if (parsed.limit === undefined && limits.length === 0) {
    // trailing VALUES come after LIMIT in the text, and before it in meaning
    const end = words.find((word) => word.text === 'values')?.start ?? text.length;
    return `${text.slice(0, end)}\nLIMIT ${rows}\n${text.slice(end)}`;
  }
  const [number] = limits;
  if (limits.length !== 1 || number === undefined || Number(number.text) !== parsed.limit) {
    throw new VouchError('query', 'The number after LIMIT must stand alone.');
  }
  return parsed.limit <= rows ? text : `${text.slice(0, number.start)}${rows}${text.slice(number.end)}`;
}
