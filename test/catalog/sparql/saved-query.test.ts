import fc from 'fast-check';
import oxigraph from 'oxigraph';
import { describe, expect, it } from 'vitest';
import { readSavedQuery } from '../../../src/catalog/sparql/saved-query.ts';
import { VouchError } from '../../../src/errors.ts';
import { BASE_URL } from '../history.ts';

const BY_SYSTEM = `# summary: Images of a system
# description: Every entry whose system
# description: is the one given.
# param os: string; The system, as in debian
# param since: dateTime = 2020-01-01T00:00:00Z
PREFIX slterms: <http://mp.stratuslab.eu/slterms#>
SELECT ?entry ?os { ?entry slterms:os ?os FILTER(?since < NOW()) }`;

const read = (text: string) => readSavedQuery('a', text, BASE_URL);
const valuesOf = (values: Record<string, string>) => new Map(Object.entries(values));

function faultOf(work: () => unknown): VouchError {
  try {
    work();
  } catch (fault) {
    if (fault instanceof VouchError) return fault;
    throw fault;
  }
  throw new Error('nothing was refused');
}

/** What an engine binds ?x to. */
function answerOf(query: string): string | undefined {
  const [row] = new oxigraph.Store().query(query, {}) as Map<string, { value: string }>[];
  return row?.get('x')?.value;
}

describe('a saved query', () => {
  it('says what it is and what it takes', () => {
    expect(read(BY_SYSTEM)).toMatchObject({
      summary: 'Images of a system',
      description: 'Every entry whose system is the one given.',
      parameters: [
        { name: 'os', type: 'string', meaning: 'The system, as in debian' },
        { name: 'since', type: 'dateTime', fallback: '2020-01-01T00:00:00Z' },
      ],
    });
  });

  it('binds values as terms, in patterns, expressions, subqueries and what is shown', () => {
    const bound = read(BY_SYSTEM).bind(valuesOf({ os: 'debian' }));
    expect(bound).toContain('("debian" AS ?os)');
    expect(bound).toMatch(/slterms:os "debian"/);
    expect(bound).toContain('"2020-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>');
    const nested = read('# param v: integer\nSELECT ?x { { SELECT ?x { BIND(?v + 1 AS ?x) } } }');
    expect(answerOf(nested.bind(valuesOf({ v: '41' })))).toBe('42');
    const iri = read('# param g: iri\nSELECT (?g AS ?x) {}');
    expect(answerOf(iri.bind(valuesOf({ g: 'https://example.org/a#(b)' })))).toBe('https://example.org/a#(b)');
  });

  it.each([
    ['quotes and a SERVICE (SP-11)', '" } SERVICE <http://127.0.0.1/> { ?s ?p "'],
    ['an end of the pattern', "x' } ; DROP ALL #"],
    ['a backslash at the end', 'x\\'],
    ['line ends and controls', 'a\r\n\t\b\f\u0000b'],
    ['half a character', '\ud800'],
  ])('keeps a value a value: %s', (_what, value) => {
    const saved = read('# param v: string\nSELECT (?v AS ?x) {}');
    expect(answerOf(saved.bind(valuesOf({ v: value })))).toBe(value.replace('\ud800', '\ufffd'));
  });

  it('keeps any text a value (SP-11)', () => {
    const saved = read('# param v: string\nPREFIX a: <urn:a#>\nSELECT ?x { VALUES ?y { 1 } BIND(?v AS ?x) }');
    const pieces = fc.constantFrom(
      '"',
      "'",
      '\\',
      '"""',
      '}',
      '{',
      '#',
      '\n',
      '<',
      '>',
      '?x',
      'u0022',
      'SERVICE <urn:x> {}',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((all) => all.join('')),
        ),
        (value) => {
          expect(answerOf(saved.bind(valuesOf({ v: value })))).toBe(value);
        },
      ),
    );
  });

  it.each([
    ['an IRI that ends early (SP-11)', 'iri', 'urn:x> { } SERVICE <urn:y'],
    ['a relative IRI', 'iri', 'x'],
    ['a number with more', 'integer', '1 } SERVICE <urn:x> {'],
    ['no number', 'decimal', ''],
    ['no time', 'dateTime', 'yesterday'],
    ['no truth', 'boolean', 'maybe'],
    ['more than anybody needs', 'string', 'x'.repeat(2_000)],
  ])('refuses %s', (_what, type, value) => {
    const saved = read(`# param v: ${type}\nSELECT (?v AS ?x) {}`);
    expect(faultOf(() => saved.bind(valuesOf({ v: value })))).toMatchObject({ code: 'usage' });
  });

  it('refuses parameters that are missing or that it does not have', () => {
    expect(faultOf(() => read(BY_SYSTEM).bind(new Map())).message).toContain('os is missing');
    const more = valuesOf({ os: 'x', constructor: 'y' });
    expect(faultOf(() => read(BY_SYSTEM).bind(more)).message).toContain('"constructor"');
  });

  it.each([
    ['an update', 'DROP ALL'],
    ['SERVICE', 'SELECT * { SERVICE <urn:x> { ?s ?p ?o } }'],
    ['a line that is no parameter', '# param os\nASK {}'],
    ['a type that is none', '# param os: text\nASK {}'],
    ['a name that every answer has', '# param format: string\nASK {}'],
    ['one name twice', '# param a: string\n# param a: string\nASK {}'],
    ['a default that does not fit', '# param a: integer = x\nASK { FILTER(?a > 1) }'],
    ['a literal where no literal can be', '# param a: string\nASK { GRAPH ?a { ?s ?p ?o } }'],
    ['a parameter that VALUES sets', '# param a: string\nSELECT * { VALUES ?a { 1 } }'],
    ['a parameter that a pattern sets', '# param a: string\nSELECT ?a { BIND(1 AS ?a) }'],
  ])('cannot be %s', (_what, text) => {
    expect(faultOf(() => read(text))).toMatchObject({ code: 'config' });
  });

  it('has a name that fits into a URL', () => {
    expect(faultOf(() => readSavedQuery('../x', 'ASK {}', BASE_URL))).toMatchObject({ code: 'config' });
  });
});
