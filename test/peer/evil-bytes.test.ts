import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toLogKey } from '../../src/log/note-key.ts';
import { writeBundle } from '../../src/log/tile.ts';
import { fetchBlob } from '../../src/peer/fetch-blob.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { writeRecord } from '../../src/proof/record.ts';
import { BROKEN_IMAGE, caughtAt, EvilRegistry, HISTORY, honestLeaves, honestLog } from './evil-registry.ts';
import { documentOf, imageOf, lie, type MadeLog, makeRecord, ORIGIN, sha256Of } from './made-log.ts';

let honest: MadeLog;
let evil: EvilRegistry;

beforeEach(async () => {
  honest = await honestLog();
  evil = await EvilRegistry.open(honest);
});
afterEach(() => evil[Symbol.asyncDispose]());

describe('TL-10: a checkpoint', () => {
  const ROOT = '/AFcsrgsGZEGnjMH3IbCvF5vKg1cgVmO0t0jNBk36eA=';
  const resize = (size: string) => (note: string) => note.replace(`\n${HISTORY}\n`, `\n${size}\n`);
  const reroot = (root: string) => (note: string) => note.replace(/\n[^\n]{44}\n\n/, `\n${root}\n\n`);

  it.each<[string, (note: string) => string]>([
    ['of hexadecimal size', resize('0x10')],
    ['of a size with a blank', resize(' 12')],
    ['of a size with a zero before it', resize('012')],
    ['of no size', resize('')],
    ['of negative size', resize('-1')],
    ['of size 2^64', resize('18446744073709551616')],
    ['of a root of 31 bytes', reroot(Buffer.alloc(31).toString('base64'))],
    ['of a root with junk in it', reroot(`!${ROOT.slice(1)}`)],
    ['of a root with stray bits', reroot(`${ROOT.slice(0, -2)}B=`)],
    ['of another root', reroot(ROOT)],
    ['with CRLF', (note) => note.replaceAll('\n', '\r\n')],
    ['without its last newline', (note) => note.slice(0, -1)],
    ['with a blank line too many', (note) => note.replace('\n\n', '\n\n\n')],
    ['with a control character', (note) => note.replace('\n', '\u0007\n')],
    ['with 1,000 signatures', (note) => note + note.slice(note.indexOf('\n\n') + 2).repeat(999)],
    ['with an extension line', (note) => note.replace('\n\n', '\nmore\n\n')],
    ['of another log', (note) => note.replace(ORIGIN, `${ORIGIN}2`)],
    ['that nobody signed', (note) => note.slice(0, note.indexOf('\n\n') + 1)],
    ['that is empty', () => ''],
    ['that is a page', () => '<html>not found</html>\n'],
  ])('%s is refused as no checkpoint', async (_, change) => {
    const note = change(honest.note());
    expect(note).not.toBe(honest.note());
    evil.shown = lie(honest, { checkpoint: async () => Buffer.from(note) });
    const breach = await evil.caught();
    expect([breach.breach, breach.message]).toEqual(['checkpoint', expect.stringMatching(/^Bad checkpoint: /)]);
    expect(await evil.synced.size()).toBe(0);
  });

  it('of another key under the same name is refused, and TL-11: names are compared as they stand', async () => {
    for (const name of [ORIGIN, ORIGIN.replaceAll('.', 'x'), '.*']) {
      const key = toLogKey(name, new Uint8Array(32).fill(77));
      const note = honest.note();
      const text = note.slice(0, note.indexOf('\n\n') + 1);
      const id = Buffer.from(key.verifier.keyId, 'hex');
      const line = `\u2014 ${name} ${Buffer.concat([id, key.sign(text)]).toString('base64')}\n`;
      evil.shown = lie(honest, { checkpoint: async () => Buffer.from(`${text}\n${line}`) });
      expect((await evil.caught()).message).toMatch(/^Bad checkpoint: .*not signed with the key/);
    }
  });
});

