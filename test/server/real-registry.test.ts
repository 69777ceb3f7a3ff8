import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import { createApp } from '../../src/server/app.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { BASE_URL, makePlace, type RegistryPlace } from '../registry/world.ts';

let place: RegistryPlace;
let registry: OpenRegistry;
let app: ReturnType<typeof createApp>;
let ada: TestEndorser;

beforeAll(async () => {
  place = await makePlace();
  registry = await place.open();
  app = createApp(registry, { documents: registry.verifier, now: () => NOW });
  ada = await makeEndorser(place.authority, 'ada');
});
afterAll(async () => {
  await registry.close();
  place.remove();
});

const BROWSER = { headers: { Accept: 'text/html' } };

function toCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function upload(bytes: Uint8Array, headers: Record<string, string> = {}) {
  const type = { 'Content-Type': 'application/rdf+xml' };
  return app.request('/metadata', { method: 'POST', body: toCopy(bytes), headers: { ...type, ...headers } });
}

describe('over a real registry', () => {
  const description = describeImage('real', { title: 'A <real> image', tag: 'real' });
  let bytes: Uint8Array;
  let path: string;

  beforeAll(async () => {
    bytes = await makeEntry(ada, description);
    const reply = await upload(bytes);
    expect(reply.status).toBe(201);
    path = reply.headers.get('Location')!.slice(BASE_URL.length);
  });

  test('an upload comes out again as exactly the bytes received, and is listed in its XML', async () => {
    const reply = await app.request(path);
    expect(Buffer.from(await reply.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
    const list = await (await app.request('/metadata')).text();
    const document = Buffer.from(bytes)
      .toString()
      .replace(/^<\?xml[^>]*\?>\s*/, '');
    expect(list).toContain(document);
  });

  test('its Turtle and N-Quads are the graph that SPARQL holds', async () => {
    const nquads = await (await app.request(`${path}?format=nq`)).text();
    const query = `ASK { GRAPH <${BASE_URL}${path}> { ?x <http://purl.org/dc/terms/title> "A <real> image" } }`;
    const answer = await app.request(`/query?${new URLSearchParams({ query })}`);
    expect(await answer.json()).toMatchObject({ boolean: true });
    const count = `SELECT (COUNT(*) AS ?n) { GRAPH <${BASE_URL}${path}> { ?s ?p ?o } }`;
    const rows = await (await app.request(`/query?${new URLSearchParams({ query: count, format: 'csv' })}`)).text();
    expect(Number(rows.split('\r\n')[1])).toBe(nquads.trim().split('\n').length);
    expect(await (await app.request(`${path}?format=ttl`)).text()).toContain('dcterms:title "A <real> image"');
    expect(await (await app.request(`${path}?format=jsonld`)).json()).toHaveProperty('@graph');
  });

  test('its page tells each check with what it rests on, the path of certificates, and what changed since the entry before', async () => {
    const wordy = describeImage('changing', { title: 'A <real> image', publisher: 'Example Institute' });
    const { publisher: _, ...terse } = wordy;
    const ago = (seconds: number) => ({ createdAt: new Date(NOW.getTime() - seconds * 1_000) });
    const first = await upload(await makeEntry(ada, wordy, ago(60)));
    const reply = await upload(await makeEntry(ada, { ...terse, title: 'An <even> better image' }, ago(30)));
    const page = await (await app.request(reply.headers.get('Location')!.slice(BASE_URL.length), BROWSER)).text();
    for (const part of [
      'checked on <time datetime="2026-11-21T12:00:00Z">',
      'Name and e-mail address are those in the certificate',
      'Authority that the operator believes',
      'CN=Test CA,O=Vouch Tests',
      '<del><bdi>A &lt;real&gt; image</bdi></del>',
      '<ins><bdi>An &lt;even&gt; better image</bdi></ins>',
      'not said any more',
      'vouch log check record-',
      'c2sp.org/tlog-proof@v1',
    ]) {
      expect(page).toContain(part);
    }
    const snapshot = /href="(\/log\/blob\/[0-9a-f]{64})">What was believed then/.exec(page)![1]!;
    expect(await (await app.request(snapshot)).text()).toContain('anchor ');
    const certificates = [...page.matchAll(/SHA-256 <a href="(\/log\/blob\/[0-9a-f]{64})">/g)].map(([, href]) => href!);
    const authority = Buffer.from(await (await app.request(certificates[0]!)).arrayBuffer());
    expect(authority.equals(Buffer.from(place.authority.der))).toBe(true);
    const firstPage = await app.request(first.headers.get('Location')!.slice(BASE_URL.length), BROWSER);
    expect(await firstPage.text()).toContain('This is the first entry of this endorser');
  });

  test('the same file through the form of the page is known', async () => {
    const form = new FormData();
    form.append('entry', new File([toCopy(bytes)], 'entry.xml'));
    const reply = await app.request('/metadata', { method: 'POST', body: form, headers: { Accept: 'text/html' } });
    expect(reply.status).toBe(200);
    expect(await reply.text()).toContain('accepted before');
  });

  test('a changed byte is refused with findings, and what is no XML too', async () => {
    const forged = Buffer.from(bytes);
    forged.write('X', forged.indexOf('A &lt;real&gt; image'));
    const reply = await upload(forged);
    expect(reply.status).toBe(422);
    expect(await reply.json()).toMatchObject({
      findings: [{ code: 'digest' }],
      type: `${BASE_URL}/docs/findings#digest`,
    });
    expect((await upload(new TextEncoder().encode('<x'))).status).toBe(422);
    expect((await upload(new Uint8Array())).status).toBe(422);
  });

  test('an older entry of the same endorser is 409', async () => {
    const older = await makeEntry(ada, description, { createdAt: new Date(NOW.getTime() - 86_400_000) });
    const reply = await upload(older);
    expect(reply.status).toBe(409);
    expect(await reply.json()).toMatchObject({ findings: [{ code: 'stale-created' }] });
  });

  test('every page shows it', async () => {
    const accept = { headers: { Accept: 'text/html' } };
    for (const page of ['/', '/metadata', `/metadata/${description.identifier}`, path, '/tag/ada@example.org/real']) {
      const reply = await app.request(page, accept);
      expect(reply.status, page).toBe(200);
      expect(await reply.text(), page).toContain('A &lt;real&gt; image');
    }
    expect(await (await app.request('/endorsers/ada@example.org', accept)).text()).toContain('CN=ada');
    expect((await app.request('/health/ready')).status).toBe(200);
  });

  test('tiles, bundles and evidence are there for whoever audits', async () => {
    const size = registry.log.size();
    const bundle = await (await app.request(`/log/tile/entries/000.p/${size}`)).text();
    const evidence = /"ev":"([0-9a-f]{64})"/.exec(bundle)![1]!;
    expect((await app.request(`/log/blob/${evidence}`)).status).toBe(200);
  });
});
