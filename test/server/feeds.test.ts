import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { XmlDocument } from 'libxml2-wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/server/app.ts';
import type { StreamLimits } from '../../src/server/event-stream.ts';
import { serveRegistry } from '../../src/server/listen.ts';
import { BASE, NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const HOSTILE = '</title><script>"&amp;\u0000\u0008\ud800\u202e]]>';
const NAMESPACES = { a: 'http://www.w3.org/2005/Atom', fh: 'http://purl.org/syndication/history/1.0' };

let twin: RegistryTwin;
let app: ReturnType<typeof createApp>;
let serial = 0;

async function put(fields: Parameters<RegistryTwin['put']>[0] = {}) {
  serial += 1;
  const createdAt = new Date(NOW.getTime() - 1e9 + serial * 1000);
  return twin.put({ identifier: toIdentifier(serial), createdAt, title: `Image ${serial}`, ...fields });
}

beforeAll(async () => {
  twin = await openTwin();
  app = createApp(twin, { documents: twin.documents, now: () => NOW });
  await twin.log.appendTrust(new Uint8Array([1]), NOW);
  await put({ title: HOSTILE, description: HOSTILE, tag: 'a/b & <c>', email: "o'hara@example.org" });
  await put({ deprecated: HOSTILE, identifier: toIdentifier(1), email: 'bob@example.org', subject: 'CN=Bob' });
  for (let count = 0; count < 150; count++) await put(count % 3 === 0 ? { tag: 'nightly' } : {});
  await twin.catalog.waitFor(twin.log.size());
});
afterAll(() => twin.close());

interface Told {
  readonly cursor: number;
  readonly type: string;
  readonly receipt: string;
  readonly entry: { readonly index: number; readonly status: string; readonly tag?: string };
}

async function read(path: string): Promise<{ text: string; reply: Response }> {
  const reply = await app.request(path);
  expect(`${path} ${reply.status}`).toBe(`${path} 200`);
  return { text: await reply.text(), reply };
}

function texts(document: XmlDocument, path: string): string[] {
  return document.find(path, NAMESPACES).map((node) => node.content);
}

describe('an Atom feed', () => {
  test('is well-formed whatever endorsers wrote, with what RFC 4287 asks of feed and entry', async () => {
    for (const path of [
      '/feed.atom',
      `/metadata/${toIdentifier(1)}/feed.atom`,
      "/endorsers/o'hara@example.org/feed.atom",
      `/tag/o'hara@example.org/${encodeURIComponent('a/b & <c>')}/feed.atom`,
      '/endorsers/nobody@example.org/feed.atom',
      '/feed.atom?archive=0',
    ]) {
      const { text, reply } = await read(path);
      expect(reply.headers.get('Content-Type')).toContain('application/atom+xml');
      const document = XmlDocument.fromString(text);
      try {
        for (const name of ['id', 'title', 'updated']) expect(texts(document, `/a:feed/a:${name}`)).toHaveLength(1);
        expect(texts(document, '/a:feed/a:link[@rel="self"]/@href')).toEqual([`${BASE}${path}`]);
        const ids = texts(document, '//a:entry/a:id');
        expect(new Set(ids).size).toBe(ids.length);
        for (const name of ['title', 'updated', 'published', 'summary', 'author']) {
          expect(texts(document, `//a:entry/a:${name}`)).toHaveLength(ids.length);
        }
        const times = texts(document, '//a:updated');
        expect(times.filter((time) => !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time))).toEqual([]);
        expect(document.find('//script')).toEqual([]);
      } finally {
        document.dispose();
      }
    }
  });

  test('of an image, endorser or tag has exactly its entries, the newest first', async () => {
    const ids = async (path: string) => {
      const document = XmlDocument.fromString((await read(path)).text);
      const found = texts(document, '//a:entry/a:id').map((id) => Number(id.split('/').at(-1)));
      document.dispose();
      return found;
    };
    expect(await ids(`/metadata/${toIdentifier(1)}/feed.atom`)).toEqual([2, 1]);
    expect(await ids('/endorsers/bob@example.org/feed.atom')).toEqual([2]);
    expect(await ids(`/tag/o'hara@example.org/${encodeURIComponent('a/b & <c>')}/feed.atom`)).toEqual([1]);
    expect(await ids(`/metadata/${toIdentifier(999)}/feed.atom`)).toEqual([]);
  });

  test('leads through archives that never change to every entry once (RFC 5005)', async () => {
    const seen: string[] = [];
    let path: string | undefined = '/feed.atom';
    for (; path !== undefined; ) {
      const document = XmlDocument.fromString((await read(path)).text);
      seen.push(...texts(document, '//a:entry/a:id'));
      expect(texts(document, '//fh:archive')).toHaveLength(path.includes('archive') ? 1 : 0);
      path = texts(document, '/a:feed/a:link[@rel="prev-archive"]/@href')[0]?.slice(BASE.length);
      document.dispose();
    }
    const { entries } = await twin.catalog.counts();
    expect(seen).toHaveLength(entries);
    expect(new Set(seen).size).toBe(entries);
    const archive = await read('/feed.atom?archive=0');
    expect(archive.reply.headers.get('Cache-Control')).toContain('immutable');
    await put();
    expect((await read('/feed.atom?archive=0')).text).toBe(archive.text);
    expect((await app.request('/feed.atom?archive=100')).status).toBe(404);
    expect((await app.request('/feed.atom?archive=x')).status).toBe(400);
  });

  test('is answered 304 until something comes', async () => {
    const etag = (await read('/feed.atom')).reply.headers.get('ETag')!;
    const again = () => app.request('/feed.atom', { headers: { 'If-None-Match': etag } });
    expect((await again()).status).toBe(304);
    await put();
    expect((await again()).status).toBe(200);
  });

  test('is named by the pages about the same', async () => {
    for (const [page, feed] of [
      ['/', '/feed.atom'],
      ['/metadata', '/feed.atom'],
      [`/metadata/${toIdentifier(1)}`, `/metadata/${toIdentifier(1)}/feed.atom`],
      ['/endorsers/bob@example.org', '/endorsers/bob@example.org/feed.atom'],
      ['/tag/jane@example.org/nightly', '/tag/jane@example.org/nightly/feed.atom'],
    ]) {
      const html = await (await app.request(page!, { headers: { Accept: 'text/html' } })).text();
      expect(html).toMatch(new RegExp(`<link rel="alternate" type="application/atom\\+xml"[^>]* href="${feed}"`));
    }
  });

  test('is not at addresses that name nothing', async () => {
    for (const path of ['/metadata/short/feed.atom', '/endorsers/nobody/feed.atom', '/tag/x/y/feed.jsonl']) {
      expect((await app.request(path)).status).toBe(404);
    }
  });
});

