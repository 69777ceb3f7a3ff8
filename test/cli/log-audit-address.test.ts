import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogReader, LogRecord } from '../../src/log/log.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import { lie } from '../peer/made-log.ts';
import { serveSource } from '../peer/serve-source.ts';
import { type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { runCommand } from './run-command.ts';

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
