import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import { serveSocket } from '../../src/server/listen.ts';
import { createSiteApp } from '../../src/server/site-app.ts';
import { describeImage, makeEndorser, makeEntry, NOW } from '../endorser.ts';
import { makePolicy } from '../policy/judged.ts';
import { makePlace, type RegistryPlace } from '../registry/world.ts';
import { GRACE_MS, openSite, type SitePlace } from '../site/place.ts';

let place: RegistryPlace;
let registry: OpenRegistry;
let site: SitePlace;
let isFilled = false;
let app: ReturnType<typeof createSiteApp>;
const image = describeImage('app').identifier;
let clock = NOW;

beforeAll(async () => {
  place = await makePlace();
  registry = await place.open();
  const ada = await makeEndorser(place.authority, 'ada');
  await registry.submit(await makeEntry(ada, describeImage('app'), { createdAt: new Date(NOW.getTime() - 60_000) }));
  site = await openSite(place, registry, makePolicy('endorsers: { allow: anyone }'));
  app = createSiteApp(site.site, { isFilled: () => isFilled, now: () => clock });
  await site.log.sync();
});
afterAll(async () => {
  await site.log[Symbol.asyncDispose]();
  await registry.close();
  place.remove();
});

const ask = (question: unknown, type = 'application/json') =>
  app.request('/policy/decide', { method: 'POST', headers: { 'Content-Type': type }, body: JSON.stringify(question) });

describe('a site over HTTP', () => {
  it('answers about one image, by POST and GET', async () => {
    for (const response of [await ask({ image }), await app.request(`/policy/decide/${image}`)]) {
      expect(response.status).toBe(200);
      expect(response.headers.get('Cache-Control')).toBe('no-store');
      expect(await response.json()).toMatchObject({ outcome: 'allow', image, entry: { email: 'ada@example.org' } });
    }
    const then = await (await ask({ image, at: '2020-01-01T00:00:00Z' })).json();
    expect(then).toMatchObject({ outcome: 'deny', at: '2020-01-01T00:00:00.000Z' });
  });

  it('tells what it decided about now, and not about the past', async () => {
    const heard: string[] = [];
    const told = createSiteApp(site.site, {
      isFilled: () => true,
      now: () => clock,
      onDecision: ({ image: about, outcome }) => heard.push(`${about} ${outcome}`),
    });
    await told.request(`/policy/decide/${image}`);
    await told.request(`/policy/decide/${image}?at=2020-01-01T00:00:00Z`);
    await told.request('/policy/decide/nonsense');
    expect(heard).toEqual([`${image} allow`]);
  });

  it('answers about many images in the order they were asked', async () => {
    const images = [image, 'A'.repeat(27), image];
    const { decisions } = (await (await ask({ images })).json()) as { decisions: { outcome: string; image: string }[] };
    expect(decisions.map((one) => [one.image, one.outcome])).toEqual([
      [image, 'allow'],
      ['A'.repeat(27), 'deny'],
      [image, 'allow'],
    ]);
  });

  it.each([
    [{}, 'application/json', 400],
    [{ image: 3 }, 'application/json', 400],
    [{ image, images: [image] }, 'application/json', 400],
    [{ image, policy: 'open' }, 'application/json', 400],
    [{ image: '../x' }, 'application/json', 400],
    [{ image, at: 'yesterday' }, 'application/json', 400],
    [{ images: Array.from({ length: 1_001 }, () => image) }, 'application/json', 400],
    [{ images: Array.from({ length: 5_000 }, () => image) }, 'application/json', 413],
    [{ image }, 'text/plain', 415],
    [null, 'application/json', 400],
  ])('says what is wrong with %.60j as %s', async (question, type, status) => {
    const response = await ask(question, type);
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status, detail: expect.stringMatching(/\.$/) });
  });

  it('tells whether it may be relied on, and why not', async () => {
    expect((await app.request('/health/ready')).status).toBe(503);
    isFilled = true;
    expect((await app.request('/health/ready')).status).toBe(200);
    clock = new Date(NOW.getTime() + GRACE_MS + 1);
    const late = await app.request('/health/ready');
    expect([late.status, await late.json()]).toMatchObject([
      503,
      { logs: [{ fault: expect.stringContaining('grace') }] },
    ]);
    clock = NOW;
  });

  it('counts what it decided', async () => {
    const text = await (await app.request('/metrics')).text();
    expect(text).toMatch(/^vouch_site_decisions_total\{outcome="allow"\} [1-9]/m);
    expect(text).toMatch(/^vouch_site_log_records\{origin="registry\.test\/log"\} 2$/m);
    expect(text).toMatch(/^vouch_site_failures_total [1-9]/m);
    const [, inf] = /le="\+Inf"\} (\d+)/.exec(text)!;
    expect(text).toContain(`vouch_site_decision_seconds_count ${inf}`);
  });

  it('answers on a Unix socket, takes the place of one that is dead, and not of one that lives', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'vouch-socket-'));
    const socketPath = join(directory, 'site.sock');
    const server = await serveSocket(app, socketPath);
    const status = await new Promise((resolve, reject) => {
      request({ socketPath, path: `/policy/decide/${image}` }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once('error', reject)
        .end();
    });
    expect(status).toBe(200);
    await expect(serveSocket(app, socketPath)).rejects.toMatchObject({ code: 'config' });
    await server.close(100);
    await (await serveSocket(app, socketPath)).close(100);
    rmSync(directory, { recursive: true });
  });
});
