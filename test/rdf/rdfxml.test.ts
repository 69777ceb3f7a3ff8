import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isomorphic } from 'rdf-isomorphic';
import { RdfXmlParser } from 'rdfxml-streaming-parser';
import { describe, expect, it } from 'vitest';
import type { Quad as PlainQuad, Term } from '../../src/rdf/quad.ts';
import { readTriples } from '../../src/rdf/rdfxml.ts';
import { IMAGE_BASE } from '../../src/rdf/vocabulary.ts';
import { type CanonicalElement, childElements, readCanonicalTree } from '../../src/xml/canonical-tree.ts';
import { canonicalize } from '../xml/world.ts';

type RdfJsQuad = Parameters<typeof isomorphic>[0][number];

const ROOT =
  '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://example.org/" xml:base="http://mp.stratuslab.eu/">';
const document = (inside: string): string => `${ROOT}${inside}</rdf:RDF>`;

function nodesOf(text: string): CanonicalElement[] {
  const nodes = childElements(readCanonicalTree(canonicalize(text)!)!);
  return nodes.filter(({ local }) => local !== 'Signature');
}

function toRdfJs({ subject, predicate, object }: PlainQuad): RdfJsQuad {
  const term = (value: Term): object => ({
    ...value,
    ...(value.termType === 'Literal' ? { datatype: { termType: 'NamedNode', value: value.datatype } } : {}),
    equals: (other: Term) => JSON.stringify(plain(other)) === JSON.stringify(plain(value)),
  });
  const plain = (value: Term): unknown => {
    const datatype = 'datatype' in value ? (value.datatype as unknown as { value?: string }) : undefined;
    return [value.termType, value.value, 'language' in value ? value.language : '', datatype?.value ?? datatype ?? ''];
  };
  return {
    termType: 'Quad',
    value: '',
    subject: term(subject),
    predicate: term({ termType: 'NamedNode', value: predicate }),
    object: term(object),
    graph: { termType: 'DefaultGraph', value: '', equals: () => true },
  } as unknown as RdfJsQuad;
}

function readByLibrary(text: string): Promise<RdfJsQuad[]> {
  return new Promise((resolve, reject) => {
    const parser = new RdfXmlParser({ baseIRI: IMAGE_BASE });
    const quads: RdfJsQuad[] = [];
    parser.on('data', (quad: RdfJsQuad) => quads.push(quad));
    parser.on('error', reject);
    parser.on('end', () => resolve(quads));
    parser.end(text);
  });
}

async function expectSame(text: string): Promise<void> {
  const { triples, problems } = readTriples(nodesOf(text), IMAGE_BASE);
  expect(problems).toEqual([]);
  const theirs = await readByLibrary(text);
  expect(triples).toHaveLength(theirs.length);
  expect(isomorphic(triples.map(toRdfJs), theirs)).toBe(true);
}