describe('TL-14: what does not lead to the signed root', () => {
  const bundleOf = (index: number, leaves: (whole: Uint8Array[]) => Uint8Array[]): Partial<LogSource> => ({
    bundle: async (asked, width) => {
      const whole = honest.leaves.slice(asked * 256, asked * 256 + width);
      return writeBundle(asked === index ? leaves(whole) : whole);
    },
  });
  const bytesOf = (index: number, change: (bytes: Buffer) => Uint8Array): Partial<LogSource> => ({
    bundle: async (asked, width) => {
      const bytes = await honest.bundle(asked, width);
      return asked === index ? change(Buffer.from(bytes)) : bytes;
    },
  });

  it.each<[string, Partial<LogSource>]>([
    ['with an entry too many', bundleOf(1, (whole) => [...whole, whole[0]!])],
    ['with an entry missing', bundleOf(1, (whole) => whole.slice(1))],
    ['with entries in another order', bundleOf(1, (whole) => whole.toReversed())],
    ['with another entry', bundleOf(1, (whole) => whole.with(5, writeRecord(makeRecord(5000))))],
    ['that is cut off', bytesOf(1, (bytes) => bytes.subarray(0, -1))],
    ['that is cut off in a length', bytesOf(1, (bytes) => bytes.subarray(0, 1))],
    ['with an entry that reaches beyond its end', bytesOf(2, (bytes) => Buffer.from(bytes.fill(255, 0, 2)))],
    ['with a byte after its end', bytesOf(2, (bytes) => Buffer.concat([bytes, Buffer.of(0)]))],
    ['that is empty', bytesOf(0, () => Buffer.alloc(0))],
    ['that is partial without being so', bundleOf(0, (whole) => whole.slice(0, 88))],
  ])('a bundle %s is refused', async (_, lies) => {
    evil.shown = lie(honest, lies);
    const breach = await evil.caught();
    expect([breach.breach, breach.code]).toEqual(['bundle', 'malformed']);
    expect(breach.message).toMatch(/^Bad bundle: /);
    expect((await evil.synced.size()) % 256).toBe(0);
    // The next honest answer is taken up where the lie began.
    evil.shown = honest;
    await evil.sync();
    expect(await evil.synced.records(BROKEN_IMAGE)).toHaveLength(2);
  });

  it.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['one hash short', (bytes) => bytes.subarray(32)],
    ['one hash wider', (bytes) => Buffer.concat([bytes, Buffer.alloc(32)])],
    ['half a hash short', (bytes) => bytes.subarray(16)],
    ['with one bit changed', (bytes) => Buffer.from(bytes.map((byte, at) => (at === 3 ? byte ^ 1 : byte)))],
    ['of zeroes', (bytes) => Buffer.alloc(bytes.length)],
    ['in reverse', (bytes) => Buffer.from(bytes).reverse()],
  ])('a tile %s is refused', async (_, change) => {
    evil.shown = lie(honest, {
      tile: async (level, index, width) => change(Buffer.from(await honest.tile(level, index, width))),
    });
    const breach = await evil.caught();
    expect([breach.breach, breach.message]).toEqual(['tile', expect.stringMatching(/^Bad tile: /)]);
    expect(await evil.synced.size()).toBe(0);
  });

  it('a part is asked for only where the signed tree ends', async () => {
    const asked: string[] = [];
    evil.shown = lie(honest, {
      tile: (level, index, width) => {
        asked.push(`tile ${level}/${index}.${width}`);
        return honest.tile(level, index, width);
      },
      bundle: (index, width) => {
        asked.push(`bundle ${index}.${width}`);
        return honest.bundle(index, width);
      },
    });
    await evil.sync();
    expect(asked.sort()).toEqual(['bundle 0.256', 'bundle 1.256', 'bundle 2.88', 'tile 0/2.88', 'tile 1/0.2']);
  });
});

