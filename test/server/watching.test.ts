import type { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GraphSource } from '../../src/catalog/graph-source.ts';
import { openSparqlEngine } from '../../src/catalog/sparql/sparql-engine.ts';
import { VouchError } from '../../src/errors.ts';
import type { Standing } from '../../src/registry/standing.ts';
import { type AppOptions, createApp } from '../../src/server/app.ts';
import { type Journal, type JournalSettings, openJournal } from '../../src/server/journal.ts';
import { REASONS } from '../../src/server/vitals.ts';
import type { RequestNote } from '../../src/server/watch-requests.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const LOCAL = { incoming: { socket: { remoteAddress: '127.0.0.1' }, url: '/' } };
const FRESH = { digest: 'd1'.repeat(32), readAt: NOW, refreshMs: 60_000, isFailing: false, lists: 2, overdueLists: 0 };
const WELL: Standing = { isLogStopped: false, submissions: 0, verifying: 0, trust: FRESH };

let twin: RegistryTwin & { standing?: () => Standing };
let notes: RequestNote[];
let journal: { lines: string[] } & Journal;

beforeEach(async () => {
  twin = await openTwin();
  notes = [];
  journal = openLines({ format: 'json', level: 'info' });
});
afterEach(() => twin.close());

function openLines(settings: JournalSettings) {
  const lines: string[] = [];
  return { lines, ...openJournal(settings, (line) => lines.push(line)) };
}

function open(more: Partial<AppOptions> = {}): Hono {
  const onRequest = (note: RequestNote): void => {
    notes.push(note);
    journal.request(note);
  };
  const onFault: AppOptions['onFault'] = (fault, request) => journal.fault(fault, request);
  return createApp(twin, { documents: twin.documents, now: () => NOW, onRequest, onFault, ...more });
}

async function metricsOf(app: Hono): Promise<string> {
  const reply = await app.request('/metrics', {}, LOCAL);
  expect(reply.headers.get('Content-Type')).toContain('text/plain; version=0.0.4');
  return reply.text();
}

async function readyOf(app: Hono, query = ''): Promise<[number, { status: string; reasons: { code: string }[] }]> {
  const reply = await app.request(`/health/ready${query}`);
  return [reply.status, (await reply.json()) as { status: string; reasons: { code: string }[] }];
}

