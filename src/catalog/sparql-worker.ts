import { parentPort } from 'node:worker_threads';
import oxigraph from 'oxigraph';
import { toMessage, VouchError } from '../errors.ts';
import { SLTERMS, VOUCH } from '../rdf/vocabulary.ts';
import { countRows } from './answer-format.ts';
import type { GraphChange } from './graph-source.ts';
import type { SparqlFormat } from './sparql.ts';
import type { SparqlReply, SparqlRequest } from './sparql-message.ts';

/*
 * One RDF index in a thread of its own: it is synchronous, and only ending the thread ends a query. Every triple stands in
 * its entry's named graph and again in the default graph. The engine's own union of the graphs would give a triple that two
 * entries share twice, and would override FROM; standing twice costs a third more at loading and little memory.
 */
const store = new oxigraph.Store();

parentPort?.on('message', (request: SparqlRequest) => parentPort?.postMessage(toReply(request)));

function toReply(request: SparqlRequest): SparqlReply {
  const { number } = request;
  try {
    if (request.kind === 'load') {
      load(request.changes);
      return { kind: 'loaded', number };
    }
    return { kind: 'answer', number, body: answer(request) };
  } catch (failure) {
    if (failure instanceof VouchError) {
      return { kind: 'refused', number, code: failure.code, message: failure.message, isBroken: false };
    }
    // the engine reports what it refuses as a plain Error; a trap or a panic is anything else
    const isBroken = !(failure instanceof Error) || failure.constructor !== Error;
    const message = isBroken
      ? 'The query was too much for the SPARQL engine: make it shorter, or nest it less.'
      : `The SPARQL engine refused the query: ${toMessage(failure)}`;
    return { kind: 'refused', number, code: 'query', message, isBroken };
  }
}

/** Blank node labels hold for one text only: both places of an entry's triples MUST be loaded together. */
function load(changes: readonly GraphChange[]): void {
  let text = '';
  for (const { iri, triples, isRestated } of changes) {
    if (isRestated) forgetStanding(iri);
    text += `${triples}<${iri}> {\n${triples}}\n`;
  }
  // half a load does no harm: the engine replaces a worker that refuses one
  store.load(text, { format: 'application/trig', lenient: true, no_transaction: true });
}

/** Removes what `toStandingTriples` made earlier; documents cannot say such things. */
function forgetStanding(iri: string): void {
  const subject = oxigraph.namedNode(iri);
  const standing = [
    ...store.match(subject, oxigraph.namedNode(VOUCH.supersededBy), null, null),
    ...store.match(subject, oxigraph.namedNode(SLTERMS.tag), oxigraph.literal('latest', undefined), null),
  ];
  for (const quad of standing) store.delete(quad);
}

function answer(request: SparqlRequest & { kind: 'query' }): string {
  const { query, format } = request;
  const isGraph = query.form === 'CONSTRUCT' || query.form === 'DESCRIBE';
  const dataset = query.dataset && {
    default_graph: query.dataset.defaultGraphs.map((iri) => oxigraph.namedNode(iri)),
    named_graphs: query.dataset.namedGraphs.map((iri) => oxigraph.namedNode(iri)),
  };
  // triples are counted where each is a line
  const results_format = isGraph ? 'application/n-triples' : format;
  const body = String(store.query(query.text, { base_iri: query.baseIri, results_format, ...dataset }));
  const rows = query.form === 'ASK' ? 1 : countRows(body, isGraph ? 'application/n-triples' : format);
  if (rows > request.rows) {
    const unit = isGraph ? 'triples' : 'rows';
    throw new VouchError(
      'too-large',
      `The answer has more than ${request.rows} ${unit}: narrow the query, or use LIMIT.`,
    );
  }
  const written = isGraph ? toGraphFormat(body, format) : body;
  if (Buffer.byteLength(written) > request.bytes) {
    throw new VouchError(
      'too-large',
      `The answer has more than ${request.bytes} bytes: narrow the query, or use LIMIT.`,
    );
  }
  return written;
}

function toGraphFormat(triples: string, format: SparqlFormat): string {
  if (format === 'application/n-triples') return triples;
  const graph = new oxigraph.Store();
  graph.load(triples, { format: 'application/n-triples', lenient: true });
  return graph.dump({ format, from_graph_name: oxigraph.defaultGraph() });
}
