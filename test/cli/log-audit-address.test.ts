import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogReader, LogRecord } from '../../src/log/log.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import { lie } from '../peer/made-log.ts';
import { type Served, serveSource } from '../peer/serve-source.ts';
import { type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { type CommandResult, runCommand } from './run-command.ts';

let place: Marketplace;
let jane: Person;
let log: LogReader;
const at = (name: string): string => join(place.path, name);

beforeAll(async () => {
  place = await openMarketplace();
  jane = await place.person('jane');
  log = place.running.registry.log;
  for (const name of ['one', 'two']) {
    await writeFile(at(name), `bytes of image ${name}`);
    await runCommand(['describe', at(name), '--location', 'https://a.example/i', '-o', at(`${name}.draft`)], jane);
    await runCommand(['sign', at(`${name}.draft`), '-o', at(`${name}.xml`)], jane);
    expect((await runCommand(['upload', at(`${name}.xml`)], jane)).code).toBe(0);
  }
  expect((await runCommand(['deprecate', at('one'), '--reason', 'broken'], jane)).code).toBe(0);
});
afterAll(() => place[Symbol.asyncDispose]());

describe('vouch log audit of a URL', () => {
  test('finds an honest registry sound, whatever was accepted there', async () => {
    const size = log.size();
    expect(size).toBe(4);
    const result = await runCommand(['log', 'audit', place.url, '--log-key', log.key.vkey, '--json']);
    expect(JSON.parse(result.out)).toEqual({ origin: log.origin, size, problems: [] });
    expect(result).toMatchObject({ code: 0, err: expect.stringContaining('is sound: all of its 4 records') });
    // The prefix of the log is an address too, and the key may be asked for.
    const prefix = await runCommand(['log', 'audit', `${place.url}/log`]);
    expect(prefix).toMatchObject({ code: 0, err: expect.stringContaining('the one that the registry names') });
  });

  test('names every document that is not what was recorded', async () => {
    const records: { index: number; record: LogRecord }[] = [];
    for await (const found of log.records(0)) records.push(found);
    const [first, second] = records.filter(({ record }) => record.t === 'endorse');
    const other = new Uint8Array(await readFile(at('two.xml')));
    const source = lie(new ReaderLogSource(log), {
      blob: async (sha256) => {
        if (sha256 === first!.record.doc) return other;
        if (sha256 === second!.record.ev) return log.blob('0'.repeat(64));
        return log.blob(sha256);
      },
    });
    await using served = await serveSource(source);
    const result = await runCommand(['log', 'audit', served.url, '--log-key', log.key.vkey]);
    expect(result.code).toBe(70);
    expect(result.out.trim().split('\n')).toEqual([
      expect.stringMatching(`^record ${first!.index}: Swapped blob: .*${first!.record.doc}`),
      expect.stringMatching(`^record ${second!.index}: Withheld: .*${second!.record.ev}`),
    ]);
    expect(result.err).toContain('2 problems found');
  });

  test('is refused by whoever is not the log', async () => {
    await using served = await serveSource(new ReaderLogSource(log));
    const result = await runCommand(['log', 'audit', served.url]);
    expect(result).toMatchObject({ code: 65, err: expect.stringContaining('Bad checkpoint') });
    expect((await runCommand(['log', 'audit', 'http://127.0.0.1:9'])).code).toBe(69);
  });
});

describe('vouch history --log-key', () => {
  const prove = (url: string): Promise<CommandResult> => {
    const words = ['history', at('one'), '--url', url, '--log-key', log.key.vkey, '--state', at('state'), '--json'];
    return runCommand(words);
  };

  /** The registry over HTTP, with each list as `change` would have it. */
  async function serveLists(change: (entries: Record<string, unknown>[]) => unknown[]): Promise<Served> {
    return serveSource(new ReaderLogSource(log), (request, response) => {
      if (!request.url!.startsWith('/metadata')) return false;
      void fetch(`${place.url}${request.url}`, { headers: { Accept: 'application/json' } }).then(async (real) => {
        const list = (await real.json()) as { entries: Record<string, unknown>[] };
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ ...list, entries: change(list.entries) }));
      });
      return true;
    });
  }

  test('proves that nothing is hidden', async () => {
    for (let round = 0; round < 2; round += 1) {
      const { code, out, err } = await prove(place.url);
      expect(code, err).toBe(0);
      expect(out.trim().split('\n')).toHaveLength(2);
      expect(err).toMatch(/^Complete: these are all entries about \S+ in the 4 records of/);
    }
  });

  test.each<[string, RegExp, (entries: Record<string, unknown>[]) => unknown[]]>([
    ['hides the deprecation', /Incomplete: .* hides .*: record 3 \(deprecated\)/, (entries) => entries.slice(1)],
    ['hides what was before', /Incomplete: .* hides .*: record 1 \(valid\)/, (entries) => entries.slice(0, 1)],
    [
      'shows the deprecation as none',
      /Incomplete: .* does not have so: record 3/,
      (entries) => entries.map(({ deprecated, ...entry }) => ({ ...entry, status: 'valid' })),
    ],
  ])('TL-01: names a registry that %s', async (_, words, change) => {
    await using served = await serveLists(change);
    const { code, out, err } = await prove(served.url.replace(/\/log$/, ''));
    expect([code, out]).toEqual([65, '']);
    expect(err).toMatch(words);
  });
});