describe('the RDF/XML reader', () => {
  it.each([
    [
      'literals, plain, typed and in a language',
      '<rdf:Description rdf:about="#a"><ex:p>x &amp; y</ex:p><ex:q xml:lang="en">z</ex:q><ex:r rdf:datatype="http://www.w3.org/2001/XMLSchema#integer">7</ex:r><ex:s/></rdf:Description>',
    ],
    [
      'links',
      '<rdf:Description rdf:about="#a"><ex:p rdf:resource="#b"/><ex:q rdf:resource="https://example.org/c?d=e"/><ex:r rdf:nodeID="n"/></rdf:Description><rdf:Description rdf:nodeID="n"><ex:p>1</ex:p></rdf:Description>',
    ],
    [
      'nested nodes with types',
      '<ex:Image rdf:about="#a"><ex:tool><ex:Tool ex:name="samtools" rdf:type="http://example.org/Other"><ex:p>q</ex:p></ex:Tool></ex:tool></ex:Image>',
    ],
    [
      'parseType Resource',
      '<rdf:Description rdf:about="#a"><ex:p rdf:parseType="Resource"><ex:q>1</ex:q><ex:r rdf:parseType="Resource"><ex:s>2</ex:s></ex:r></ex:p></rdf:Description>',
    ],
    [
      'containers',
      '<rdf:Description rdf:about="#a"><ex:p><rdf:Bag><rdf:li>1</rdf:li><rdf:li rdf:resource="#b"/></rdf:Bag></ex:p></rdf:Description>',
    ],
    [
      'properties as attributes',
      '<rdf:Description rdf:about="#a" ex:p="1"><ex:q ex:r="2" rdf:resource="#b"/><ex:s ex:t="3"/></rdf:Description>',
    ],
    [
      'an inherited language',
      '<rdf:Description rdf:about="#a" xml:lang="de"><ex:p>x</ex:p><ex:q xml:lang="">y</ex:q></rdf:Description>',
    ],
  ])('reads %s as another reader does', async (_, inside) => {
    await expectSame(document(inside));
  });

  it.each([
    ['a literal attribute beside text', '<rdf:Description rdf:about="#a"><ex:p ex:q="1">x</ex:p></rdf:Description>'],
    [
      'parseType Literal',
      '<rdf:Description rdf:about="#a"><ex:p rdf:parseType="Literal"><b/></ex:p></rdf:Description>',
    ],
    ['rdf:ID', '<rdf:Description rdf:ID="a"><ex:p>1</ex:p></rdf:Description>'],
    ['rdf:bagID', '<rdf:Description rdf:bagID="a"><ex:p>1</ex:p></rdf:Description>'],
    ['rdf:aboutEach', '<rdf:Description rdf:aboutEach="#a"><ex:p>1</ex:p></rdf:Description>'],
    ['rdf:li as a node', '<rdf:li><ex:p>1</ex:p></rdf:li>'],
    [
      'rdf:Description as a property',
      '<rdf:Description rdf:about="#a"><rdf:Description>1</rdf:Description></rdf:Description>',
    ],
    ['text between properties', '<rdf:Description rdf:about="#a">text<ex:p>1</ex:p></rdf:Description>'],
    ['two nodes in one property', '<rdf:Description rdf:about="#a"><ex:p><ex:B/><ex:C/></ex:p></rdf:Description>'],
    ['both about and nodeID', '<rdf:Description rdf:about="#a" rdf:nodeID="b"/>'],
    [
      'both resource and nodeID',
      '<rdf:Description rdf:about="#a"><ex:p rdf:resource="#b" rdf:nodeID="c"/></rdf:Description>',
    ],
    [
      'a nested base',
      '<rdf:Description rdf:about="#a"><ex:p xml:base="http://example.org/" rdf:resource="#b"/></rdf:Description>',
    ],
    ['a relative link', '<rdf:Description rdf:about="#a"><ex:p rdf:resource="../b"/></rdf:Description>'],
    [
      'a link with a space',
      '<rdf:Description rdf:about="#a"><ex:p rdf:resource="http://example.org/a b"/></rdf:Description>',
    ],
    ['a property in no namespace', '<rdf:Description rdf:about="#a"><p>1</p></rdf:Description>'],
    ['an attribute in no namespace', '<rdf:Description rdf:about="#a" p="1"/>'],
  ])('reports %s', (_, inside) => {
    const { problems } = readTriples(nodesOf(document(inside)), IMAGE_BASE);
    expect(problems.length).toBeGreaterThan(0);
  });
});

const shared = new URL('../../../shared/data/stratuslab/', import.meta.url).pathname;
const isThere = existsSync(shared);

describe('the RDF/XML reader on original entries', () => {
  it.skipIf(!isThere && process.env.CI !== 'true')('reads each as another reader does (needs ../shared)', async () => {
    const names = readdirSync(shared).filter((name) => /^valid-(?!single).*\.xml$/.test(name));
    expect(names).toHaveLength(10);
    for (const name of names) {
      const text = readFileSync(shared + name, 'utf8').replace(/<(?:ds:)?Signature[\s>].*<\/(?:ds:)?Signature>/s, '');
      await expectSame(text);
    }
  });
});
