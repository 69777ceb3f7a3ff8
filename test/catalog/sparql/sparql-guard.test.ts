import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countRows } from '../../../src/catalog/sparql/answer-format.ts';
import { type GuardedQuery, guardQuery } from '../../../src/catalog/sparql/sparql-guard.ts';
import { VouchError } from '../../../src/errors.ts';
import { startClock } from '../../clock.ts';
import { BASE_URL } from '../history.ts';

const OPTIONS = { baseUrl: BASE_URL, rows: 100, queryLength: 16_384 };
const guard = (text: string): GuardedQuery => guardQuery({ text }, OPTIONS);

function faultOf(text: string, dataset: { defaultGraphs?: string[]; namedGraphs?: string[] } = {}): VouchError {
  try {
    guardQuery({ text, ...dataset }, OPTIONS);
  } catch (fault) {
    if (fault instanceof VouchError) return fault;
    throw fault;
  }
  throw new Error(`let through: ${text.slice(0, 100)}`);
}

describe('guardQuery', () => {
  it('knows the form of a query', () => {
    expect(guard('select * { ?s ?p ?o }').form).toBe('SELECT');
    expect(guard('ASK {}').form).toBe('ASK');
    expect(guard('CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }').form).toBe('CONSTRUCT');
    expect(guard('DESCRIBE <urn:x>').form).toBe('DESCRIBE');
  });

  it.each([
    ['SERVICE (SP-01)', 'SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }'],
    ['SERVICE SILENT (SP-02)', 'SELECT * { SERVICE SILENT <http://127.0.0.1/> { ?s ?p ?o } }'],
    ['SERVICE in a subquery', 'SELECT * { { SELECT * { OPTIONAL { SERVICE ?x { ?s ?p ?o } } } } }'],
    ['SERVICE in FILTER EXISTS', 'ASK { ?s ?p ?o FILTER NOT EXISTS { SERVICE <urn:x> { ?s ?p ?o } } }'],
    ['SERVICE in an expression', 'SELECT (EXISTS { SERVICE <urn:x> {} } AS ?x) { }'],
    ['SERVICE in ORDER BY', 'SELECT * { ?s ?p ?o } ORDER BY (EXISTS { SERVICE <urn:x> {} })'],
    ['SERVICE in HAVING', 'SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING (EXISTS { SERVICE <urn:x> {} })'],
    ['SERVICE in CONSTRUCT', 'CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <urn:x> { ?s ?p ?o } }'],
    ['FROM elsewhere (SP-03)', 'SELECT * FROM <http://example.org/g> { ?s ?p ?o }'],
    ['FROM NAMED elsewhere', 'SELECT * FROM NAMED <http://example.org/g> { GRAPH ?g { ?s ?p ?o } }'],
    ['FROM a file', 'SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }'],
    ['FROM a host that begins alike', `SELECT * FROM <${BASE_URL}.evil.org/g> { ?s ?p ?o }`],
    ['FROM by a prefix', 'PREFIX e: <http://example.org/> SELECT * FROM e:g { ?s ?p ?o }'],
    ['FROM by another base', 'BASE <http://example.org/> SELECT * FROM <g> { ?s ?p ?o }'],
    ['LOAD (SP-04)', 'LOAD <http://127.0.0.1/x>'],
    ['INSERT DATA (SP-05)', 'INSERT DATA { <urn:a> <urn:b> <urn:c> }'],
    ['DELETE WHERE', 'DELETE WHERE { ?s ?p ?o }'],
    ['CLEAR', 'CLEAR ALL'],
    ['an update after a query', 'ASK {} ; DROP ALL'],
    ['no query at all', 'hello'],
    ['nothing', ''],
    ['prefixes only', 'PREFIX a: <urn:a>'],
    ['a string that does not end', 'SELECT * { ?s ?p "x }'],
  ])('refuses %s', (_what, text) => {
    expect(faultOf(text)).toMatchObject({ code: 'query' });
  });

  it('refuses datasets of the protocol that are elsewhere, and takes its own', () => {
    for (const graph of [
      'http://example.org/g',
      'metadata/x',
      '',
      BASE_URL,
      `${BASE_URL}/x> <urn:y`,
      ` ${BASE_URL}/x`,
    ]) {
      expect(faultOf('ASK {}', { defaultGraphs: [graph] })).toMatchObject({ code: 'query' });
      expect(faultOf('ASK {}', { namedGraphs: [`${BASE_URL}/g`, graph] })).toMatchObject({ code: 'query' });
    }
    const own = guardQuery({ text: 'ASK {}', namedGraphs: [`${BASE_URL}/g`] }, OPTIONS);
    expect(own.dataset).toEqual({ defaultGraphs: [], namedGraphs: [`${BASE_URL}/g`] });
    expect(guard(`SELECT * FROM <${BASE_URL}/g> FROM NAMED <h> { ?s ?p ?o }`).form).toBe('SELECT');
  });

  it('takes the forbidden words where they are only text', () => {
    for (const text of [
      'ASK { ?s ?p "SERVICE <urn:x> { }" }',
      'ASK { ?service ?p ?o } # SERVICE <urn:x> {}',
      'PREFIX service: <urn:x> ASK { ?s service:LOAD ?o }',
    ]) {
      expect(guard(text).form).toBe('ASK');
    }
  });

  it.each([
    ['5,000 parentheses (SP-08)', `SELECT * { FILTER ${'('.repeat(5000)}1${')'.repeat(5000)} }`],
    ['5,000 braces', `SELECT * { ${'{'.repeat(5000)}${'}'.repeat(5000)} }`],
    ['1,500 blank nodes', `SELECT * { ?s ?p ${'[<urn:a> '.repeat(1500)}1${']'.repeat(1500)} }`],
    ['2,000 function calls', `SELECT * { FILTER(${'str('.repeat(2000)}1${')'.repeat(2000)}) }`],
    ['800 OPTIONAL', `SELECT * { ${'optional{?s ?p ?o}'.repeat(800)} }`],
    ['3,000 ||', `SELECT * { FILTER(?x${'||?x'.repeat(3000)}) }`],
    ['8,000 +', `SELECT (1${'+1'.repeat(8000)} AS ?x) {}`],
    ['2,000 alternative paths', `SELECT * { ?a <a:b>${'|<a:b>'.repeat(2000)} ?c }`],
    ['1,500 UNION', `SELECT * { {} ${'UNION{}'.repeat(1500)} }`],
    ['1,500 FILTER', `SELECT * { ${'FILTER(1)'.repeat(1500)} }`],
    ['1,000 MINUS', `SELECT * { ${'minus{?s ?p ?o}'.repeat(1000)} }`],
  ])('refuses %s before it parses', (_what, text) => {
    const spent = startClock();
    expect(faultOf(text).code).toBe('query');
    expect(spent()).toBeLessThan(200);
  });

  it('refuses a query that is too long without looking at it', () => {
    expect(faultOf(`ASK { } # ${'x'.repeat(40_000)}`)).toMatchObject({ code: 'too-large' });
  });

  it('stays quick for any text it takes', () => {
    const n = OPTIONS.queryLength - 100;
    for (const text of [
      `SELECT * { VALUES ?x { ${'1 '.repeat(n / 2)} } }`,
      `SELECT * { ${'?s ?p ?o. '.repeat(n / 10)} }`,
      `SELECT * { ?a <a:b>${'/<a:b>'.repeat(n / 6)} ?c }`,
      `SELECT (1${'+1'.repeat(n / 2)} AS ?x) {}`,
      `${'PREFIX a: <a:b> '.repeat(n / 16)} ASK {}`,
      `SELECT * { ?s ?p "${'\\"'.repeat(n / 2)}" }`,
      'a:'.repeat(n / 2),
      '<'.repeat(n),
      '"'.repeat(n),
    ]) {
      const spent = startClock();
      try {
        guard(text);
      } catch (fault) {
        expect(fault).toMatchObject({ code: 'query' });
      }
      expect(spent()).toBeLessThan(1_000);
    }
  });

  it('throws faults of its own only, for any text', () => {
    const pieces = fc.constantFrom(
      ...[
        'SELECT',
        '*',
        'ASK',
        '{',
        '}',
        '(',
        ')',
        '?x',
        '<urn:a>',
        'a:b',
        '"x"',
        "'''",
        'LIMIT',
        '10',
        'VALUES',
        '.',
        '\\',
      ],
      ...[
        'FILTER',
        'FROM',
        'SERVICE',
        '#',
        '\n',
        '^',
        '!',
        '\ud800',
        '\u0000',
        'PREFIX a: <urn:b>',
        '<<',
        '>>',
        '@en',
        ';',
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 25 }), fc.constantFrom('', ' '), (words, space) => {
        try {
          guard(words.join(space));
        } catch (fault) {
          expect(fault).toBeInstanceOf(VouchError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['none', 'SELECT * { ?s ?p ?o }', 'SELECT * { ?s ?p ?o }\nLIMIT 101\n'],
    ['none, before a comment', 'SELECT * { ?s ?p ?o } # end', 'SELECT * { ?s ?p ?o } # end\nLIMIT 101\n'],
    ['a lower one', 'SELECT * { ?s ?p ?o } LIMIT 5', 'SELECT * { ?s ?p ?o } LIMIT 5'],
    ['a higher one', 'SELECT * {} limit 5000 offset 3', 'SELECT * {} limit 101 offset 3'],
    ['an OFFSET', 'SELECT * {} OFFSET 3', 'SELECT * {} OFFSET 3\nLIMIT 101\n'],
    ['VALUES at the end', 'SELECT * {} VALUES ?x {1}', 'SELECT * {} \nLIMIT 101\nVALUES ?x {1}'],
    ['OFFSET and VALUES', 'SELECT * {} OFFSET 1VALUES ?x {1}', 'SELECT * {} OFFSET 1\nLIMIT 101\nVALUES ?x {1}'],
    [
      'LIMIT as other things',
      'PREFIX limit: <urn:limit#> SELECT ?limit { ?limit limit:limit "LIMIT 3" { SELECT * {} LIMIT 4 } } # LIMIT 9',
      'PREFIX limit: <urn:limit#> SELECT ?limit { ?limit limit:limit "LIMIT 3" { SELECT * {} LIMIT 4 } } # LIMIT 9\nLIMIT 101\n',
    ],
  ])('bounds the rows of a query with %s', (_what, text, expected) => {
    expect(guard(text).text).toBe(expected);
  });

  it('refuses a LIMIT it does not find in the text', () => {
    for (const text of ['SELECT * {} LIMIT5000', 'SELECT * {} LIMIT #\n 5000']) {
      try {
        expect(guard(text).text).toContain('101');
      } catch (fault) {
        expect(fault).toMatchObject({ code: 'query' });
      }
    }
  });
});

describe('countRows', () => {
  it('counts rows and not line breaks or tags inside values', () => {
    const json = { head: { vars: ['x'] }, results: { bindings: [{}, { x: { type: 'literal', value: '}{' } }] } };
    expect(countRows(JSON.stringify(json), 'application/sparql-results+json')).toBe(2);
    const xml = '<results><result></result><result><literal>&lt;result></literal></result></results>';
    expect(countRows(xml, 'application/sparql-results+xml')).toBe(2);
    expect(countRows('x\r\n"a ""b""\r\n\r\nc"\r\n\r\n', 'text/csv')).toBe(2);
    expect(countRows('?x\n"a\\nb"\n\n', 'text/tab-separated-values')).toBe(2);
    expect(countRows('?x\n', 'text/tab-separated-values')).toBe(0);
  });
});
