import type { Store } from 'oxigraph';
import oxigraph from 'oxigraph';
import type { GraphChange } from '../../../../src/catalog/graph-source.ts';
import { answerParsed, answerQuery } from '../../../../src/catalog/sparql/execute/answer-query.ts';
import { Budget, TooLong } from '../../../../src/catalog/sparql/execute/budget.ts';
import { QuadReader } from '../../../../src/catalog/sparql/quads/quad-reader.ts';
import { QuadWriter } from '../../../../src/catalog/sparql/quads/quad-writer.ts';
import type { SparqlView } from '../../../../src/catalog/sparql/sparql.ts';
import { guardQuery } from '../../../../src/catalog/sparql/sparql-guard.ts';
import type { SparqlRequest } from '../../../../src/catalog/sparql/sparql-message.ts';

export const BASE = 'http://t.example';
export const NOW_MS = Date.UTC(2026, 0, 1);
const VOUCH = 'https://w3id.org/vouch#';
const TAG = 'http://mp.stratuslab.eu/slterms#tag';
const INTEGER = 'http://www.w3.org/2001/XMLSchema#integer';

/** The columns after these changes. */
export function readerOf(changes: readonly GraphChange[], size = changes.length): QuadReader {
  const writer = new QuadWriter();
  writer.take(changes, size);
  return new QuadReader(writer.buffers);
}

/**
 * The same quads in the complete engine, put together in another way: which entries are current is worked out from the whole
 * story up to `size`, and every triple stands in its graph and once in the default graph.
 */
export function storeOf(changes: readonly GraphChange[], size: number, view: SparqlView): Store {
  const told = changes.slice(0, size);
  const supersededBy = new Map<number, number>();
  for (const { index, supersededBy: newer, supersedes } of told) {
    if (newer !== undefined) supersededBy.set(index, newer);
    if (supersedes !== undefined) supersededBy.set(supersedes, index);
  }
  let text = '';
  for (const { index, iri, triples, isDeprecated, validUntil } of told) {
    const newer = supersededBy.get(index);
    const isExpired = validUntil !== undefined && validUntil < NOW_MS;
    if (view !== 'history' && newer !== undefined) continue;
    if (view === 'valid' && (isDeprecated || isExpired)) continue;
    const status = newer !== undefined ? 'superseded' : isDeprecated ? 'deprecated' : isExpired ? 'expired' : 'valid';
    const standing = newer === undefined ? `<${TAG}> "latest"` : `<${VOUCH}supersededBy> "${newer}"^^<${INTEGER}>`;
    const all = `${triples}<${iri}> ${standing} .\n<${iri}> <${VOUCH}status> "${status}" .\n`;
    text += `${all}<${iri}> {\n${all}}\n`;
  }
  const store = new oxigraph.Store();
  store.load(text, { format: 'application/trig', lenient: true });
  return store;
}

export function toRequest(text: string, view: SparqlView, logSize: number): SparqlRequest {
  const query = guardQuery({ text }, { baseUrl: BASE, rows: 1_000_000, queryLength: 100_000 });
  return {
    number: 1,
    query,
    format: 'application/sparql-results+json',
    view,
    logSize,
    nowMs: NOW_MS,
    rows: 1_000_000,
    bytes: 1 << 28,
    memoryBytes: 1 << 28,
  };
}

/** What the executor answers; throws `Unsure` where it leaves the query to the complete engine. */
export function ask(text: string, reader: QuadReader, view: SparqlView, logSize: number): unknown {
  return JSON.parse(Buffer.from(answerQuery(toRequest(text, view, logSize), reader).body).toString());
}

/** The same within so many steps; undefined where it takes more, or is not of the kind that is answered at once. */
export function askQuickly(
  text: string,
  reader: QuadReader,
  view: SparqlView,
  logSize: number,
  steps: number,
): string | undefined {
  const request = toRequest(text, view, logSize);
  const { short } = request.query;
  if (short === undefined) return undefined;
  try {
    const { body } = answerParsed(request, short, reader, new Budget({ bytes: 1 << 28, steps }));
    return Buffer.from(body).toString();
  } catch (failure) {
    if (failure instanceof TooLong) return undefined;
    throw failure;
  }
}

export function askStore(text: string, store: Store): unknown {
  const { query } = toRequest(text, 'history', 0);
  const results_format = 'application/sparql-results+json';
  return JSON.parse(String(store.query(query.text, { base_iri: query.baseIri, results_format })));
}

interface Results {
  readonly head: { readonly vars?: readonly string[] };
  readonly boolean?: boolean;
  readonly results?: { readonly bindings: readonly Readonly<Record<string, { readonly type: string }>>[] };
}

/** The answer as text in which rows are in no order and blank nodes have no names; `isOrdered` keeps the order of rows. */
export function toComparable(answer: unknown, isOrdered = false): string {
  const { head, boolean, results } = answer as Results;
  if (boolean !== undefined) return String(boolean);
  const rows = results!.bindings.map((row) => {
    const cells = Object.entries(row).map(([name, value]) => {
      return `${name}=${value.type === 'bnode' ? '[]' : JSON.stringify(Object.entries(value).sort())}`;
    });
    return cells.sort().join(' ');
  });
  return [JSON.stringify(head.vars), ...(isOrdered ? rows : rows.sort())].join('\n');
}
