import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { runCommand } from './run-command.ts';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

let place: Marketplace;
let jane: Person;
let identifier = '';
let server: Server | undefined;

beforeAll(async () => {
  place = await openMarketplace();
  jane = await place.person('jane');
  const at = (name: string): string => join(place.path, name);
  await writeFile(at('image'), 'honest bytes');
  await runCommand(
    ['describe', at('image'), '--title', 'Honest', '--location', 'https://a.example/i', '-o', at('d')],
    jane,
  );
  await runCommand(['sign', at('d'), '-o', at('e')], jane);
  const { out } = await runCommand(['upload', at('e')], jane);
  identifier = new URL(out.trim()).pathname.split('/')[2]!;
});
afterAll(() => place[Symbol.asyncDispose]());
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Serves on loopback; `answer` sees the real registry's answer and may put another in its place. */
async function serve(answer: (path: string, real: Answer) => Answer): Promise<string> {
  server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    const accept = request.headers.accept ?? '*/*';
    const real = await fetch(`${place.url}${path}`, { headers: { Accept: accept } });
    const type = real.headers.get('Content-Type') ?? '';
    const { status, type: sent, body, headers } = answer(path, { status: real.status, type, body: await real.text() });
    response.writeHead(status, { 'Content-Type': sent, ...headers }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a registry that lies', () => {
  test('cannot get its own words signed by renew', async () => {
    const url = await serve((_, real) => ({ ...real, body: real.body.replaceAll('Honest', 'Poisoned') }));
    const result = await runCommand(['renew', identifier, '--url', url], jane);
    expect(result).toMatchObject({ code: 65, out: '', err: expect.stringContaining('not what its endorser signed') });
    expect((await runCommand(['history', identifier, '--json'], jane)).out.trim().split('\n')).toHaveLength(1);
  });

  test('cannot pass off one endorser for another', async () => {
    const tom = await place.person('tom');
    const { out } = await runCommand(['history', identifier, '--json'], jane);
    const { endorserKey } = JSON.parse(out);
    const url = await serve((_, real) => ({ ...real, body: real.body.replaceAll(endorserKey, 'f'.repeat(64)) }));
    const result = await runCommand(['second', identifier, '--image', join(place.path, 'image'), '--url', url], tom);
    expect(result).toMatchObject({ code: 65, err: expect.stringContaining('another image or endorser') });
  });

  test('cannot pass off the receipt of one record for that of another', async () => {
    const other = await (await fetch(`${place.url}/log/receipt/0`)).text();
    const own = await (await fetch(`${place.url}/log/receipt/1`)).text();
    const kept = join(place.path, 'kept.tlog-proof');
    const accepted = {
      outcome: 'accepted',
      location: `${place.url}/x`,
      index: 1,
      size: 2,
      checkpoint: 'x',
      findings: [],
    };
    for (const receipt of [undefined, '', 'nonsense', other, own.replace(/extra .*\n/, '')]) {
      const body = JSON.stringify({ ...accepted, receipt });
      const url = await serve(() => ({ status: 201, type: 'application/json', body }));
      const upload = ['upload', join(place.path, 'e'), '--receipt', kept, '--url', url];
      expect(await runCommand(upload, jane)).toMatchObject({ code: 69, err: expect.stringContaining('no receipt') });
      await expect(readFile(kept)).rejects.toThrow();
      server?.close();
    }
    const url = await serve((path, real) => (path === '/log/receipt/1' ? { ...real, body: other } : real));
    const proof = await runCommand(['log', 'proof', '1', '-o', kept, '--url', url], jane);
    expect(proof).toMatchObject({ code: 65, err: expect.stringContaining('proves record 0, not 1') });
    await expect(readFile(kept)).rejects.toThrow();
  });

  test('cannot move the cursor or colour the words', async () => {
    const url = await serve((_, real) => ({
      ...real,
      body: real.body.replaceAll('Honest', '\\u001b[32mvalid\\u001b[0m'),
    }));
    for (const words of [['search'], ['show', identifier], ['history', identifier]]) {
      const result = await runCommand([...words, '--url', url], jane);
      expect(result.code, result.err).toBe(0);
      expect(result.out).not.toContain('\u001b');
    }
    const problem = JSON.stringify({
      type: 'x/docs/problems#busy',
      title: 'x',
      status: 503,
      detail: 'Come \u001b[2J back.',
    });
    const angry = await serve(() => ({
      status: 503,
      type: 'application/problem+json',
      body: problem,
      headers: { 'Retry-After': '7' },
    }));
    const busy = await runCommand(['search', '--url', angry], jane);
    expect(busy).toEqual({ code: 75, out: '', err: 'vouch: Come ⟨U+001B⟩[2J back. Try again in 7 seconds.\n' });
  });
});

describe('a registry that talks nonsense', () => {
  const nonsense: [string, Answer, number, string][] = [
    ['HTML', { status: 200, type: 'text/html', body: '<p>Welcome' }, 69, 'is not JSON'],
    ['broken JSON', { status: 200, type: 'application/json', body: '{' }, 69, 'is not JSON'],
    [
      'a list of nothing',
      { status: 200, type: 'application/json', body: '{"entries":[null]}' },
      69,
      'an entry is no object',
    ],
    [
      'an entry without fields',
      { status: 200, type: 'application/json', body: '{"entries":[{}]}' },
      69,
      'an entry lacks',
    ],
    ['a proxy error', { status: 502, type: 'text/html', body: 'bad gateway' }, 69, 'status 502'],
    ['too many requests', { status: 429, type: 'text/plain', body: '' }, 75, 'status 429'],
  ];
  test.each(nonsense)('in form of %s is told so', async (_, answer, code, told) => {
    const url = await serve(() => answer);
    expect(await runCommand(['search', '--url', url], jane)).toMatchObject({
      code,
      out: '',
      err: expect.stringContaining(told),
    });
  });

  test('gets no endless list out of a client', async () => {
    const { out } = await runCommand(['history', identifier, '--json'], jane);
    let asked = 0;
    const url = await serve((_, real) => {
      asked += 1;
      const next = `${place.url}/metadata?after=again`;
      return {
        ...real,
        status: 200,
        type: 'application/json',
        body: JSON.stringify({ entries: [JSON.parse(out)], next }),
      };
    });
    const result = await runCommand(['search', '--limit', '3', '--url', url, '--json'], jane);
    expect(result.code).toBe(0);
    expect(asked).toBe(3);
  });
});