describe('TL-15: a document', () => {
  it('that is another one is refused', async () => {
    evil.shown = lie(honest, { blob: async () => documentOf(3) });
    const breach = await caughtAt(fetchBlob(evil.source, sha256Of(documentOf(7)), 100));
    expect([breach.breach, breach.message]).toEqual(['blob', expect.stringMatching(/^Swapped blob: .* other bytes/)]);
  });

  it('that is longer than recorded is refused without reading all of it', async () => {
    evil.shown = lie(honest, { blob: async () => Buffer.alloc(50_000_000) });
    const breach = await caughtAt(fetchBlob(evil.source, sha256Of(documentOf(7)), documentOf(7).length));
    expect([breach.breach, breach.message]).toEqual(['blob', expect.stringMatching(/longer than it was/)]);
  });

  it('that is missing is called withheld', async () => {
    const breach = await caughtAt(fetchBlob(evil.source, sha256Of(documentOf(8)), 100));
    expect([breach.breach, breach.message]).toEqual(['unavailable', expect.stringMatching(/^Withheld: /)]);
  });
});

describe('TL-16: a record', () => {
  const change = (from: string | RegExp, to: string) => (leaf: string) => leaf.replace(from, to);

  it.each<[string, (leaf: string) => string]>([
    ['that is not canonical', change('{"v"', '{ "v"')],
    ['with a key twice', change('"act":"valid"', '"act":"deprecated","act":"valid"')],
    ['of an unknown type', change('"t":"endorse"', '"t":"unendorse"')],
    ['with an escape where none is needed', change('"valid"', '"\\u0076alid"')],
    ['with a number of another spelling', change('"seq":1', '"seq":1.0')],
    ['that is no JSON', () => 'deprecated'],
    ['of which an earlier one is missing', change('"seq":1,"prev":-1', '"seq":3,"prev":7')],
    ['that continues another than the last', change('"seq":1,"prev":-1', '"seq":2,"prev":6')],
    ['that begins an image anew', change(/"id":"[^"]*"/, `"id":"${imageOf(7)}"`)],
  ])('%s is refused, though the log signed it', async (_, forge) => {
    const whole = Buffer.from(writeRecord(makeRecord(300))).toString();
    const leaf = forge(whole);
    expect(leaf).not.toBe(whole);
    evil.shown = await honestLog(honestLeaves().with(300, Buffer.from(leaf)));
    const breach = await evil.caught();
    expect([breach.breach, breach.message]).toEqual(['leaf', expect.stringMatching(/^Bad leaf: record 300 of /)]);
    expect(await evil.synced.size()).toBe(256);
    await expect(evil.synced.records(BROKEN_IMAGE)).rejects.toMatchObject({ code: 'busy' });
  });
});

describe('an answer that is meant to wear the client out', () => {
  it('that never ends is cut off at the bytes it may have', async () => {
    evil.interfere = (request, response) => {
      if (!request.url!.includes('entries')) return false;
      const flood = setInterval(() => response.write(Buffer.alloc(1_000_000)), 1);
      response.on('close', () => clearInterval(flood));
      return true;
    };
    const breach = await evil.caught();
    expect([breach.breach, breach.message]).toEqual(['bundle', expect.stringMatching(/more bytes than it can/)]);
  });

  it('that swells is cut off while it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(64_000_000));
    evil.interfere = (request, response) => {
      if (!request.url!.includes('/tile/1/')) return false;
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb);
      return true;
    };
    expect((await evil.caught()).breach).toBe('tile');
  });

  it('that comes a byte at a time is given up', async () => {
    await using slow = await EvilRegistry.open(honest, 300);
    slow.interfere = (request, response) => {
      if (!request.url!.includes('entries')) return false;
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
      return true;
    };
    await expect(slow.sync()).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('0.3 seconds'),
    });
    expect((await slow.synced.head())?.size).toBe(HISTORY);
  });

  it('that leads elsewhere is not followed', async () => {
    evil.interfere = (request, response) => {
      if (!request.url!.includes('checkpoint')) return false;
      response.writeHead(302, { Location: 'http://169.254.169.254/latest' }).end();
      return true;
    };
    await expect(evil.sync()).rejects.toMatchObject({ code: 'remote', message: expect.stringContaining('302') });
  });
});
