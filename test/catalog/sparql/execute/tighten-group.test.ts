import { describe, expect, it } from 'vitest';
import type { GraphChange } from '../../../../src/catalog/graph-source.ts';
import { ask, askStore, BASE, readerOf, storeOf, toComparable } from './quad-story.ts';

/** Things with an `a`, of which some have a `p`, a `q` and an `r`. */
const THINGS = [
  '<urn:a> "1"; <urn:p> "x"; <urn:q> "y"; <urn:r> "z"',
  '<urn:a> "2"; <urn:p> "x"; <urn:q> "y"; <urn:r> "x"',
  '<urn:a> "3"; <urn:q> "y"; <urn:r> "x"',
  '<urn:a> "4"; <urn:p> "x", "y"; <urn:r> "y"',
  '<urn:a> "5"',
];

const story = THINGS.map((said, index): GraphChange => {
  const iri = `${BASE}/e${index}`;
  const triples = said
    .split('; ')
    .flatMap((part) => {
      const [predicate, ...objects] = part.split(/,? /);
      return objects.map((object) => `<${iri}> ${predicate} ${object} .\n`);
    })
    .join('');
  return { index, iri, triples, isDeprecated: false };
});
const reader = readerOf(story);
const store = storeOf(story, story.length, 'history');

describe('OPTIONAL whose filter refuses what is unbound', () => {
  it.each([
    ['STR of it', '?s <urn:a> ?a OPTIONAL { ?s <urn:p> ?p } FILTER(STR(?p) = "x")', 3],
    [
      'a conjunct',
      '?s <urn:a> ?a OPTIONAL { ?s <urn:q> ?q } OPTIONAL { ?s <urn:p> ?p } FILTER(!BOUND(?q) && ?p > "w")',
      2,
    ],
    ['BOUND', '?s <urn:a> ?a OPTIONAL { ?s <urn:p> ?p } FILTER(BOUND(?p))', 4],
    ['both sides of ||', '?s <urn:a> ?a OPTIONAL { ?s <urn:p> ?p } FILTER(?p = "x" || STRLEN(?p) = 0)', 3],
    ['one side of || only', '?s <urn:a> ?a OPTIONAL { ?s <urn:p> ?p } FILTER(?p = "x" || ?a = "5")', 4],
    ['no value at all', '?s <urn:a> ?a OPTIONAL { ?s <urn:p> ?p } FILTER(COALESCE(?p, "none") = "none")', 2],
    ['not BOUND', '?s <urn:a> ?a OPTIONAL { ?s <urn:p> ?p } FILTER(!BOUND(?p))', 2],
    // what the first one binds the second one has to agree with
    [
      'a variable of the one before',
      '?s <urn:a> ?a OPTIONAL { ?s <urn:p> ?p } OPTIONAL { ?s <urn:q> ?q ; <urn:r> ?p } FILTER(?q = "y")',
      2,
    ],
    ['a pattern after it', '?s <urn:a> ?a OPTIONAL { ?s <urn:p> ?p } ?s <urn:r> ?r FILTER(?p = "y")', 1],
    [
      'a variable bound elsewhere, too',
      '?s <urn:a> ?a OPTIONAL { ?s <urn:p> ?p } OPTIONAL { ?s <urn:r> ?p } FILTER(?p = "x")',
      4,
    ],
    [
      'a filter of another one looks at it',
      '?s <urn:a> ?a OPTIONAL { ?s <urn:q> ?q FILTER(?p = "x") } OPTIONAL { ?s <urn:p> ?p } FILTER(?p = "x")',
      3,
    ],
    [
      'a filter of another one asks whether it is bound',
      '?s <urn:a> ?a OPTIONAL { ?s <urn:q> ?q FILTER(!BOUND(?p)) } OPTIONAL { ?s <urn:p> ?p } FILTER(?p = "x")',
      3,
    ],
    [
      'EXISTS of another one looks at it',
      '?s <urn:a> ?a OPTIONAL { ?s <urn:q> ?q FILTER EXISTS { ?s <urn:r> ?p } } OPTIONAL { ?s <urn:p> ?p } FILTER(?p = "x")',
      3,
    ],
    [
      'MINUS of another one looks at it',
      '?s <urn:a> ?a OPTIONAL { ?s <urn:q> ?q MINUS { ?s <urn:r> ?p } } OPTIONAL { ?s <urn:p> ?p } FILTER(?p = "x")',
      3,
    ],
    [
      'BIND of another one looks at it',
      '?s <urn:a> ?a OPTIONAL { ?s <urn:q> ?q BIND(?p AS ?z) } OPTIONAL { ?s <urn:p> ?p } FILTER(?p = "x")',
      3,
    ],
    [
      'a group of another one has a filter',
      '?s <urn:a> ?a OPTIONAL { { ?s <urn:p> ?p FILTER(?q = "y") } } OPTIONAL { ?s <urn:q> ?q } FILTER(?p > "a" && ?q > "a")',
      0,
    ],
    [
      'a group of another one has EXISTS',
      '?s <urn:a> ?a OPTIONAL { { ?s <urn:p> ?p FILTER NOT EXISTS { ?s <urn:r> ?q } } } OPTIONAL { ?s <urn:q> ?q } FILTER(?p > "a" && ?q = "y")',
      0,
    ],
    [
      'inside EXISTS',
      '?s <urn:a> ?a FILTER EXISTS { ?s <urn:p> ?p OPTIONAL { ?s <urn:q> ?q FILTER(?r = "x") } OPTIONAL { ?s <urn:r> ?r } FILTER(?r = "x" && ?q = "y") }',
      0,
    ],
    [
      'a filter that waits for what may be bound around',
      '?s <urn:a> ?a OPTIONAL { ?s <urn:p> ?p } OPTIONAL { ?s <urn:q> ?q . ?s <urn:r> ?p FILTER(?p = "x") }',
      6,
    ],
  ])('answers as the complete engine does: %s', (_, where, count) => {
    const text = `SELECT * { ${where} }`;
    const found = ask(text, reader, 'history', story.length);
    expect(toComparable(found)).toBe(toComparable(askStore(text, store)));
    expect((found as { results: { bindings: unknown[] } }).results.bindings).toHaveLength(count);
  });
});
