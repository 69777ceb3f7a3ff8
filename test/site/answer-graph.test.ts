import { expect, it } from 'vitest';
import type { Policy } from '../../src/policy/policy.ts';
import type { Quad } from '../../src/rdf/quad.ts';
import { GraphAnswers } from '../../src/site/answer-graph.ts';

const TRIPLES: readonly Quad[] = [
  {
    subject: { termType: 'NamedNode', value: 'urn:a' },
    predicate: 'urn:os',
    object: {
      termType: 'Literal',
      value: 'debian',
      language: '',
      datatype: 'http://www.w3.org/2001/XMLSchema#string',
    },
  },
];
const asking = (...queries: readonly string[]): Policy => ({
  rules: queries.map((query) => ({ rule: { kind: 'ask', query }, effect: 'enforce' })),
  digest: '',
});

it('the answer to a question that can have no other is kept as long as the document', async () => {
  const answers = new GraphAnswers();
  const policy = asking('ASK { ?i <urn:os> "debian" }', 'ASK { ?i <urn:os> "hurd" }');
  const first = await answers.of(policy, TRIPLES);
  expect([...first]).toEqual([
    [0, { holds: true }],
    [1, { holds: false }],
  ]);
  expect((await answers.of(policy, TRIPLES)).get(0)).toBe(first.get(0));
  expect((await answers.of(policy, [])).get(0)).toEqual({ holds: false });
  expect((await answers.of(asking('ASK { ?i <urn:os> "hurd" }'), TRIPLES)).get(0)).toEqual({ holds: false });
});

it('a question about now, or about chance, is put each time', async () => {
  const answers = new GraphAnswers();
  const policy = asking('ASK { FILTER(rand() < 0.5) }', 'ASK { FILTER(\\u004EOW() > "2000-01-01T00:00:00Z") }');
  const found = new Set<boolean>();
  for (let times = 0; times < 100; times += 1) found.add((await answers.of(policy, TRIPLES)).get(0)!.holds);
  expect(found).toEqual(new Set([true, false]));
  const [one, other] = [await answers.of(policy, TRIPLES), await answers.of(policy, TRIPLES)];
  expect(one.get(1)).not.toBe(other.get(1));
});
