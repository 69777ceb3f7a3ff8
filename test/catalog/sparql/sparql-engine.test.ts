import { Parser } from 'n3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openMemoryCatalog } from '../../../src/catalog/level-catalog.ts';
import type { SparqlEngine, SparqlFormat, SparqlView } from '../../../src/catalog/sparql/sparql.ts';
import { openSparqlEngine, type SparqlEngineOptions } from '../../../src/catalog/sparql/sparql-engine.ts';
import type { StoreCatalog } from '../../../src/catalog/store-catalog.ts';
import type { Log } from '../../../src/log/log.ts';
import type { Quad } from '../../../src/rdf/quad.ts';
import { DCTERMS, PREFIXES, SLTERMS } from '../../../src/rdf/vocabulary.ts';
import { appendAll, BASE_URL, emailOf, identifierOf, iri, openLogOf, plain, readTold, type Told } from '../history.ts';

const STORY: Told[] = [
  { image: 1, by: 'jane', created: 0, title: 'Ubuntu', os: 'ubuntu' },
  { image: 1, by: 'me', created: 10, title: 'Ubuntu by me', os: 'ubuntu' },
  { image: 2, by: 'me', created: 20, title: 'Debian', os: 'debian', deprecated: 'too old' },
  { image: 1, by: 'jane', created: 30, title: 'Ubuntu, patched', os: 'ubuntu-lts' },
  { image: 3, by: 'jane', created: 40, title: 'No system named' },
];
const P = Object.entries(PREFIXES)
  .map(([prefix, namespace]) => `PREFIX ${prefix}: <${namespace}>\n`)
  .join('');
const TSV: readonly SparqlFormat[] = ['text/tab-separated-values'];
/** Short, but not of the kind that is answered at once. */
const WORK = 'SELECT ?x { BIND(MD5("a") AS ?x) }';
const RUNAWAY = 'SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o . ?p ?q ?r }';

interface Opened {
  readonly log: Log;
  readonly catalog: StoreCatalog;
  readonly engine: SparqlEngine;
}
const opened: Opened[] = [];
afterEach(async () => {
  for (const { engine, catalog, log } of opened.splice(0)) {
    await engine.close();
    await catalog.close();
    await log.close();
  }
});

async function open(
  history: readonly Told[] = STORY,
  options: Partial<Pick<SparqlEngineOptions, 'limits' | 'workers'>> = {},
): Promise<Opened> {
  const log = await openLogOf(history);
  const catalog = await openMemoryCatalog({ log, readDocument: readTold, baseUrl: BASE_URL });
  const engine = await openSparqlEngine({ catalog, baseUrl: BASE_URL, workers: 1, ...options });
  const all = { log, catalog, engine };
  opened.push(all);
  await engine.waitFor(log.size());
  return all;
}

async function rows(engine: SparqlEngine, text: string): Promise<string[]> {
  const answer = await engine.query({ text: P + text }, TSV);
  return answer.body.trimEnd().split('\n').slice(1).sort();
}

function entryIri(index: number): string {
  const { image, by, created } = STORY[index]!;
  const time = `2024-01-01T00:00:${String(created).padStart(2, '0')}Z`;
  return `${BASE_URL}/metadata/${identifierOf(image)}/${emailOf(by)}/${time}`;
}

