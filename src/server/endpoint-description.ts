import type { SparqlView } from '../catalog/sparql/sparql.ts';
import type { Quad, Term } from '../rdf/quad.ts';
import { RDF, VOUCH, XSD } from '../rdf/vocabulary.ts';

const SD = 'http://www.w3.org/ns/sparql-service-description#';
const VOID = 'http://rdfs.org/ns/void#';
const RDFS = 'http://www.w3.org/2000/01/rdf-schema#';
const FORMATS = 'http://www.w3.org/ns/formats/';

/** What each view has, for people: the vocabulary of service descriptions has no word for it. */
const VIEW_WORDS: Readonly<Record<SparqlView, string>> = {
  history: 'every entry',
  current: 'the newest entry of each endorser for each image',
  valid: 'of the newest entries of each endorser for each image those that are neither deprecated nor expired',
};

/**
 * What the query endpoint is and gives, in the vocabulary of SPARQL 1.1 Service Description; `vocabularyUrl` tells what the registry's own
 * terms mean, `comment` what the dataset is.
 */
export function toEndpointDescription(url: string, vocabularyUrl: string, comment: string): Quad[] {
  const endpoint: Term = { termType: 'NamedNode', value: url };
  const dataset: Term = { termType: 'BlankNode', value: 'dataset' };
  const graph: Term = { termType: 'BlankNode', value: 'graph' };
  const named = (value: string): Term => ({ termType: 'NamedNode', value });
  const results = ['SPARQL_Results_JSON', 'SPARQL_Results_XML', 'SPARQL_Results_CSV', 'SPARQL_Results_TSV'];
  const graphs = ['Turtle', 'N-Triples', 'RDF_XML', 'JSON-LD', 'N-Quads', 'TriG'];
  return [
    { subject: endpoint, predicate: RDF.type, object: named(`${SD}Service`) },
    { subject: endpoint, predicate: `${SD}endpoint`, object: endpoint },
    { subject: endpoint, predicate: `${SD}supportedLanguage`, object: named(`${SD}SPARQL11Query`) },
    { subject: endpoint, predicate: `${SD}feature`, object: named(`${SD}UnionDefaultGraph`) },
    ...[...results, ...graphs].map((name) => ({
      subject: endpoint,
      predicate: `${SD}resultFormat`,
      object: named(`${FORMATS}${name}`),
    })),
    { subject: endpoint, predicate: `${SD}defaultDataset`, object: dataset },
    { subject: dataset, predicate: RDF.type, object: named(`${SD}Dataset`) },
    {
      subject: dataset,
      predicate: `${RDFS}comment`,
      object: { termType: 'Literal', value: comment, language: '', datatype: XSD.string },
    },
    { subject: dataset, predicate: `${SD}defaultGraph`, object: graph },
    { subject: dataset, predicate: `${VOID}vocabulary`, object: named(VOUCH.ns) },
    { subject: endpoint, predicate: `${RDFS}seeAlso`, object: named(vocabularyUrl) },
    { subject: graph, predicate: RDF.type, object: named(`${SD}Graph`) },
  ];
}

/** What queries see, and the views there are. The first is that of queries that name none. */
export function toViewsComment([usual, ...others]: readonly SparqlView[]): string {
  const seen = `A query sees ${VIEW_WORDS[usual!]} (view=${usual}).`;
  const choice = others.map((view) => `view=${view}: ${VIEW_WORDS[view]}`).join('; ');
  return others.length === 0 ? seen : `${seen} The parameter view chooses another view: ${choice}.`;
}
