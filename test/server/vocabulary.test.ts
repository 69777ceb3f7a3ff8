import { Parser } from 'n3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VOUCH } from '../../src/rdf/vocabulary.ts';
import { createApp } from '../../src/server/app.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

let twin: RegistryTwin;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  twin = await openTwin();
  app = createApp(twin, { documents: twin.documents, now: () => NOW });
});
afterAll(() => twin.close());

const get = (path: string, accept?: string) =>
  app.request(path, accept === undefined ? {} : { headers: { Accept: accept } });
const TERMS = Object.values(VOUCH).filter((iri) => iri !== VOUCH.ns);

describe('/vocabulary', () => {
  test('is Turtle for programs, and says of every term what it is called, means and can be', async () => {
    const reply = await get('/vocabulary');
    expect(reply.headers.get('Content-Type')).toBe('text/turtle; charset=utf-8');
    const quads = new Parser().parse(await reply.text());
    for (const term of TERMS) {
      const said = new Set(
        quads.filter(({ subject }) => subject.value === term).map(({ predicate }) => predicate.value),
      );
      for (const name of ['label', 'comment', 'isDefinedBy']) {
        expect(said, term).toContain(`http://www.w3.org/2000/01/rdf-schema#${name}`);
      }
    }
    const unknown = quads.filter(
      ({ subject }) => subject.value.startsWith(VOUCH.ns) && !TERMS.includes(subject.value as never),
    );
    expect(unknown).toEqual([]);
    expect(quads.some(({ object }) => object.value === `${BASE}/vocabulary`)).toBe(true);
  });

  test('is a page for people, with an anchor for every term', async () => {
    const reply = await get('/vocabulary', 'text/html');
    expect(reply.headers.get('Content-Type')).toMatch(/^text\/html/);
    const page = await reply.text();
    for (const term of TERMS) expect(page).toContain(`<tr id="${term.slice(VOUCH.ns.length)}">`);
  });

  test.each([
    ['jsonld', 'application/ld+json'],
    ['nt', 'application/n-triples'],
  ])('is also %s, and costs nothing where it is known', async (format, mediaType) => {
    const reply = await get(`/vocabulary?format=${format}`);
    expect(reply.headers.get('Content-Type')).toBe(mediaType);
    const again = await app.request(`/vocabulary?format=${format}`, {
      headers: { 'If-None-Match': reply.headers.get('ETag') ?? '' },
    });
    expect(again.status).toBe(304);
  });

  test('has every term that the graph of an entry uses', async () => {
    await twin.put({ identifier: toIdentifier(1), replaces: toIdentifier(2) });
    await twin.sparql.waitFor(1);
    const query = `SELECT DISTINCT ?p { GRAPH ?g { ?s ?p ?o } FILTER(STRSTARTS(STR(?p), "${VOUCH.ns}")) }`;
    const { bytes } = await twin.sparql.query({ text: query }, ['text/csv']);
    const used = new TextDecoder().decode(bytes).trim().split('\r\n').slice(1);
    expect(used).toContain(VOUCH.replaces);
    expect(used).toContain(VOUCH.signer);
    for (const term of used) expect(TERMS).toContain(term);
  });
});
