import type { Store } from 'oxigraph';
import { VouchError } from '../../../errors.ts';
import { countRows } from '../answer-format.ts';
import type { QuadReader } from '../quads/quad-reader.ts';
import type { SparqlFormat } from '../sparql.ts';
import type { SparqlRequest } from '../sparql-message.ts';
import { type Answer, parseQuery, toDatasetChoice } from './answer-query.ts';
import { Dataset } from './dataset.ts';
import { toExtract, writeExtract } from './extract.ts';

/** The store of the last query, which the next may ask again if it is over the same quads. */
let kept: { readonly key: string; readonly store: Store; readonly isTimed: boolean } | undefined;

/** Answers any query: the complete engine is given the quads that the query can reach, each once, and answers over those. */
export async function answerCompletely(request: SparqlRequest, reader: QuadReader): Promise<Answer> {
  const { default: oxigraph } = await import('oxigraph');
  const { query, format, rows: limit, bytes } = request;
  const parsed = parseQuery(query.text, query.baseIri);
  const choice = toDatasetChoice(request, parsed);
  const extract = toExtract(parsed);
  const key = JSON.stringify([choice, extract]);
  if (kept?.key !== key) {
    kept = undefined;
    const store = new oxigraph.Store();
    const dataset = new Dataset(reader, choice);
    for (const text of writeExtract(extract, dataset)) {
      store.load(text, { format: 'application/n-quads', lenient: true, no_transaction: true });
    }
    kept = { key, store, isTimed: dataset.isTimed };
  }
  const { store, isTimed } = kept;
  const isGraph = query.form === 'CONSTRUCT' || query.form === 'DESCRIBE';
  // the store is the dataset: what the query says of it is done already
  const named = choice.graphs?.named.map((iri) => oxigraph.namedNode(iri));
  const graphs = named === undefined ? {} : { default_graph: [oxigraph.defaultGraph()], named_graphs: named };
  // triples are counted where each is a line
  const results_format = isGraph ? 'application/n-triples' : format;
  const found = String(store.query(query.text, { base_iri: query.baseIri, results_format, ...graphs }));
  const rows = query.form === 'ASK' ? 1 : countRows(found, isGraph ? 'application/n-triples' : format);
  if (rows > limit) {
    const unit = isGraph ? 'triples' : 'rows';
    throw new VouchError('too-large', `The answer has more than ${limit} ${unit}: narrow the query, or use LIMIT.`);
  }
  return { body: isGraph ? await writeGraph(found, format, bytes) : toBody(found, bytes), isTimed };
}

/** N-Triples in another format. Throws `too-large` past `limit` bytes. */
export async function writeGraph(
  triples: string,
  format: SparqlFormat,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (format === 'application/n-triples') return toBody(triples, limit);
  const { default: oxigraph } = await import('oxigraph');
  const graph = new oxigraph.Store();
  graph.load(triples, { format: 'application/n-triples', lenient: true });
  return toBody(graph.dump({ format, from_graph_name: oxigraph.defaultGraph() }), limit);
}

function toBody(text: string, limit: number): Uint8Array<ArrayBuffer> {
  const body = Uint8Array.from(Buffer.from(text));
  if (body.length <= limit) return body;
  throw new VouchError('too-large', `The answer has more than ${limit} bytes: narrow the query, or use LIMIT.`);
}
