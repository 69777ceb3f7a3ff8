import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { DataFactory, Parser } from 'n3';
import { isomorphic } from 'rdf-isomorphic';
import { readTriples } from '../dist/rdf/rdfxml.js';
import { RDF } from '../dist/rdf/vocabulary.js';
import { writeNTriples } from '../dist/rdf/write-n-triples.js';
import { childElements, readCanonicalTree } from '../dist/xml/canonical-tree.js';
import { toCanonicalText } from './xml.mjs';

const MF = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#';

/** Reads the test's document by the reader of entries; undefined if its triples are the expected ones, else what is wrong. */
export function runRdfXmlEvaluation(test) {
  const { triples, problem } = read(test);
  if (problem !== undefined) return problem;
  const got = new Parser({ format: 'application/n-triples' }).parse(writeNTriples(triples));
  const text = readFileSync(test.node.file(`${MF}result`), 'utf8');
  const expected = new Parser({ format: 'application/n-triples' }).parse(text);
  return isomorphic(toDistinct(got), toDistinct(expected)) ? undefined : `not as expected: ${writeNTriples(triples)}`;
}

/** Reads a document that is no RDF/XML; undefined if it is refused. */
export function runRdfXmlSyntax(test) {
  const { triples, problem } = read(test);
  return problem === undefined ? `let through: ${writeNTriples(triples)}` : undefined;
}

function read({ node, base, directory }) {
  const file = node.file(`${MF}action`);
  const text = toCanonicalText(readFileSync(file, 'utf8'));
  const root = text === undefined ? undefined : readCanonicalTree(text);
  if (root === undefined) return { triples: [], problem: 'not well-formed' };
  const isWrapped = root.namespace === RDF.ns && root.local === 'RDF';
  const { triples, problems } = readTriples(isWrapped ? childElements(root) : [root], base + relative(directory, file));
  const unnamed = isWrapped && root.attributes.find(({ namespace }) => namespace === RDF.ns);
  if (unnamed) return { triples, problem: `rdf:${unnamed.local} may not stand on rdf:RDF.` };
  return { triples, problem: problems[0]?.message };
}

/** A graph is a set; the reader gives a triple as often as a document says it. */
function toDistinct(quads) {
  const key = ({ subject, predicate, object }) => JSON.stringify([subject, predicate, object].map((term) => term.id));
  return [
    ...new Map(quads.map((quad) => [key(quad), DataFactory.quad(quad.subject, quad.predicate, quad.object)])).values(),
  ];
}
