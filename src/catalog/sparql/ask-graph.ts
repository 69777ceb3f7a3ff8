import { blankNode, literal, namedNode, Store, triple } from 'oxigraph';
import { toMessage, VouchError } from '../../errors.ts';
import type { Quad, Term } from '../../rdf/quad.ts';
import { guardQuery } from './sparql-guard.ts';

/** Longest question, in UTF-16 units; the same as a policy may hold. */
const QUERY_LENGTH = 65_536;

/**
 * Puts an ASK query to one graph of its own, as its default graph. It runs here and now: for queries of the operator over graphs of
 * one document, not for what others send. Throws `query` for what is no such query.
 */
export function askGraph(query: string, triples: readonly Quad[]): boolean {
  // Nothing of the registry's is asked, so that no graph of it can be named.
  const guarded = guardQuery({ text: query }, { baseUrl: 'urn:x-vouch:none', rows: 1, queryLength: QUERY_LENGTH });
  if (guarded.form !== 'ASK')
    throw new VouchError('query', 'A policy asks with ASK, for which the answer is yes or no.');
  const store = new Store(
    triples.map(({ subject, predicate, object }) => triple(toSubject(subject), namedNode(predicate), toTerm(object))),
  );
  try {
    return store.query(guarded.text, { base_iri: guarded.baseIri }) === true;
  } catch (cause) {
    throw new VouchError('query', `The question could not be answered: ${toMessage(cause)}`, { cause });
  }
}

function toSubject(term: Term) {
  return term.termType === 'NamedNode' ? namedNode(term.value) : blankNode(term.value);
}

function toTerm(term: Term) {
  if (term.termType !== 'Literal') return toSubject(term);
  return term.language === '' ? literal(term.value, namedNode(term.datatype)) : literal(term.value, term.language);
}
