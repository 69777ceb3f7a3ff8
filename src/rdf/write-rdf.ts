import { JsonLdSerializer } from 'jsonld-streaming-serializer';
import { DataFactory, Writer } from 'n3';
import { VouchError } from '../errors.ts';
import type { Quad, Term } from './quad.ts';
import { PREFIXES, RDF } from './vocabulary.ts';
import { toSafeIri, toSafeTerm, writeNTriples } from './write-n-triples.ts';

/** Media types `writeRdf` can write. The first two have no place for graph names and leave them out. */
export type RdfFormat =
  | 'text/turtle'
  | 'application/n-triples'
  | 'application/n-quads'
  | 'application/trig'
  | 'application/ld+json';

const { namedNode, blankNode, literal, defaultGraph, quad: toN3Quad } = DataFactory;

/**
 * Writes quads as text that parses back to the same quads, with the prefixes of the project and `more`. IRIs with characters no IRI can hold are percent-encoded, so
 * no value from outside can end a term early. Blank node labels may change. Throws `internal` where a writer fails.
 */
export async function writeRdf(
  quads: readonly Quad[],
  format: RdfFormat,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const prefixes = toPrefixes(quads, more);
  switch (format) {
    case 'application/n-triples':
      return writeNTriples(quads);
    case 'text/turtle':
      return writeWithN3(toGrouped(quads).map(withoutGraph), { format, prefixes });
    case 'application/trig':
      return writeWithN3(toGrouped(quads), { format, prefixes });
    case 'application/n-quads':
      return writeWithN3(quads, { format });
    case 'application/ld+json':
      return writeJsonLd(toGrouped(quads), prefixes);
  }
}

function writeWithN3(
  quads: readonly Quad[],
  options: {
    readonly format: 'text/turtle' | 'application/trig' | 'application/n-quads';
    readonly prefixes?: Record<string, string>;
  },
) {
  return new Promise<string>((resolve, reject) => {
    const writer = new Writer(options);
    for (const quad of quads) writer.addQuad(toRdfJs(quad));
    writer.end((failure: Error | null, text: string) => {
      if (failure)
        reject(new VouchError('internal', `The RDF writer failed for ${options.format}.`, { cause: failure }));
      else resolve(text);
    });
  });
}

/** One document for all graphs: the serializer loses count of its blocks where a graph's name is also a subject. */
async function writeJsonLd(quads: readonly Quad[], context: Record<string, string>): Promise<string> {
  const graphs = new Map<string, Quad[]>();
  for (const quad of quads) getOrAdd(graphs, quad.graph ?? '', () => []).push(withoutGraph(quad));
  const nodes: unknown[] = [];
  for (const [graph, triples] of graphs) {
    const written = JSON.parse(await writeJsonLdNodes(triples, context)) as unknown[];
    if (graph === '') nodes.push(...written);
    else nodes.push({ '@id': toSafeIri(graph), '@graph': written });
  }
  return JSON.stringify({ '@context': context, '@graph': nodes }, null, 2);
}

/** The nodes as a JSON array, names shortened by the prefixes of `context`. */
function writeJsonLdNodes(triples: readonly Quad[], context: Record<string, string>): Promise<string> {
  // `@type` can only name a node
  const useRdfType = triples.some(({ predicate, object }) => predicate === RDF.type && object.termType === 'Literal');
  return new Promise((resolve, reject) => {
    const serializer = new JsonLdSerializer({ context, excludeContext: true, useRdfType });
    let text = '';
    serializer.on('data', (chunk: unknown) => {
      text += String(chunk);
    });
    serializer.on('end', () => resolve(text));
    serializer.on('error', (cause: unknown) =>
      reject(new VouchError('internal', 'The RDF writer failed for application/ld+json.', { cause })),
    );
    for (const triple of triples) serializer.write(toRdfJs(triple));
    serializer.end();
  });
}

/** The prefixes, without any that an IRI of the quads has as its scheme: `dcterms:x` is an IRI, too, and would be expanded. */
function toPrefixes(quads: readonly Quad[], more: Readonly<Record<string, string>>): Record<string, string> {
  const schemes = new Set<string>();
  for (const quad of quads) {
    const iris = [quad.predicate, quad.graph ?? '', quad.subject.value, quad.object.value];
    if (quad.object.termType === 'Literal') iris.push(quad.object.datatype);
    for (const iri of iris) schemes.add(iri.slice(0, Math.max(0, iri.indexOf(':'))));
  }
  return Object.fromEntries(Object.entries({ ...PREFIXES, ...more }).filter(([prefix]) => !schemes.has(prefix)));
}

/** Quads of one graph and of one subject stand together: the writers open a block at every change. */
function toGrouped(quads: readonly Quad[]): Quad[] {
  const graphs = new Map<string, Map<string, Quad[]>>();
  for (const quad of quads) {
    const subjects = getOrAdd(graphs, quad.graph ?? '', () => new Map<string, Quad[]>());
    getOrAdd(subjects, `${quad.subject.termType} ${quad.subject.value}`, () => []).push(quad);
  }
  return [...graphs.values()].flatMap((subjects) => [...subjects.values()].flat());
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function withoutGraph({ subject, predicate, object }: Quad): Quad {
  return { subject, predicate, object };
}

function toRdfJs(quad: Quad) {
  return toN3Quad(
    toRdfJsSubject(quad.subject),
    namedNode(toSafeIri(quad.predicate)),
    toRdfJsTerm(quad.object),
    quad.graph === undefined ? defaultGraph() : namedNode(toSafeIri(quad.graph)),
  );
}

function toRdfJsSubject(term: Term) {
  if (term.termType === 'BlankNode') return blankNode(toSafeTerm(term).value);
  return namedNode(toSafeIri(term.value));
}

function toRdfJsTerm(term: Term) {
  const safe = toSafeTerm(term);
  switch (safe.termType) {
    case 'NamedNode':
      return namedNode(safe.value);
    case 'BlankNode':
      return blankNode(safe.value);
    case 'Literal':
      return literal(safe.value, safe.language === '' ? namedNode(safe.datatype) : safe.language);
  }
}