describe('health', () => {
  test('tells everything that is wrong, and turns readers away only where they would get old answers', async () => {
    await twin.put({ identifier: toIdentifier(1) });
    await twin.sparql.waitFor(1);
    twin.standing = () => WELL;
    expect(await readyOf(open())).toMatchObject([200, { status: 'ready', reasons: [] }]);
    twin.standing = () => ({
      ...WELL,
      isLogStopped: true,
      trust: { ...FRESH, readAt: new Date(NOW.getTime() - 200_000), overdueLists: 1 },
    });
    const reminders = { isFailing: true } as NonNullable<AppOptions['reminders']>;
    const disk = { readDisk: async () => ({ freeBytes: 5_000_000, totalBytes: 9_000_000 }), diskLowBytes: 6_000_000 };
    const app = open({ reminders, disk });
    const codes = ['log-stopped', 'disk-low', 'trust-old', 'lists-overdue', 'reminders-failing'];
    const [status, told] = await readyOf(app);
    expect([status, told.status, told.reasons.map(({ code }) => code)]).toEqual([200, 'degraded', codes]);
    expect((await readyOf(app, '?strict'))[0]).toBe(503);
    expect((await readyOf(app, '?strict=maybe'))[0]).toBe(400);
    const { sparql } = twin;
    twin.sparql = { ...sparql, position: () => 0, load: () => sparql.load() };
    expect(await readyOf(app)).toMatchObject([503, { status: 'catching up' }]);
    // What is being taken in while somebody asks is no reason to send readers elsewhere.
    const endMs = performance.now() + 200;
    twin.sparql = {
      ...sparql,
      position: () => (performance.now() < endMs ? 0 : sparql.position()),
      load: () => sparql.load(),
    };
    expect(await readyOf(app)).toMatchObject([200, { status: 'degraded' }]);
    twin.sparql = sparql;
  });

  test('says that SPARQL still loads after a restart, while lists, entries and everything else answer', async () => {
    const entry = await twin.put({ identifier: toIdentifier(1) });
    const { catalog, sparql } = twin;
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: GraphSource = {
      position: () => catalog.position(),
      waitFor: (size) => catalog.waitFor(size),
      onAdvance: (listener) => catalog.onAdvance(listener),
      changes: async (from) => {
        await released;
        return catalog.changes(from);
      },
    };
    const loading = await openSparqlEngine({ catalog: slow, baseUrl: BASE, workers: 1, limits: { waitMs: 50 } });
    try {
      twin.sparql = loading;
      const app = open();
      expect(await readyOf(app)).toMatchObject([503, { status: 'catching up', reasons: [{ code: 'sparql-behind' }] }]);
      const path = `/metadata/${entry.identifier}`;
      for (const address of ['/', '/metadata', path, '/log/checkpoint', '/query', '/health/live']) {
        expect([address, (await app.request(address)).status]).toEqual([address, 200]);
      }
      const query = `/query?${new URLSearchParams({ query: 'ASK { ?s ?p ?o }' })}`;
      const early = await app.request(query);
      expect([early.status, early.headers.get('Retry-After')]).toEqual([503, '10']);
      expect(await early.json()).toMatchObject({ detail: expect.stringContaining('The RDF index is loading.') });
      release();
      await loading.waitFor(1);
      expect(await readyOf(app)).toMatchObject([200, { status: 'ready', reasons: [] }]);
      expect(await (await app.request(query)).json()).toMatchObject({ boolean: true });
    } finally {
      release();
      twin.sparql = sparql;
      await loading.close();
    }
  });

  test('a disk that cannot be asked is told of, and breaks nothing', async () => {
    const disk = { readDisk: () => Promise.reject(new VouchError('input-output', 'gone')) };
    const [status, { reasons }] = await readyOf(open({ disk }));
    expect([status, reasons.map(({ code }) => code)]).toEqual([200, ['disk-unknown']]);
  });
});