describe('the JSON lines', () => {
  test.each([
    ['', 1000],
    ['', 7],
    ['/endorsers/jane@example.org', 10],
    ['/tag/jane@example.org/nightly', 4],
    [`/metadata/${toIdentifier(1)}`, 1],
  ])('below %j, %i at a time, give everything once and a cursor to come back with', async (place, limit) => {
    const seen: Told[] = [];
    let path = `${place}/feed.jsonl?limit=${limit}`;
    for (let turn = 0; turn < 200; turn++) {
      const { text, reply } = await read(path);
      const lines = text.split('\n').filter((line) => line !== '');
      seen.push(...lines.map((line) => JSON.parse(line) as Told));
      const next = /^<(.*)>; rel="next"$/.exec(reply.headers.get('Link')!)![1]!;
      path = `${place}/feed.jsonl${next}`;
      if (lines.length === 0) break;
    }
    const fits = ({ entry }: Told, all: typeof place) =>
      all === '' || (all.startsWith('/tag') ? entry.tag === 'nightly' : true);
    expect(seen.filter((told) => !fits(told, place))).toEqual([]);
    const indexes = seen.map(({ entry }) => entry.index);
    expect(indexes).toEqual([...new Set(indexes)].sort((one, other) => one - other));
    const filter = { '': {}, '/e': { email: 'jane@example.org' }, '/t': { email: 'jane@example.org', tag: 'nightly' } };
    const wanted = filter[place.slice(0, 2) as ''] ?? { identifier: toIdentifier(1) };
    expect(indexes).toHaveLength((await twin.catalog.list(wanted, NOW, { limit: 1000 })).entries.length);
    expect(path).toContain(`after=${twin.log.size()}`);
    expect(seen[0]).toMatchObject({ cursor: indexes[0]! + 1, receipt: `${BASE}/log/receipt/${indexes[0]}` });
  });

  test('tell of an entry what was so when it came, for ever', async () => {
    const { index } = await put({ identifier: toIdentifier(7777) });
    const path = `/feed.jsonl?after=${index}&limit=1`;
    const before = (await read(path)).text;
    expect(JSON.parse(before)).toMatchObject({ type: 'endorsed', entry: { status: 'valid' } });
    await put({ identifier: toIdentifier(7777) });
    expect((await read(path)).text).toBe(before);
  });

  test('refuse cursors that nobody can have', async () => {
    expect((await app.request('/feed.jsonl?after=-1')).status).toBe(400);
    expect((await app.request('/feed.jsonl?after=1e3')).status).toBe(400);
    expect((await app.request('/feed.jsonl?limit=0')).status).toBe(400);
    expect((await app.request('/feed.jsonl?after=1000000')).status).toBe(404);
    expect((await app.request('/feed.events?after=1000000')).status).toBe(404);
  });
});

