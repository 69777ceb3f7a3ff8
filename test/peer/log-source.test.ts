import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { openMemoryLog } from '../../src/log/memory-log.ts';
import { writeTilePath } from '../../src/log/tile.ts';
import { DirectoryLogSource } from '../../src/peer/directory-log-source.ts';
import { HttpLogSource } from '../../src/peer/http-log-source.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import { AT, KEY, makeStatement, ORIGIN } from '../log/statement.ts';
import { sha256Of } from './made-log.ts';
import { type Interfere, serveSource } from './serve-source.ts';

const SIZE = 300;
const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const open of opened.splice(0)) await open[Symbol.asyncDispose]();
});

async function openReader(): Promise<LogSource> {
  const log = await openMemoryLog({ origin: ORIGIN, key: KEY });
  await Promise.all(Array.from({ length: SIZE - 1 }, (_, at) => log.append(makeStatement(at))));
  await log.appendTrust(Buffer.from('trust'), AT);
  return new ReaderLogSource(log);
}

async function openHttp(interfere?: Interfere, timeoutMs?: number): Promise<HttpLogSource> {
  const served = await serveSource(await openReader(), interfere);
  opened.push(served);
  return new HttpLogSource(`${served.url}/`, timeoutMs === undefined ? {} : { timeoutMs });
}

async function openDirectory(): Promise<LogSource> {
  const source = await openReader();
  const directory = await mkdtemp(join(tmpdir(), 'vouch-source-'));
  opened.push({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) });
  const put = async (path: string, bytes: Uint8Array): Promise<void> => {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), bytes);
  };
  await put('checkpoint', await source.checkpoint());
  await put(writeTilePath({ kind: 'hashes', level: 0, index: 1, width: 44 }), await source.tile(0, 1, 44));
  await put(writeTilePath({ kind: 'entries', index: 0, width: 256 }), await source.bundle(0, 256));
  await put(`blob/${sha256Of(Buffer.from('trust'))}`, Buffer.from('trust'));
  return new DirectoryLogSource(directory);
}

const SOURCES: Record<string, () => Promise<LogSource>> = {
  ReaderLogSource: openReader,
  HttpLogSource: openHttp,
  DirectoryLogSource: openDirectory,
};

describe.each(Object.entries(SOURCES))('%s', (_, open) => {
  it('gives checkpoint, tiles, bundles and blobs as the log has them', async () => {
    const [source, log] = [await open(), await openReader()];
    expect(Buffer.from(await source.checkpoint())).toEqual(Buffer.from(await log.checkpoint()));
    expect(Buffer.from(await source.tile(0, 1, 44))).toEqual(Buffer.from(await log.tile(0, 1, 44)));
    expect(Buffer.from(await source.bundle(0, 256))).toEqual(Buffer.from(await log.bundle(0, 256)));
    expect(Buffer.from(await source.blob(sha256Of(Buffer.from('trust')))).toString()).toBe('trust');
  });

  it('says not-found for what the log does not have', async () => {
    const source = await open();
    await expect(source.tile(0, 7, 256)).rejects.toMatchObject({ code: 'not-found' });
    await expect(source.bundle(1, 45)).rejects.toMatchObject({ code: 'not-found' });
    await expect(source.blob('0'.repeat(64))).rejects.toMatchObject({ code: 'not-found' });
    await expect(source.blob('../checkpoint')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('DirectoryLogSource', () => {
  it('refuses what has more bytes than were asked for', async () => {
    const source = await openDirectory();
    await expect(source.blob(sha256Of(Buffer.from('trust')), 4)).rejects.toMatchObject({ code: 'too-large' });
  });
});

describe('HttpLogSource', () => {
  const answers = (act: (response: Parameters<Interfere>[1]) => void): Interfere => {
    return (_, response) => {
      act(response);
      return true;
    };
  };

  it('takes only addresses of HTTP', () => {
    for (const address of ['', 'log.example.org', 'file:///etc/passwd', 'https://log.example.org/log?x=1']) {
      expect(() => new HttpLogSource(address)).toThrow(/is not the address of a log/);
    }
  });

  it('takes no address with a password, and repeats none', () => {
    const make = (): HttpLogSource => new HttpLogSource('https://jane:secret@log.example.org/log');
    expect(make).toThrow(/holds a user name or password/);
    expect(make).not.toThrow(/secret/);
  });

  it('stops reading an answer that has more bytes than it may', async () => {
    const source = await openHttp(
      answers((response) => {
        const flood = setInterval(() => response.write(Buffer.alloc(65_536)), 1);
        response.on('close', () => clearInterval(flood));
      }),
    );
    await expect(source.tile(0, 0, 256)).rejects.toMatchObject({ code: 'too-large' });
    await expect(source.checkpoint()).rejects.toMatchObject({ code: 'too-large' });
  });

  it('stops unpacking a small answer that swells', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(300_000);
    const source = await openHttp(
      answers((response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb)),
    );
    await expect(source.bundle(0, 1)).rejects.toMatchObject({ code: 'too-large' });
  });

  it('refuses packings in packings', async () => {
    const source = await openHttp(
      answers((response) => {
        response.writeHead(200, { 'Content-Encoding': 'gzip, gzip' }).end(gzipSync(gzipSync(Buffer.alloc(10))));
      }),
    );
    await expect(source.bundle(0, 1)).rejects.toMatchObject({ code: 'remote' });
  });

  it.each([
    ['never begins', () => undefined],
    ['never ends', (response: Parameters<Interfere>[1]) => response.write('log.example.org')],
  ])('gives up on an answer that %s', async (_, act) => {
    const source = await openHttp(answers(act), 200);
    await expect(source.checkpoint()).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('0.2 seconds'),
    });
  });

  it('does not follow where it is led', async () => {
    const source = await openHttp(answers((response) => response.writeHead(302, { Location: '/log/blob/x' }).end()));
    await expect(source.checkpoint()).rejects.toMatchObject({
      code: 'remote',
      message: expect.stringContaining('302'),
    });
  });

  it('asks once more where the connection was closed before an answer, and not again after that', async () => {
    let closed = 0;
    const closing = (times: number): Interfere =>
      answers((response) => {
        closed += 1;
        if (closed <= times) response.socket!.resetAndDestroy();
        else response.end('a checkpoint');
      });
    expect(Buffer.from(await (await openHttp(closing(1))).checkpoint()).toString()).toBe('a checkpoint');
    closed = 0;
    await expect((await openHttp(closing(9))).checkpoint()).rejects.toMatchObject({ code: 'unreachable' });
    expect(closed).toBe(2);
  });

  it('tells an answer that broke off from a log that cannot be reached', async () => {
    const source = await openHttp(
      answers((response) => {
        response.writeHead(200, { 'Content-Length': '100' });
        response.write('half');
        setTimeout(() => response.destroy(), 20);
      }),
    );
    await expect(source.checkpoint()).rejects.toMatchObject({ code: 'remote' });
    const nobody = new HttpLogSource('http://127.0.0.1:9/log');
    await expect(nobody.checkpoint()).rejects.toMatchObject({ code: 'unreachable' });
  });
});
