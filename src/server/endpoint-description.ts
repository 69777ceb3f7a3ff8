import type { Quad, Term } from '../rdf/quad.ts';
import { RDF, VOUCH } from '../rdf/vocabulary.ts';

const SD = 'http://www.w3.org/ns/sparql-service-description#';
const VOID = 'http://rdfs.org/ns/void#';
const RDFS = 'http://www.w3.org/2000/01/rdf-schema#';
const FORMATS = 'http://www.w3.org/ns/formats/';

/** What the query endpoint is and gives, in the vocabulary of SPARQL 1.1 Service Description; `vocabularyUrl` tells what the registry's own terms mean. */
export function toEndpointDescription(url: string, vocabularyUrl: string): Quad[] {
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
    { subject: dataset, predicate: `${SD}defaultGraph`, object: graph },
    { subject: dataset, predicate: `${VOID}vocabulary`, object: named(VOUCH.ns) },
    { subject: endpoint, predicate: `${RDFS}seeAlso`, object: named(vocabularyUrl) },
    { subject: graph, predicate: RDF.type, object: named(`${SD}Graph`) },
  ];
}