/** One connection to an event stream, as a browser would keep it. */
class Listener {
  readonly events: Told[] = [];
  lastId = '';
  isEnded = false;
  readonly #request: ClientRequest;
  response: IncomingMessage | undefined;
  #rest = '';

  constructor(url: string, lastId?: string) {
    const headers = lastId === undefined ? {} : { 'Last-Event-ID': lastId };
    this.#request = get(url, { headers, agent: false }, (response) => {
      this.response = response;
      response.setEncoding('utf8');
      response.on('data', (text: string) => this.#take(text));
      response.on('close', () => {
        this.isEnded = true;
      });
      response.on('error', () => {});
    });
    this.#request.on('error', () => {
      this.isEnded = true;
    });
  }

  close(): void {
    this.#request.destroy();
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop()!;
    for (const block of blocks) {
      for (const line of block.split('\n')) {
        if (line.startsWith('id: ')) this.lastId = line.slice(4);
        if (line.startsWith('data: ')) this.events.push(JSON.parse(line.slice(6)) as Told);
      }
    }
  }
}

async function until(claim: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 3000; turn++) {
    if (claim()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`It never came that ${what}.`);
}

async function serve(feeds: StreamLimits) {
  const served = createApp(twin, { documents: twin.documents, now: () => NOW, feeds });
  const server = await serveRegistry(served, { host: '127.0.0.1', port: 0 });
  return { url: server.url, close: () => server.close(100) };
}

