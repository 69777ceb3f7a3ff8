import { describe, expect, it } from 'vitest';
import type { GraphChange, GraphSource } from '../../../src/catalog/graph-source.ts';
import { openSparqlEngine } from '../../../src/catalog/sparql/sparql-engine.ts';
import { toWarmQueries, WARM_RECORDS } from '../../../src/catalog/sparql/warm-up.ts';
import { ask, askQuickly, BASE, readerOf } from './execute/quad-story.ts';

const COUNT = WARM_RECORDS + 100;
const DCTERMS = 'http://purl.org/dc/terms/';
const SLREQ = 'http://mp.stratuslab.eu/slreq#';
const SLTERMS = 'http://mp.stratuslab.eu/slterms#';

const story = Array.from({ length: COUNT }, (_, index): GraphChange => {
  const iri = `${BASE}/e${index}`;
  const said = [
    `<${iri}> <${DCTERMS}identifier> "image${index}"`,
    `<${iri}> <${DCTERMS}title> "number one"`,
    `<${iri}> <${DCTERMS}description> "or two"`,
    `<${iri}> <${SLTERMS}os> "debian"`,
    `<${iri}> <${SLREQ}endorsement> _:a${index}`,
    `_:a${index} <${DCTERMS}created> "2026-01-01T00:00:00Z"`,
    `_:a${index} <${SLREQ}endorser> _:w${index}`,
    `_:w${index} <${SLREQ}email> "jane@example.org"`,
  ];
  return { index, iri, triples: said.map((triple) => `${triple} .\n`).join(''), isDeprecated: false };
});

const source: GraphSource = {
  position: () => COUNT,
  waitFor: () => Promise.resolve(),
  onAdvance: () => () => {},
  changes: (from) => Promise.resolve({ to: COUNT, steps: toSteps(from) }),
};

async function* toSteps(from: number): AsyncGenerator<readonly GraphChange[], void, void> {
  for (let start = from; start < COUNT; start += 100) yield story.slice(start, start + 100);
}

describe('the queries that warm a thread up', () => {
  it('find something, and are short enough for the thread of the server', () => {
    const reader = readerOf(story);
    const texts = new Set([...toWarmQueries(1)].map((text) => text.slice(text.indexOf('\n') + 1)));
    expect(texts.size).toBeGreaterThan(5);
    for (const text of texts) {
      expect([text, askQuickly(text, reader, 'history', COUNT, 20_000) === undefined]).toEqual([text, false]);
      const { results } = ask(text, reader, 'history', COUNT) as { results?: { bindings: unknown[] } };
      if (results !== undefined) expect([text, results.bindings.length > 0]).toEqual([text, true]);
    }
  });

  it('hold nobody up, and change no answer', async () => {
    const engine = await openSparqlEngine({ catalog: source, baseUrl: BASE, workers: 1 });
    try {
      await engine.waitFor(COUNT);
      const text = `SELECT (COUNT(*) AS ?n) { ?x <${DCTERMS}identifier> ?i FILTER(STRLEN(?i) > 6) }`;
      const answers = Array.from({ length: 5 }, (_, at) => engine.query({ text: `# ${at}\n${text}` }, ['text/csv']));
      for (const { body } of await Promise.all(answers)) expect(body).toBe(`n\r\n${COUNT - 10}\r\n`);
      expect(engine.load()).toEqual({ running: 0, waiting: 0 });
    } finally {
      await engine.close();
    }
  });
});
