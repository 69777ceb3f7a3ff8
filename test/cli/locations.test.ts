import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/server/app.ts';
import { readReport } from '../../src/site/probe/location-fact.ts';
import { LocationFacts } from '../../src/site/probe/location-facts.ts';
import { type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { runCommand } from './run-command.ts';

const BYTES = randomBytes(5_000);
let marketplace: Marketplace;
let ada: Person;
let base = '';
let image = '';
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  switch (request.url) {
    case '/good':
      return response.writeHead(200, { 'Content-Length': BYTES.length }).end(BYTES);
    case '/short':
      return response.writeHead(200, { 'Content-Length': 10 }).end('ten bytes.');
    case '/other':
      return response.writeHead(200, { 'Content-Length': BYTES.length }).end(randomBytes(BYTES.length));
    case '/quiet':
      return response.writeHead(200).end(BYTES);
    case '/broken':
      return response.writeHead(500).end();
    default:
      return response.writeHead(404).end();
  }
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  marketplace = await openMarketplace();
  ada = await marketplace.person('ada');
  const disk = join(marketplace.path, 'disk.img');
  await writeFile(disk, BYTES);
  const places = ['good', 'short', 'other', 'quiet', 'broken', 'gone'].map((name) => `${base}/${name}`);
  const locations = [...places, 'swift://images/disk.img'].flatMap((place) => ['--location', place]);
  for (const words of [
    ['describe', disk, '--os', 'debian', ...locations, '-o', `${disk}.draft`],
    ['sign', `${disk}.draft`, '-o', `${disk}.xml`],
    ['upload', `${disk}.xml`],
  ]) {
    const { code, out, err } = await runCommand(words, ada);
    expect([words[0], code, err]).toEqual([words[0], 0, expect.any(String)]);
    if (words[0] === 'upload') image = new URL(out.trim()).pathname.split('/')[2]!;
  }
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await marketplace.running[Symbol.asyncDispose]();
  await rm(marketplace.path, { recursive: true, force: true });
});

async function check(...words: string[]) {
  const { code, out, err } = await runCommand(['locations', 'check', '--json', ...words], ada);
  const lines = out.trim().split('\n').filter(Boolean);
  const facts = lines.map((line) => JSON.parse(line) as { location: string; outcome: string; message: string });
  const found = Object.fromEntries(facts.map(({ location, outcome }) => [location.replace(base, ''), outcome]));
  return { code, err, found };
}

describe('vouch locations check', () => {
  it('tells of every location whether it answers with what was stated', async () => {
    expect(await check('--allow-private')).toMatchObject({
      code: 1,
      found: {
        '/good': 'right-size',
        '/short': 'wrong',
        '/other': 'right-size',
        '/quiet': 'answers',
        '/broken': 'unreachable',
        '/gone': 'missing',
        'swift://images/disk.img': 'not-asked',
      },
    });
  });

  it('with --checksums tells right bytes from others of the same size, and leaves nothing behind', async () => {
    const work = marketplace.path;
    const before = await readdir(work);
    const { found } = await check(image, '--allow-private', '--checksums', '--work', work);
    expect(found).toMatchObject({ '/good': 'verified', '/quiet': 'verified', '/other': 'wrong', '/gone': 'missing' });
    expect(await readdir(work)).toEqual(before);
  });

  it('asks no address in a private network unless it is told to', async () => {
    asked.length = 0;
    const { code, found } = await check(image);
    expect([code, new Set(Object.values(found)), asked]).toEqual([0, new Set(['not-asked']), []]);
  });

  it('writes a report that remembers when bytes were right, and that pages and JSON tell of', async () => {
    const report = join(marketplace.path, 'locations.jsonl');
    const told: string[] = [];
    const facts = new LocationFacts(report, (sentence) => told.push(sentence));
    const { registry } = marketplace.running;
    const app = createApp(registry, { documents: registry.verifier, locations: facts });
    const get = async (path: string, type: string) => (await app.request(path, { headers: { Accept: type } })).text();
    const [only] = await registry.catalog.history(image);
    const path = `/metadata/${image}/${only!.email}/${only!.createdAt.toISOString().replace('.000', '')}`;
    expect(await get(path, 'application/json')).not.toContain('locationChecks');
    expect((await check('--allow-private', '--checksums', '--report', report)).code).toBe(1);
    expect((await check('--allow-private', '--report', report)).code).toBe(1);
    const kept = readReport(readFileSync(report)).facts;
    const good = kept.find(({ location }) => location.endsWith('/good'));
    expect(good).toMatchObject({ outcome: 'right-size', verifiedAt: expect.any(Date) });
    expect(kept.find(({ location }) => location.endsWith('/other'))).not.toHaveProperty('verifiedAt');
    const later = new LocationFacts(report, (sentence) => told.push(sentence));
    const shown = createApp(registry, { documents: registry.verifier, locations: later });
    const page = await (await shown.request(path, { headers: { Accept: 'text/html' } })).text();
    expect(page).toMatch(/answered with the right size on .*all bytes were right on/);
    expect(page).toMatch(/<strong class="small">gave something else on/);
    const overview = await (await shown.request(`/metadata/${image}`, { headers: { Accept: 'text/html' } })).text();
    expect(overview).toMatch(/<strong class="small">had nothing on/);
    const json = (await (await shown.request(path, { headers: { Accept: 'application/json' } })).json()) as {
      locationChecks: { outcome: string }[];
    };
    expect(json.locationChecks.map(({ outcome }) => outcome)).toContain('right-size');
    await writeFile(report, 'no report');
    const broken = new LocationFacts(report, (sentence) => told.push(sentence));
    await broken.refresh();
    expect([broken.of(only!.documentSha256), told]).toEqual([
      [],
      [expect.stringContaining('Line 1 is not one of a report')],
    ]);
  });

  it('refuses to add to the report about another registry', async () => {
    const report = join(marketplace.path, 'other.jsonl');
    await writeFile(report, '{"report":"vouch locations 1","registry":"https://other.example.org"}\n');
    const { code, err } = await check(image, '--report', report);
    expect([code, err]).toEqual([2, expect.stringContaining('give another file')]);
    expect(existsSync(report)).toBe(true);
  });
});
