import fc from 'fast-check';
import { Parser } from 'n3';
import oxigraph from 'oxigraph';
import { describe, expect, it } from 'vitest';
import type { Quad, Term } from '../../src/rdf/quad.ts';
import { RDF, VOUCH, XSD } from '../../src/rdf/vocabulary.ts';
import { toSafeIri, toSafeTerm, writeNTriples } from '../../src/rdf/write-n-triples.ts';
import { type RdfFormat, writeRdf } from '../../src/rdf/write-rdf.ts';

interface ParsedTerm {
  readonly termType: string;
  readonly value: string;
  readonly language?: string;
  readonly datatype?: { readonly value: string };
}
interface ParsedQuad {
  readonly subject: ParsedTerm;
  readonly predicate: ParsedTerm;
  readonly object: ParsedTerm;
  readonly graph: ParsedTerm;
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('"', '\\', '\n', '\r\t', '"@en .', '> <http://evil> "x" .\n', '</script>', '\u0000', '\ud800'),
);
const iri = fc.oneof(
  fc.constantFrom(
    VOUCH.image,
    VOUCH.logIndex,
    `${RDF.ns}type`,
    'http://mp.stratuslab.eu/slterms#os-version',
    'urn:x',
    'dcterms:title',
    'vouch://x',
  ),
  text.map((tail) => `http://example.org/${tail}`),
);
const blank = fc
  .constantFrom('b0', 'b1', 'e12b3', 'a-b', 'a_b')
  .map((value): Term => ({ termType: 'BlankNode', value }));
const literal = fc
  .tuple(text, fc.constantFrom('', 'en', 'en-GB', 'e n', '@en'), fc.constantFrom(XSD.string, XSD.integer, 'urn:type'))
  .map(([value, language, datatype]): Term => ({ termType: 'Literal', value, language, datatype }));
const named = iri.map((value): Term => ({ termType: 'NamedNode', value }));
const quads = fc.array(
  fc
    .tuple(fc.oneof(named, blank), iri, fc.oneof(named, blank, literal), fc.option(iri, { nil: undefined }))
    .map(([subject, predicate, object, graph]): Quad => {
      return graph === undefined ? { subject, predicate, object } : { subject, predicate, object, graph };
    }),
  { maxLength: 12 },
);

/** One line a quad, blank nodes by the order in which the written labels were met, so that relabelling does not matter. */
function linesOf(parsed: readonly ParsedQuad[]): string[] {
  const show = (term: ParsedTerm): string =>
    term.termType === 'BlankNode'
      ? '_:'
      : JSON.stringify([term.termType, term.value, term.language?.toLowerCase() ?? '', term.datatype?.value ?? '']);
  const lines = parsed.map((q) => [q.subject, q.predicate, q.object, q.graph].map(show).join(' '));
  return [...new Set(lines)].sort();
}

function expected(written: readonly Quad[], withGraphs: boolean): string[] {
  return linesOf(
    written.map((quad): ParsedQuad => {
      const term = (given: Term): ParsedTerm => {
        const safe = toSafeTerm(given);
        return safe.termType === 'Literal'
          ? { ...safe, datatype: { value: safe.datatype } }
          : { termType: safe.termType, value: safe.value };
      };
      return {
        subject: term(quad.subject),
        predicate: { termType: 'NamedNode', value: toSafeIri(quad.predicate) },
        object: term(quad.object),
        graph:
          withGraphs && quad.graph !== undefined
            ? { termType: 'NamedNode', value: toSafeIri(quad.graph) }
            : { termType: 'DefaultGraph', value: '' },
      };
    }),
  );
}

describe('writeRdf', () => {
  const n3Formats: [RdfFormat, boolean][] = [
    ['text/turtle', false],
    ['application/n-triples', false],
    ['application/n-quads', true],
    ['application/trig', true],
  ];
  for (const [format, withGraphs] of n3Formats) {
    it(`writes ${format} that parses back to the same quads, whatever the values hold`, async () => {
      await fc.assert(
        fc.asyncProperty(quads, async (written) => {
          const parsed = new Parser({ format }).parse(await writeRdf(written, format));
          expect(linesOf(parsed as unknown as ParsedQuad[])).toEqual(expected(written, withGraphs));
        }),
        { numRuns: 300 },
      );
    });
  }

  it('writes JSON-LD that another parser reads back as the same quads', async () => {
    await fc.assert(
      fc.asyncProperty(quads, async (written) => {
        const json = await writeRdf(written, 'application/ld+json');
        const parsed = oxigraph.parse(json, { format: 'application/ld+json', lenient: true });
        expect(linesOf(parsed as unknown as ParsedQuad[])).toEqual(expected(written, true));
      }),
      { numRuns: 300 },
    );
  });

  it('writes Turtle and JSON-LD that a person can read: prefixes, one block a subject', async () => {
    const subject: Term = { termType: 'NamedNode', value: 'https://m.example.org/metadata/x' };
    const written: Quad[] = [
      { subject, predicate: 'http://purl.org/dc/terms/title', object: plain('Ubuntu') },
      { subject, predicate: VOUCH.image, object: { termType: 'NamedNode', value: 'http://mp.stratuslab.eu/#x' } },
      { subject, predicate: 'http://mp.stratuslab.eu/slterms#os', object: plain('ubuntu') },
    ];
    const turtle = await writeRdf(written, 'text/turtle');
    expect(turtle).toContain('dcterms:title "Ubuntu"');
    expect(turtle.match(/<https:\/\/m\.example\.org/g)).toHaveLength(1);
    const json = JSON.parse(await writeRdf(written, 'application/ld+json'));
    expect(json).toMatchObject({ '@context': { dcterms: 'http://purl.org/dc/terms/' } });
    expect(JSON.stringify(json)).toContain('"vouch:image":[{"@id":"http://mp.stratuslab.eu/#x"}]');
    expect(JSON.stringify(json)).toContain('"slterms:os":[{"@value":"ubuntu"}]');
  });

  it('keeps one line a triple in N-Triples, so that the lines can be handled as text', () => {
    const lines = writeNTriples([
      { subject: { termType: 'BlankNode', value: 'b0' }, predicate: 'urn:p', object: plain('a\nb\r\u0085\u2028c') },
    ]);
    expect(lines.split('\n')).toHaveLength(2);
  });
});

function plain(value: string): Term {
  return { termType: 'Literal', value, language: '', datatype: XSD.string };
}