describe('the SPARQL engine', () => {
  it("answers the original documentation's first query", async () => {
    const { engine } = await open();
    const query = 'select distinct ?os ?identifier where { ?x dcterms:identifier ?identifier . ?x slterms:os ?os }';
    expect(await rows(engine, query)).toEqual(
      [
        ['debian', 2],
        ['ubuntu', 1],
        ['ubuntu-lts', 1],
      ].map(([os, image]) => `"${os}"\t"${identifierOf(Number(image))}"`),
    );
  });

  it("answers the original documentation's second query", async () => {
    const { engine } = await open();
    const query = `select distinct ?identifier ?email ?created where {
      ?x dcterms:identifier ?identifier; slreq:endorsement ?endorsement .
      ?endorsement slreq:endorser ?endorser; dcterms:created ?created .
      ?endorser slreq:email ?email . FILTER (?email = "me@example.org") }`;
    expect(await rows(engine, query)).toEqual([
      `"${identifierOf(1)}"\t"me@example.org"\t"2024-01-01T00:00:10Z"`,
      `"${identifierOf(2)}"\t"me@example.org"\t"2024-01-01T00:00:20Z"`,
    ]);
  });

  it('tells current entries, and those the endorser has not withdrawn', async () => {
    const { engine } = await open();
    expect(await rows(engine, 'SELECT ?x { ?x slterms:tag "latest" }')).toEqual([1, 2, 3, 4].map(shown).sort());
    const live = 'SELECT ?x { ?x slterms:tag "latest" FILTER NOT EXISTS { ?x slterms:deprecated ?why } }';
    expect(await rows(engine, live)).toEqual([1, 3, 4].map(shown).sort());
    const superseded = 'SELECT ?old ?new { ?old vouch:supersededBy ?place . ?new vouch:logIndex ?place }';
    expect(await rows(engine, superseded)).toEqual([`${shown(0)}\t${shown(3)}`]);
  });

  it('gives each triple once, with and without GRAPH, also one that two entries share', async () => {
    const tool: Quad = {
      subject: iri('http://bio.example.org/blast'),
      predicate: DCTERMS.title,
      object: plain('BLAST'),
    };
    const { engine } = await open(STORY.map((told) => ({ ...told, triples: [tool] })));
    expect(await rows(engine, 'SELECT ?t { <http://bio.example.org/blast> dcterms:title ?t }')).toEqual(['"BLAST"']);
    const inGraphs = 'SELECT ?g { GRAPH ?g { <http://bio.example.org/blast> dcterms:title ?t } }';
    expect(await rows(engine, inGraphs)).toEqual([0, 1, 2, 3, 4].map(shown).sort());
    const counted =
      'SELECT (COUNT(*) AS ?n) { ?x dcterms:identifier ?i . GRAPH ?x { ?x slreq:endorsement/slreq:endorser/slreq:email ?e } }';
    expect(await rows(engine, counted)).toEqual(['5']);
  });

  it('follows: a newer entry is there at once, and the older one is no longer the latest', async () => {
    const { log, engine } = await open(STORY.slice(0, 3), { workers: 2 });
    expect(await rows(engine, 'SELECT ?x { ?x slterms:tag "latest" }')).toEqual([0, 1, 2].map(shown).sort());
    await appendAll(log, STORY.slice(3));
    await engine.waitFor(log.size());
    expect(engine.position()).toBe(5);
    for (let time = 0; time < 4; time++) {
      const answer = await engine.query({ text: `${P}SELECT ?x { ?x slterms:tag "latest" }` }, TSV);
      expect(answer.logSize).toBe(5);
      expect(answer.body.trimEnd().split('\n').slice(1).sort()).toEqual([1, 2, 3, 4].map(shown).sort());
    }
    const inGraph = 'SELECT ?x ?y { GRAPH ?x { ?x vouch:supersededBy ?y } }';
    expect(await rows(engine, inGraph)).toEqual([`${shown(0)}\t3`]);
    const both = 'SELECT ?x { GRAPH ?x { ?x vouch:supersededBy ?y ; slterms:tag "latest" } }';
    expect(await rows(engine, both)).toEqual([]);
  });

  it('shows all entries, the current ones, or of these the valid ones', async () => {
    const story = [...STORY, { image: 4, by: 'me', created: 50, title: 'Expired', validUntil: 60 }];
    const { engine } = await open(story);
    const titles = async (view: SparqlView) => {
      const answer = await engine.query({ text: `${P}SELECT ?t { ?x dcterms:title ?t }`, view }, TSV);
      return answer.body.trimEnd().split('\n').slice(1).sort();
    };
    const [ubuntu, mine, debian, patched, none, expired] = story.map(({ title }) => `"${title}"`);
    expect(await titles('history')).toEqual([ubuntu, mine, debian, patched, none, expired].sort());
    expect(await titles('current')).toEqual([mine, debian, patched, none, expired].sort());
    expect(await titles('valid')).toEqual([mine, patched, none].sort());
    expect(await rows(engine, 'SELECT ?t ?s { ?x dcterms:title ?t ; vouch:status ?s }')).toEqual(
      [
        [ubuntu, '"superseded"'],
        [mine, '"valid"'],
        [debian, '"deprecated"'],
        [patched, '"valid"'],
        [none, '"valid"'],
        [expired, '"expired"'],
      ]
        .map((row) => row.join('\t'))
        .sort(),
    );
    const inGraphs = { text: `${P}SELECT ?t { GRAPH ?g { ?g dcterms:title ?t } }`, view: 'valid' } as const;
    expect((await engine.query(inGraphs, TSV)).body.trimEnd().split('\n')).toHaveLength(4);
    const described = { text: `DESCRIBE <${entryIri(2)}>`, view: 'valid' } as const;
    expect((await engine.query(described, ['application/n-triples'])).body).toBe('');
  });

  it('answers as of an earlier log size, and for none that has not come', async () => {
    const { engine } = await open();
    const latest = { text: `${P}SELECT ?x { ?x slterms:tag "latest" }` };
    const asOf = async (size: number) => {
      const answer = await engine.query({ ...latest, asOf: size }, TSV);
      expect(answer.logSize).toBe(size);
      return answer.body.trimEnd().split('\n').slice(1).sort();
    };
    expect(await asOf(1)).toEqual([shown(0)]);
    expect(await asOf(3)).toEqual([0, 1, 2].map(shown).sort());
    expect(await asOf(4)).toEqual([1, 2, 3].map(shown).sort());
    expect(await asOf(5)).toEqual(await rows(engine, 'SELECT ?x { ?x slterms:tag "latest" }'));
    await expect(asOf(6)).rejects.toMatchObject({ code: 'query' });
  });

  it('knows which answers change with the clock', async () => {
    const { engine } = await open(STORY.slice(0, 1));
    const dependsOnClock = (text: string, view?: SparqlView) =>
      engine.dependsOnClock({ text: P + text, ...(view === undefined ? {} : { view }) });
    expect(dependsOnClock('SELECT ?x { ?x dcterms:title ?t }')).toBe(false);
    expect(dependsOnClock('SELECT ?x { ?x dcterms:title ?t }', 'valid')).toBe(true);
    for (const text of [
      'ASK { ?x vouch:status ?s }',
      'ASK { ?x ?p ?o }',
      'ASK { ?x !rdf:type ?o }',
      'DESCRIBE <urn:x>',
    ])
      expect(dependsOnClock(text)).toBe(true);
  });

  it('keeps no answer of a query that asks for the time or for chance, however that is written', async () => {
    const { engine } = await open(STORY.slice(0, 1));
    const isRepeatable = (text: string) => engine.isRepeatable({ text: P + text });
    expect(isRepeatable('SELECT ("NOW()" AS ?now) { ?x dcterms:title ?rand } # NOW()')).toBe(true);
    for (const call of ['NOW()', 'now ( )', 'NOW # when?\n ()', 'rAnd()', 'UUID()', 'STRUUID()', 'BNODE()'])
      expect([call, isRepeatable(`SELECT (${call} AS ?v) {}`)]).toEqual([call, false]);
    for (const call of ['RAND()', 'RAND # a comment\n ()']) {
      const text = `SELECT (${call} AS ?v) {}`;
      const answers = await Promise.all([1, 2].map(() => engine.query({ text }, ['text/csv'])));
      expect([call, answers[0]!.body === answers[1]!.body]).toEqual([call, false]);
    }
  });

  it('writes every format', async () => {
    const { engine } = await open();
    const select = { text: `${P}SELECT ?t ?none { <${entryIri(2)}> dcterms:title ?t }` };
    const body = async (query: { text: string }, format: SparqlFormat) => {
      const answer = await engine.query(query, [format]);
      expect(answer).toMatchObject({ format, logSize: 5 });
      return answer.body;
    };
    expect(JSON.parse(await body(select, 'application/sparql-results+json'))).toEqual({
      head: { vars: ['t', 'none'] },
      results: { bindings: [{ t: { type: 'literal', value: 'Debian' } }] },
    });
    expect(await body(select, 'application/sparql-results+xml')).toContain('<literal>Debian</literal>');
    expect(await body(select, 'text/csv')).toBe('t,none\r\nDebian,\r\n');
    expect(await body(select, 'text/tab-separated-values')).toBe('?t\t?none\n"Debian"\t\n');
    const ask = { text: 'ASK { ?s ?p ?o }' };
    expect(JSON.parse(await body(ask, 'application/sparql-results+json'))).toMatchObject({ boolean: true });
    expect(await body(ask, 'application/sparql-results+xml')).toContain('<boolean>true</boolean>');
    const construct = {
      text: `${P}CONSTRUCT { ?x dcterms:title ?t } WHERE { ?x dcterms:title ?t ; slterms:os "debian" }`,
    };
    const triple = `<${entryIri(2)}> <${DCTERMS.title}> "Debian" .`;
    expect((await body(construct, 'application/n-triples')).trim()).toBe(triple);
    expect((await body(construct, 'text/turtle')).trim()).toBe(triple);
    expect(await body(construct, 'application/rdf+xml')).toContain(`rdf:about="${entryIri(2)}"`);
    const described = new Parser().parse(await body({ text: `DESCRIBE <${entryIri(2)}>` }, 'text/turtle'));
    // what the document says (5), its endorsement (2) and endorser (1), and what the registry says (7)
    expect(described).toHaveLength(15);
  });

  it('takes the first accepted format that fits the form, and says which would', async () => {
    const { engine } = await open();
    const accepted: SparqlFormat[] = ['text/csv', 'text/turtle', 'application/sparql-results+json'];
    const formats = await Promise.all(
      ['SELECT * {}', 'ASK {}', 'DESCRIBE <urn:x>'].map(
        async (text) => (await engine.query({ text }, accepted)).format,
      ),
    );
    expect(formats).toEqual(['text/csv', 'application/sparql-results+json', 'text/turtle']);
    await expect(engine.query({ text: 'ASK {}' }, ['text/csv'])).rejects.toMatchObject({ code: 'media-type' });
  });

  it('reads only the graphs of a dataset', async () => {
    const { engine } = await open();
    const titles = 'SELECT ?t { ?x dcterms:title ?t }';
    const one = `SELECT ?t FROM <${entryIri(1)}> { ?x dcterms:title ?t }`;
    expect(await rows(engine, one)).toEqual(['"Ubuntu by me"']);
    const named = `SELECT ?t FROM NAMED <${entryIri(1)}> { { ?x dcterms:title ?t } UNION { GRAPH ?g { ?x dcterms:title ?t } } }`;
    expect(await rows(engine, named)).toEqual(['"Ubuntu by me"']);
    const ask = async (dataset: { defaultGraphs?: string[]; namedGraphs?: string[] }, text: string) =>
      (await engine.query({ text: P + text, ...dataset }, TSV)).body.trimEnd().split('\n').slice(1);
    expect(await ask({ defaultGraphs: [entryIri(2)] }, titles)).toEqual(['"Debian"']);
    expect(await ask({ defaultGraphs: [entryIri(2)] }, one)).toEqual(['"Debian"']);
    expect(await ask({ namedGraphs: [entryIri(2)] }, titles)).toEqual([]);
    expect(await ask({ namedGraphs: [entryIri(2)] }, 'SELECT ?t { GRAPH ?g { ?x dcterms:title ?t } }')).toEqual([
      '"Debian"',
    ]);
  });

  it('refuses what the guard refuses, and takes no triple in', async () => {
    const { engine } = await open();
    for (const text of [
      'INSERT DATA { <urn:a> <urn:b> <urn:c> }',
      'LOAD <http://127.0.0.1:9/>',
      'SELECT * { SERVICE SILENT <http://127.0.0.1:9/> {} }',
    ]) {
      await expect(engine.query({ text }, TSV)).rejects.toMatchObject({ code: 'query' });
      expect(() => engine.formOf({ text })).toThrow(/SERVICE|queries only/);
    }
    expect(await rows(engine, 'SELECT * { <urn:a> ?p ?o }')).toEqual([]);
  });

  it('lets no literal or IRI of an entry end its own term (SP-12)', async () => {
    const evil = '" . <urn:evil> <urn:p> "x\\" .\n} <urn:g> { <urn:evil> <urn:p> "x" }';
    const triples: Quad[] = [
      { subject: iri(`urn:x> <urn:evil> <urn:p> . <urn:y`), predicate: DCTERMS.title, object: plain(evil) },
      { subject: { termType: 'BlankNode', value: 'b> <urn:evil' }, predicate: 'urn:p> <urn:q', object: iri(evil) },
      {
        subject: { termType: 'BlankNode', value: 'b9' },
        predicate: SLTERMS.ns,
        object: { termType: 'Literal', value: '\ud800\u0000', language: 'en> <urn:evil', datatype: 'urn:d> .' },
      },
    ];
    const { engine } = await open([{ ...STORY[0]!, triples }]);
    expect(await rows(engine, 'SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }')).toEqual([shown(0)]);
    expect(
      await rows(engine, 'SELECT * { { <urn:evil> ?p ?o } UNION { ?s <urn:evil> ?o } UNION { ?s ?p <urn:evil> } }'),
    ).toEqual([]);
    const read = await engine.query(
      { text: `${P}SELECT ?t { ?x dcterms:title ?t FILTER(STRSTARTS(STR(?x), "urn:x")) }` },
      ['application/sparql-results+json'],
    );
    expect(JSON.parse(read.body).results.bindings[0].t.value).toBe(evil);
  });

  it('answers with at most the limit of rows, triples and bytes', async () => {
    const { engine } = await open(STORY, { limits: { rows: 8, bytes: 2000 } });
    for (const format of [
      'application/sparql-results+json',
      'application/sparql-results+xml',
      'text/csv',
      'text/tab-separated-values',
    ] as const) {
      const all = engine.query({ text: 'SELECT ?s { ?s ?p ?o }' }, [format]);
      await expect(all).rejects.toMatchObject({ code: 'too-large', message: expect.stringContaining('8 rows') });
      await engine.query({ text: 'SELECT ?s { ?s ?p ?o } LIMIT 8' }, [format]);
    }
    const triples = engine.query({ text: 'CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }' }, ['text/turtle']);
    await expect(triples).rejects.toMatchObject({ code: 'too-large', message: expect.stringContaining('8 triples') });
    const wide = `SELECT ("${'x'.repeat(3000)}" AS ?x) {}`;
    await expect(engine.query({ text: wide }, TSV)).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringContaining('bytes'),
    });
  });

  it('stops a huge cross product early where rows are limited (SP-07, SP-09)', async () => {
    const { engine } = await open(STORY, { limits: { rows: 100 } });
    // Without the limit it would run into that of time.
    const product = engine.query({ text: RUNAWAY.replace('(COUNT(*) AS ?n)', '*') }, TSV);
    await expect(product).rejects.toMatchObject({ code: 'too-large' });
  });

  it('takes a regular expression that would hang others (SP-10)', async () => {
    const { engine } = await open(STORY, { limits: { timeoutMs: 10_000 } });
    const query = `SELECT ?t { BIND("${'a'.repeat(40)}!" AS ?t) FILTER(REGEX(?t, "^(a+)+$")) }`;
    expect(await rows(engine, query)).toEqual([]);
  });

  it('kills a runaway path query, stays responsive meanwhile, and answers again (SP-06)', async () => {
    const size = 3_000;
    const node = (place: number) => iri(`urn:node:${place % size}`);
    const cycle: Quad[] = Array.from({ length: size }, (_, place) => ({
      subject: node(place),
      predicate: 'urn:next',
      object: node(place + 1),
    }));
    const { engine } = await open([{ ...STORY[0]!, triples: cycle }], { limits: { timeoutMs: 2_000 } });
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    const runaway = engine.query({ text: 'SELECT (COUNT(*) AS ?n) { ?a <urn:next>* ?b }' }, TSV);
    await expect(runaway).rejects.toMatchObject({ code: 'timeout' });
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(20);
    await engine.waitFor(1);
    expect(await rows(engine, 'SELECT (COUNT(*) AS ?n) { ?a <urn:next> ?b }')).toEqual([String(size)]);
  });

  it('answers others on its second worker while one is kept busy and replaced', async () => {
    const { engine } = await open(STORY, { workers: 2, limits: { timeoutMs: 4_000 } });
    await engine.query({ text: WORK }, TSV);
    const runaway = engine.query({ text: RUNAWAY }, TSV).catch((fault: unknown) => fault);
    const answer = rows(engine, 'SELECT ?x { ?x slterms:os "debian" FILTER(MD5("a") != "") }');
    expect(await Promise.race([answer, runaway])).toEqual([shown(2)]);
    expect(await runaway).toMatchObject({ code: 'timeout' });
  });

  it('answers short queries while its only worker is kept busy', async () => {
    const { engine } = await open(STORY, { workers: 1, limits: { timeoutMs: 4_000 } });
    await engine.query({ text: WORK }, TSV);
    const runaway = engine.query({ text: RUNAWAY }, TSV).catch((fault: unknown) => fault);
    const short = rows(engine, 'SELECT ?x { ?x slterms:os "debian" }');
    expect(await Promise.race([short, runaway])).toEqual([shown(2)]);
    const long = rows(engine, WORK);
    expect(await Promise.race([long, runaway])).toMatchObject({ code: 'timeout' });
    expect(await long).toHaveLength(1);
  });

  it('says busy, and when to come back, where too many wait or wait too long', async () => {
    const { engine } = await open(STORY, { limits: { timeoutMs: 20_000, waitMs: 2_000, queue: 1 } });
    const runaway = engine.query({ text: RUNAWAY }, TSV).catch((fault: unknown) => fault);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const waiting = engine.query({ text: WORK }, TSV);
    const oneTooMany = engine.query({ text: `${WORK} LIMIT 1` }, TSV);
    await expect(oneTooMany).rejects.toMatchObject({ code: 'busy', retryAfterSeconds: 20 });
    await expect(waiting).rejects.toMatchObject({ code: 'busy', retryAfterSeconds: 20 });
    expect(await Promise.race([runaway, 'still running'])).toBe('still running');
  });

  it('lets a client who sends many heavy queries hold up nobody but itself', async () => {
    const { engine } = await open(STORY, { workers: 2, limits: { timeoutMs: 3_000, queue: 8 } });
    await engine.query({ text: WORK }, TSV);
    const heavy = Array.from({ length: 6 }, (_, turn) =>
      engine.query({ text: `${RUNAWAY} #${turn}` }, TSV, undefined, 'heavy').catch((fault: unknown) => fault),
    );
    // it has one of the two workers, and half of the places to wait
    expect(await Promise.race(heavy)).toMatchObject({ code: 'busy', message: /your queries/ });
    const light = engine.query({ text: WORK }, TSV, undefined, 'light');
    expect(await Promise.race([light, heavy[0]])).toMatchObject({ form: 'SELECT' });
    expect(await heavy[0]).toMatchObject({ code: 'timeout' });
  });

  it('forgets queries that wait for nobody any more', async () => {
    const { engine } = await open(STORY, { limits: { timeoutMs: 4_000, queue: 2 } });
    await engine.query({ text: WORK }, TSV);
    const running = engine.query({ text: RUNAWAY }, TSV);
    running.catch(() => undefined);
    await vi.waitFor(() => expect(engine.load()).toEqual({ running: 1, waiting: 0 }), 5_000);
    const leaving = new AbortController();
    const left = [1, 2].map(() => engine.query({ text: RUNAWAY }, TSV, leaving.signal));
    const outcomes = Promise.allSettled([running, ...left, engine.query({ text: RUNAWAY }, TSV, AbortSignal.abort())]);
    leaving.abort();
    const asked = rows(engine, WORK);
    expect(await outcomes).toMatchObject(['timeout', 'usage', 'usage', 'busy'].map((code) => ({ reason: { code } })));
    expect(await asked).toHaveLength(1);
  });

  it('does not let a running query hold up those who wait for a new record', async () => {
    const { log, engine } = await open(STORY, { limits: { timeoutMs: 4_000 } });
    const runaway = engine.query({ text: RUNAWAY }, TSV).catch((fault: unknown) => fault);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await appendAll(log, [{ image: 9, by: 'jane', created: 50, os: 'plan9' }]);
    expect(await Promise.race([engine.waitFor(log.size()).then(() => 'passed'), runaway])).toBe('passed');
    const after = engine.query({ text: `${P}SELECT ?x { ?x slterms:os "plan9" }` }, TSV);
    expect((await after).body.split('\n')).toHaveLength(3);
    expect((await after).logSize).toBe(6);
    expect(await runaway).toMatchObject({ code: 'timeout' });
  });

  it('ends a query that takes more memory than the limit', async () => {
    const { engine } = await open(STORY, { limits: { memoryBytes: 100 * 1024 * 1024, timeoutMs: 20_000 } });
    const product =
      'SELECT DISTINCT ?a ?b ?c ?d ?e ?f ?g ?h ?i ?j { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } ORDER BY ?a';
    await expect(engine.query({ text: product }, TSV)).rejects.toMatchObject({ code: 'too-large' });
    await engine.waitFor(5);
    expect(await rows(engine, 'SELECT ?x { ?x slterms:os "debian" }')).toEqual([shown(2)]);
  });

  it('replaces a worker whose engine a query has damaged', async () => {
    const { engine } = await open(STORY, { limits: { queryLength: 100_000, timeoutMs: 100_000 } });
    const deep = `SELECT * { ?s ?p ?o FILTER(MD5(STR(?s)) IN (${'1,'.repeat(40_000)}1)) }`;
    await expect(engine.query({ text: deep }, TSV)).rejects.toMatchObject({ code: 'query', message: /too much/ });
    expect(await rows(engine, 'SELECT ?x { ?x slterms:os "debian" }')).toEqual([shown(2)]);
  });

  it('closes at once after an answer', async () => {
    const { engine } = await open();
    for (let turn = 0; turn < 3; turn++) await engine.query({ text: 'ASK {}' }, ['application/sparql-results+json']);
    await engine.close();
    expect(engine.position()).toBe(5);
  });

  it('tells everyone who waits that it is closed', async () => {
    const { engine } = await open(STORY, { limits: { timeoutMs: 5_000 } });
    const running = engine.query({ text: RUNAWAY }, TSV).catch((fault: unknown) => fault);
    const waiting = engine.query({ text: RUNAWAY }, TSV).catch((fault: unknown) => fault);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await engine.close();
    expect(await running).toMatchObject({ code: 'closed' });
    expect(await waiting).toMatchObject({ code: 'closed' });
    await expect(engine.query({ text: 'ASK {}' }, TSV.concat('application/sparql-results+json'))).rejects.toMatchObject(
      { code: 'closed' },
    );
  });
});

function shown(index: number): string {
  return `<${entryIri(index)}>`;
}