describe('the events', () => {
  test('come as they are accepted; a client that comes back misses and repeats nothing', async () => {
    const server = await serve({});
    const from = twin.log.size();
    const seen: number[] = [];
    let lastId: string | undefined;
    for (let turn = 0; turn < 4; turn++) {
      const listener = new Listener(`${server.url}/feed.events?after=${from}`, lastId);
      await until(() => listener.response !== undefined, 'the stream opens');
      expect(listener.response!.headers['content-type']).toBe('text/event-stream');
      const before = seen.length;
      await put();
      await put();
      // The first turn starts with nothing missed; every later one with what came between two connections.
      const due = before + 2 + (turn === 0 ? 0 : 1);
      await until(() => before + listener.events.length >= due, 'the events arrive');
      await until(() => listener.lastId === String(twin.log.size()), 'the cursor arrives');
      seen.push(...listener.events.map(({ entry }) => entry.index));
      lastId = listener.lastId;
      listener.close();
      await put();
    }
    const expected = Array.from({ length: twin.log.size() - from - 1 }, (_, place) => from + place);
    expect(seen).toEqual(expected);
    await server.close();
  });

  test('are those of the filter, whose cursor still moves on', async () => {
    const server = await serve({ heartbeatMs: 30 });
    const listener = new Listener(`${server.url}/tag/jane@example.org/nightly/feed.events`);
    await until(() => listener.response !== undefined, 'the stream opens');
    await put();
    await until(() => listener.lastId === String(twin.log.size()), 'a heartbeat moves the cursor');
    expect(listener.events).toEqual([]);
    const { index } = await put({ tag: 'nightly' });
    await until(() => listener.events.length > 0, 'the event arrives');
    expect(listener.events.map(({ entry }) => entry.index)).toEqual([index]);
    listener.close();
    await server.close();
  });

  test('reach 200 clients in order, each exactly once', async () => {
    const server = await serve({});
    const from = twin.log.size();
    const listeners = Array.from({ length: 200 }, () => new Listener(`${server.url}/feed.events?after=${from}`));
    await until(() => listeners.every(({ response }) => response !== undefined), 'all streams open');
    for (let count = 0; count < 10; count++) await put();
    await until(() => listeners.every(({ events }) => events.length >= 10), 'everybody has everything');
    const wanted = Array.from({ length: 10 }, (_, place) => from + place);
    for (const { events } of listeners) expect(events.map(({ entry }) => entry.index)).toEqual(wanted);
    for (const listener of listeners) listener.close();
    await server.close();
  }, 60_000);

  test('are refused beyond the limit of streams, whose places are given back', async () => {
    const server = await serve({ streams: 2 });
    const both = [new Listener(`${server.url}/feed.events`), new Listener(`${server.url}/feed.events`)];
    await until(() => both.every(({ response }) => response?.statusCode === 200), 'two streams open');
    const third = new Listener(`${server.url}/feed.events`);
    await until(() => third.response !== undefined, 'the third is answered');
    expect(third.response!.statusCode).toBe(503);
    expect(third.response!.headers['retry-after']).toBe('30');
    const head = await fetch(`${server.url}/feed.events`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    both[0]!.close();
    let again = new Listener(`${server.url}/feed.events`);
    await until(() => {
      if (again.response === undefined || again.response.statusCode === 200) return again.response !== undefined;
      again = new Listener(`${server.url}/feed.events`);
      return false;
    }, 'a place is free again');
    for (const listener of [...both, third, again]) listener.close();
    await server.close();
  });

  test('are not kept for a client that does not read, which is dropped; others go on', async () => {
    const from = twin.log.size();
    for (let count = 0; count < 160; count++) await put({ description: `${count} ${'x'.repeat(100_000)}` });
    const server = await serve({ stallMs: 3000, streams: 2 });
    const slow = new Listener(`${server.url}/feed.events?after=${from}`);
    await until(() => slow.response !== undefined, 'the stream opens');
    slow.response!.pause();
    const quick = new Listener(`${server.url}/feed.events?after=${from}`);
    await until(() => quick.events.length === 160, 'the other has everything');
    let next = new Listener(`${server.url}/feed.events`);
    await until(() => {
      if (next.response === undefined || next.response.statusCode === 200) return next.response !== undefined;
      next = new Listener(`${server.url}/feed.events`);
      return false;
    }, 'the place of the slow one is free');
    slow.response!.resume();
    await until(() => slow.isEnded, 'the slow one finds itself cut off');
    expect(slow.events.length).toBeLessThan(160);
    for (const listener of [quick, next]) listener.close();
    await server.close();
  }, 60_000);

  test('end when the registry does', async () => {
    const closing = new AbortController();
    const server = await serve({ closing: closing.signal });
    const listener = new Listener(`${server.url}/feed.events`);
    await until(() => listener.response !== undefined, 'the stream opens');
    closing.abort();
    await until(() => listener.isEnded, 'the stream ends');
    await server.close();
  });
});