describe('metrics', () => {
  test('count requests by the pattern of the route, uploads by outcome, and hold no name', async () => {
    await twin.put({ identifier: toIdentifier(1), email: 'jane@example.org' });
    await twin.sparql.waitFor(1);
    twin.standing = () => ({ ...WELL, submissions: 3 });
    const app = open();
    const upload = (body: string) =>
      app.request('/metadata', { method: 'POST', body, headers: { 'Content-Type': 'application/rdf+xml' } });
    twin.mean('<new/>', { identifier: toIdentifier(2) });
    twin.mean('<busy/>', { fault: new VouchError('busy', 'Later.') });
    for (const body of ['<new/>', '<new/>', '<bad/>', '<busy/>']) await upload(body);
    await app.request('/endorsers/jane@example.org');
    await app.request('/metadata?search=secret');
    await app.request('/no/such/place-secret');
    await app.request('/metadata', { method: 'SECRET' });
    await app.request(`/query?query=${encodeURIComponent('SELECT ?secret {?secret ?p ?o}')}`);
    await twin.sparql.waitFor(2);
    const text = await metricsOf(app);
    expect(text).toContain('vouch_uploads_total{outcome="accepted"} 1');
    expect(text).toContain('vouch_uploads_total{outcome="known"} 1');
    expect(text).toContain('vouch_uploads_total{outcome="invalid"} 1');
    expect(text).toContain('vouch_uploads_total{outcome="busy"} 1');
    expect(text).toContain('vouch_upload_findings_total{code="sig"} 1');
    expect(text).toMatch(/vouch_http_requests_total\{method="POST",route="\/metadata\/?",status="422"\} 1/);
    expect(text).toMatch(/vouch_http_requests_total\{method="GET",route="\/endorsers\/:[a-z]+",status="200"\} 1/);
    expect(text).toContain('route="none",status="404"} 1');
    expect(text).toContain('method="other"');
    expect(text).toMatch(/vouch_http_request_seconds_bucket\{le="0.001",route="/);
    expect(text).toContain('vouch_log_records 2');
    expect(text).toContain('vouch_follower_lag_records{follower="catalog"} 0');
    expect(text).toContain('vouch_submissions_open 3');
    expect(text).toContain('vouch_sparql_waiting 0');
    expect(text).toContain('vouch_trust_age_seconds 0');
    expect(text).toMatch(/process_resident_memory_bytes \d+/);
    for (const reason of REASONS) expect(text).toContain(`vouch_health_reason{reason="${reason}"} 0`);
    expect(text).not.toMatch(/secret|jane|example\.org/i);
  });

  test('are for programs on this machine that no proxy asks for, unless the operator says otherwise', async () => {
    const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress }, url: '/metrics' } });
    const forwarded = { headers: { 'X-Forwarded-For': '127.0.0.1' } };
    const asked = async (app: Hono, address: string, init = {}) =>
      (await app.request('/metrics', init, from(address))).status;
    expect(await asked(open(), '127.0.0.1')).toBe(200);
    expect(await asked(open(), '::ffff:127.0.0.1')).toBe(200);
    expect(await asked(open(), '127.0.0.1', forwarded)).toBe(404);
    expect(await asked(open(), '192.0.2.7')).toBe(404);
    expect(await asked(open(), '192.0.2.7', forwarded)).toBe(404);
    expect((await open().request('/metrics')).status).toBe(404);
    expect(await asked(open({ metrics: 'public' }), '192.0.2.7')).toBe(200);
    expect(await asked(open({ metrics: 'off' }), '127.0.0.1')).toBe(404);
  });
});

describe('the journal', () => {
  test('has an object for every request, joined to the reply by its id, without what was asked', async () => {
    const app = open();
    const reply = await app.request('/endorsers/jane@example.org?x=secret', {
      headers: { 'X-Request-Id': 'from-proxy-0001', Authorization: 'Bearer secret' },
    });
    expect(reply.headers.get('X-Request-Id')).toBe('from-proxy-0001');
    const odd = await app.request('/', { headers: { 'X-Request-Id': 'a"b secret' } });
    expect(odd.headers.get('X-Request-Id')).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const lines = journal.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({ event: 'request', requestId: 'from-proxy-0001', method: 'GET', level: 'info' });
    expect(lines).toHaveLength(2);
    expect(journal.lines.join('')).not.toMatch(/secret|jane/);
  });

  test('tells a fault with the id of its request, without tokens and addresses', async () => {
    const app = open();
    twin.mean('<worse/>', { fault: new TypeError('oops') });
    const headers = { 'Content-Type': 'application/rdf+xml' };
    const reply = await app.request('/metadata', { method: 'POST', body: '<worse/>', headers });
    expect(reply.status).toBe(500);
    const [fault, request] = journal.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const requestId = reply.headers.get('X-Request-Id');
    expect(fault).toMatchObject({ level: 'error', event: 'fault', code: 'internal', requestId });
    expect(request).toMatchObject({ level: 'warn', event: 'request', fault: 'internal', status: 500, requestId });
    const text = openLines({ format: 'text', level: 'info' });
    text.fault(new VouchError('storage', 'No room.'), { method: 'GET', path: '/x', requestId: 'abc' });
    text.news('Trust: \u202echanged.');
    expect(text.lines).toEqual(['GET /x [abc]: storage: No room.\n', 'Trust: ⟨U+202E⟩changed.\n']);
    const quiet = openLines({ format: 'text', level: 'error' });
    quiet.news('Nothing.');
    expect(quiet.lines).toEqual([]);
  });
});
