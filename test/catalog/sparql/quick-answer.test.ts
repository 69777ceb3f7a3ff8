import { describe, expect, it, test } from 'vitest';
import { QuadWriter } from '../../../src/catalog/sparql/quads/quad-writer.ts';
import { QuickAnswers, type QuickRequest } from '../../../src/catalog/sparql/quick-answer.ts';
import { guardQuery } from '../../../src/catalog/sparql/sparql-guard.ts';
import { BASE, NOW_MS } from './execute/quad-story.ts';

const ENTRIES = 3_000;
const writer = new QuadWriter();
const changes = Array.from({ length: ENTRIES }, (_, index) => {
  const iri = `${BASE}/e${index}`;
  return { index, iri, triples: `<${iri}> <urn:p> "${index}" .\n<${iri}> <urn:q> "same" .\n`, isDeprecated: false };
});
writer.take(changes, ENTRIES);

function toRequest(text: string): QuickRequest {
  const query = guardQuery({ text }, { baseUrl: BASE, rows: 10_000, queryLength: 16_384 });
  const limits = { rows: 10_000, bytes: 1 << 24, memoryBytes: 1 << 28 };
  const asked = { view: 'history', logSize: ENTRIES, nowMs: NOW_MS, format: 'text/csv' } as const;
  return { ...asked, ...limits, query, buffers: writer.buffers };
}

function answer(text: string, quick = new QuickAnswers()): string | undefined {
  const found = quick.answer(toRequest(text));
  return found === undefined ? undefined : Buffer.from(found.body).toString();
}

describe('QuickAnswers', () => {
  it('answers what few quads are looked at for', () => {
    expect(answer('SELECT ?x { ?x <urn:p> "7" }')).toBe(`x\r\n${BASE}/e7\r\n`);
    expect(answer('SELECT (COUNT(*) AS ?n) { ?x <urn:p> "7" ; <urn:q> ?y FILTER(CONTAINS(?y, "am")) }')).toBe(
      'n\r\n1\r\n',
    );
    expect(answer('SELECT ?x { ?x <urn:p> ?y FILTER(?y = "7") }')).toBe(`x\r\n${BASE}/e7\r\n`);
  });

  test.each([
    ['looks at many quads', 'SELECT (COUNT(*) AS ?n) { ?x <urn:p> ?p ; <urn:q> ?q . ?y <urn:q> ?q }'],
    ['multiplies values', `SELECT (COUNT(*) AS ?n) { ${'abcde'.replace(/./g, 'VALUES ?$& { 1 2 3 4 5 6 7 8 9 } ')} }`],
    ['writes many rows', 'SELECT ?x ?p ?q { ?x <urn:p> ?p ; <urn:q> ?q }'],
    ['orders many rows', 'SELECT ?p { ?x <urn:p> ?p } ORDER BY ?p'],
    ['orders many rows and gives the first', 'SELECT ?p { ?x <urn:p> ?p } ORDER BY ?p LIMIT 3'],
    ['weighs an expression for many rows', `SELECT ?p { ?x <urn:p> ?p FILTER(${'?p = "1" || '.repeat(20)}false) }`],
  ])('leaves to a worker what %s', (_, text) => {
    expect(answer(text)).toBeUndefined();
  });

  test.each([
    ['a pattern that may take for ever', 'SELECT ?x { ?x <urn:p> "7" ; <urn:q> ?y FILTER(REGEX(?y, "(a*)*b")) }'],
    ['what it finds in the data as a pattern', 'SELECT ?x { ?x <urn:p> "7" ; <urn:q> ?y FILTER(REGEX(?y, ?y)) }'],
    ['a text that grows', 'SELECT ?x { ?x <urn:p> ?y BIND(CONCAT(?y, ?y) AS ?z) }'],
    ['a path without an end', 'SELECT ?x { ?x <urn:p>+ "7" }'],
    ['a function by its IRI', 'SELECT ?x { ?x <urn:p> "7" FILTER(<urn:f>(?x)) }'],
    ['many patterns', `SELECT ?x { ${'?x <urn:p> "7" . '.repeat(40)} }`],
    ['a graph', 'CONSTRUCT { ?x <urn:p> ?y } { ?x <urn:p> ?y }'],
    ['a long text', `SELECT ?x { ?x <urn:p> "7" } #${'x'.repeat(3_000)}`],
  ])('leaves to a worker %s', (_, text) => {
    expect(answer(text)).toBeUndefined();
  });

  it('gives the same as a worker where the answer is cut off at the limit of rows', () => {
    const text = 'SELECT ?x { ?x <urn:p> ?y }';
    expect(toRequest(text).query.short?.limit).toBe(10_001);
    expect(toRequest(`${text} LIMIT 5`).query.short?.limit).toBe(5);
    expect(answer(`${text} LIMIT 5`)?.split('\r\n')).toHaveLength(7);
  });
});
