import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/server/app.ts';
import { openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
let twin: RegistryTwin;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  twin = await openTwin();
  app = createApp(twin, { documents: twin.documents, now: () => NOW });
  for (let number = 0; number < 55; number++) {
    const name = `person${String(number).padStart(2, '0')}`;
    const createdAt = new Date(Date.UTC(2026, 9, 1, 0, number));
    await twin.put({ identifier: toIdentifier(1), email: `${name}@example.org`, subject: `CN=${name}`, createdAt });
  }
  const busy = { email: 'busy@example.org', subject: 'CN=Busy Bee' };
  for (let month = 0; month < 60; month++) {
    const createdAt = new Date(Date.UTC(2020, month, 5));
    const deprecated = month % 10 === 9 ? { deprecated: 'old' } : {};
    await twin.put({ ...busy, identifier: toIdentifier(month % 3), tag: `tag${month}`, createdAt, ...deprecated });
  }
});
afterAll(() => twin.close());

async function read(path: string): Promise<string> {
  const reply = await app.request(path, { headers: { Accept: 'text/html' } });
  return `${reply.status} ${await reply.text()}`;
}

function emailsOf(page: string): string[] {
  return [...page.matchAll(/<tr>\s*<td><a href="[^"]*"><bdi>([^<]*)<\/bdi>/g)].map(([, email]) => email!);
}

describe('the page of endorsers', () => {
  test('shows fifty at a time, who signed last first, and leads through all of them', async () => {
    const first = await read('/endorsers');
    expect(first).toContain('56 endorsers, who signed last first');
    expect(emailsOf(first)).toHaveLength(50);
    expect(emailsOf(first)[0]).toBe('person54@example.org');
    const [, next = ''] = /rel="next" href="([^"]+)"/.exec(first) ?? [];
    const second = await read(`/endorsers${next.replaceAll('&amp;', '&')}`);
    expect(emailsOf(second)).toHaveLength(6);
    expect(new Set([...emailsOf(first), ...emailsOf(second)]).size).toBe(56);
    expect(second).not.toContain('rel="next"');
  });

  test('finds by parts of address and names, and sorts', async () => {
    expect(emailsOf(await read('/endorsers?q=bee+BUSY'))).toEqual(['busy@example.org']);
    expect(emailsOf(await read('/endorsers?sort=entries'))[0]).toBe('busy@example.org');
    expect(emailsOf(await read('/endorsers?sort=email'))[1]).toBe('person00@example.org');
    expect(await read('/endorsers?q=nobody+of+this+name')).toContain('Nobody has all of');
    expect(await read('/endorsers?from=1000')).toContain('Previous page');
  });

  test.each(['sort=best', 'from=-1', `q=${'x'.repeat(201)}`])('refuses %s', async (parameters) => {
    expect(await read(`/endorsers?${parameters}`)).toMatch(/^400 /);
  });

  test('as of the past leads on in the past', async () => {
    const page = await read('/endorsers?asOf=52');
    expect(page).toContain('52 endorsers');
    expect(page).toMatch(/rel="next" href="[^"]*asOf=52/);
  });
});

describe('the page of an endorser', () => {
  test('draws what was signed when, in columns of several months where there are many, and says the same in words', async () => {
    const page = await read('/endorsers/busy@example.org');
    expect(page).toContain('<strong>60</strong>entries about 3 images');
    expect(page).toMatch(/<desc id="activity-what">2020-01 to 2020-02: 2 endorsements\./);
    expect(page).toContain('2020-09 to 2020-10: 1 endorsement, 1 deprecation.');
    expect(page.match(/<rect class="bar/g)!.length).toBeLessThanOrEqual(96);
    expect(page).toContain('What was signed when');
  });

  test('tells the certificates that signed, also where the log does not keep them', async () => {
    const page = await read('/endorsers/busy@example.org');
    expect(page).toContain('Certificates, the one used last first');
    expect(page).toContain('not kept here');
    expect(page).toContain('50 times, last');
  });

  test('is bounded in tags and entries, and leads to all of them and to the feeds', async () => {
    const page = await read('/endorsers/busy@example.org');
    expect(page).toContain('href="/endorsers/busy@example.org/feed.jsonl"');
    expect(page).toContain('All entries, from the next on');
    expect(page.match(/feed\.atom/g)!.length).toBeGreaterThan(0);
  });

  test('of somebody unknown is not found', async () => {
    expect(await read('/endorsers/nobody@example.org')).toMatch(/^404 /);
  });
});
