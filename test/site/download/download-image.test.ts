import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Checksum } from '../../../src/entry/entry.ts';
import {
  type DownloadOptions,
  downloadImage,
  findFileFault,
  type Wanted,
} from '../../../src/site/download/download-image.ts';

const IMAGE = randomBytes(3 * 1024 * 1024 + 7);
const ALGORITHMS = ['MD5', 'SHA-1', 'SHA-256', 'SHA-512'] as const;

let folder = '';
let target = '';
let base = '';
/** What the server gives under each path. */
let pages: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {};
let ranges: (string | undefined)[] = [];
const server = createServer((request, response) => {
  ranges.push(request.headers.range);
  const page = pages[request.url ?? ''];
  if (page === undefined) response.writeHead(404).end();
  else page(request, response);
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vouch-download-'));
  target = join(folder, 'images', 'disk.img');
  pages = {};
  ranges = [];
  return () => rmSync(folder, { recursive: true });
});

function checksumsOf(bytes: Uint8Array): Checksum[] {
  return ALGORITHMS.map((algorithm) => ({
    algorithm,
    value: createHash(algorithm.replace('-', '').toLowerCase()).update(bytes).digest('hex'),
  }));
}

const want = (paths: readonly string[], bytes: Uint8Array = IMAGE, more: Partial<Wanted> = {}): Wanted => ({
  sizeBytes: bytes.length,
  checksums: checksumsOf(bytes),
  locations: paths.map((path) => (path.includes(':') ? path : `${base}${path}`)),
  ...more,
});

const download = (wanted: Wanted, more: Partial<DownloadOptions> = {}) =>
  downloadImage(wanted, target, {
    allowsPrivate: true,
    fileRoots: [],
    idleSeconds: 30,
    signal: new AbortController().signal,
    ...more,
  });

/** A server that knows ranges. */
const serve =
  (bytes: Uint8Array, most = Number.POSITIVE_INFINITY) =>
  ({ headers }: IncomingMessage, response: ServerResponse): void => {
    const [, digits] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
    const from = digits === undefined ? 0 : Number(digits);
    const head = { 'Content-Length': bytes.length - from };
    if (digits === undefined) response.writeHead(200, head);
    else response.writeHead(206, { ...head, 'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
    const end = Math.min(bytes.length, from + most);
    response.write(bytes.subarray(from, end), () => {
      if (end < bytes.length) response.destroy();
      else response.end();
    });
  };

const has = (bytes: Uint8Array): void => {
  expect(Buffer.compare(readFileSync(target), bytes)).toBe(0);
  expect(existsSync(`${target}.part`)).toBe(false);
};

/** What all open files have in common. */
async function filePrototype(): Promise<FileMethods> {
  await using file = await open(folder, 'r');
  return Object.getPrototypeOf(file) as FileMethods;
}

type FileMethods = Record<'read' | 'write', (...words: unknown[]) => Promise<unknown>>;

/** As they are before anything takes their place. */
const fileMethods = async (): Promise<FileMethods> => {
  const { read, write } = await filePrototype();
  return { read, write };
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a download', () => {
  let running: Promise<unknown> = Promise.resolve();

  it('is there under its name once its size and every checksum hold', async () => {
    pages['/disk'] = serve(IMAGE);
    const progress: number[] = [];
    const done = await download(want(['/disk']), { onProgress: (bytes) => progress.push(bytes) });
    expect(done).toEqual({ location: `${base}/disk`, resumedBytes: 0, isCompressed: false });
    has(IMAGE);
    expect(progress.at(-1)).toBe(IMAGE.length);
  });

  it('takes the next location where one is missing, lies, gives too much or stops answering', async () => {
    const other = Buffer.from(IMAGE);
    other[12345]! ^= 1;
    pages['/lie'] = serve(other);
    pages['/more'] = serve(Buffer.concat([IMAGE, IMAGE]));
    pages['/hang'] = (_, response) => void response.writeHead(200).write('x');
    pages['/good'] = serve(IMAGE);
    const said: string[] = [];
    const wanted = want(['/none', '/lie', '/more', '/hang', '/good']);
    const done = await download(wanted, { tell: (text) => said.push(text), idleSeconds: 0.5 });
    expect(done.location).toBe(`${base}/good`);
    expect(said.slice(0, 4)).toEqual([
      expect.stringContaining('/none answered with status 404'),
      expect.stringContaining('/lie gives other bytes: their MD5 is another'),
      expect.stringContaining('/more gives more than'),
      expect.stringContaining('/hang gave nothing for 0.5 seconds'),
    ]);
    has(IMAGE);
  });

  it('goes on where it was cut off, in another call, and fetches nothing twice', async () => {
    pages['/disk'] = serve(IMAGE, 2_000_000);
    await expect(download(want(['/disk']))).rejects.toMatchObject({ code: 'not-found' });
    expect(existsSync(target)).toBe(false);
    pages['/disk'] = serve(IMAGE);
    const done = await download(want(['/disk']));
    expect(done.resumedBytes).toBeGreaterThan(0);
    expect(ranges).toEqual([undefined, `bytes=${done.resumedBytes}-`]);
    has(IMAGE);
  });

  it('goes on after a part that takes longer to read than a location may keep silent', async () => {
    pages['/disk'] = serve(IMAGE, 2_500_000);
    await expect(download(want(['/disk']))).rejects.toMatchObject({ code: 'not-found' });
    pages['/disk'] = serve(IMAGE);
    const { read } = await fileMethods();
    vi.spyOn(await filePrototype(), 'read').mockImplementation(async function (this: unknown, ...words: unknown[]) {
      await delay(100);
      return Reflect.apply(read, this, words);
    });
    expect((await download(want(['/disk']), { idleSeconds: 0.2 })).resumedBytes).toBeGreaterThan(2_097_152);
    has(IMAGE);
  });

  it('says that the disk is full, also where the location breaks off at the same time', async () => {
    pages['/disk'] = serve(IMAGE, 2_500_000);
    const { write } = await fileMethods();
    vi.spyOn(await filePrototype(), 'write').mockImplementation(function (this: unknown, ...words: unknown[]) {
      const isLast = Number(words[3]) >= 2_097_152;
      return isLast ? Promise.reject(new Error('ENOSPC: no space left')) : Reflect.apply(write, this, words);
    });
    await expect(download(want(['/disk', '/disk']))).rejects.toMatchObject({ code: 'input-output', message: /ENOSPC/ });
    expect(ranges).toHaveLength(1);
  });

  it('only verifies a part that is whole', async () => {
    mkdirSync(join(folder, 'images'));
    writeFileSync(`${target}.part`, IMAGE);
    expect(await download(want(['/none']))).toMatchObject({ resumedBytes: IMAGE.length });
    expect(ranges).toEqual([]);
    has(IMAGE);
  });

  it('does not blame a location for what was left from before', async () => {
    mkdirSync(join(folder, 'images'));
    writeFileSync(`${target}.part`, randomBytes(1_000_000));
    pages['/disk'] = serve(IMAGE);
    expect(await download(want(['/disk']))).toMatchObject({ resumedBytes: 0 });
    has(IMAGE);
    expect(ranges).toEqual(['bytes=1000000-', undefined]);
  });

  it('takes all of it from a server that knows no ranges', async () => {
    mkdirSync(join(folder, 'images'));
    writeFileSync(`${target}.part`, IMAGE.subarray(0, 1_000_000));
    pages['/disk'] = (_, response) => void response.writeHead(200).end(IMAGE);
    expect(await download(want(['/disk']))).toMatchObject({ resumedBytes: 0 });
    has(IMAGE);
  });

  it.each(['gz', 'xz', 'bz2', 'zst'] as const)('unpacks %s on the way', async (compression) => {
    const program = { gz: 'gzip', xz: 'xz', bz2: 'bzip2', zst: 'zstd' }[compression];
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
    } catch {
      if (process.env.CI === 'true') throw new Error(`${program} is missing`);
      return;
    }
    const packed = execFileSync(program, ['-c'], { input: IMAGE, maxBuffer: 1 << 26 });
    pages['/disk'] = serve(packed);
    expect(await download(want(['/disk'], IMAGE, { compression }))).toMatchObject({ isCompressed: false });
    has(IMAGE);
    pages['/disk'] = serve(IMAGE);
    rmSync(target);
    await expect(download(want(['/disk'], packed, { compression }))).rejects.toMatchObject({ code: 'not-found' });
    expect(existsSync(target)).toBe(false);
  });

  it('keeps a compressed file as it is where the statement means the file as it lies', async () => {
    const packed = gzipSync(IMAGE);
    pages['/disk'] = serve(packed);
    expect(await download(want(['/disk'], packed, { compression: 'gzip' }))).toMatchObject({ isCompressed: true });
    has(packed);
  });

  it('ends a bomb at the size that was stated', async () => {
    pages['/disk'] = serve(gzipSync(Buffer.alloc(1 << 28)));
    await expect(download(want(['/disk'], IMAGE, { compression: 'gz' }))).rejects.toMatchObject({ code: 'not-found' });
    expect(existsSync(target)).toBe(false);
  });

  it('is not spoilt by another one of the same image at the same time', async () => {
    let goOn = (): void => undefined;
    const isHalf = new Promise<void>((resolve) => {
      pages['/slow'] = (_, response) => {
        response.writeHead(200).write(IMAGE.subarray(0, 2_500_000));
        goOn = () => response.end(IMAGE.subarray(2_500_000));
        resolve();
      };
    });
    const begun = new Promise<void>((resolve) => {
      const slow = download(want(['/slow']), { onProgress: () => resolve() });
      slow.catch(() => undefined);
      running = slow;
    });
    await isHalf;
    await begun;
    const other = Buffer.from(IMAGE);
    other[12345]! ^= 1;
    pages['/lie'] = serve(other, 1_500_000);
    await expect(download(want(['/lie']))).rejects.toMatchObject({ code: 'not-found' });
    goOn();
    await running;
    expect(Buffer.compare(readFileSync(target), IMAGE)).toBe(0);
  });

  it('goes on with what a process left that was killed', async () => {
    mkdirSync(join(folder, 'images'));
    const { pid } = spawnSync('true');
    writeFileSync(`${target}.${hostname()}.${pid}.0123abcd.part`, IMAGE.subarray(0, 1_000_000));
    pages['/disk'] = serve(IMAGE);
    expect(await download(want(['/disk']))).toMatchObject({ resumedBytes: 1_000_000 });
    has(IMAGE);
    expect(readdirSync(join(folder, 'images'))).toEqual(['disk.img']);
  });

  it('writes through no link that somebody laid in its way', async () => {
    mkdirSync(join(folder, 'images'));
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, `${target}.part`);
    pages['/disk'] = serve(IMAGE);
    expect(await download(want(['/disk']))).toMatchObject({ resumedBytes: 0 });
    has(IMAGE);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
  });

  it('needs a checksum that nobody can forge', async () => {
    pages['/disk'] = serve(IMAGE);
    const wanted = want(['/disk']);
    const weak = { ...wanted, checksums: wanted.checksums.slice(0, 2) };
    await expect(download(weak)).rejects.toMatchObject({ code: 'usage' });
    expect(ranges).toEqual([]);
  });

  it('ends when it is stopped, and can go on later', async () => {
    const stop = new AbortController();
    pages['/disk'] = (_, response) => void response.writeHead(200).write(IMAGE.subarray(0, 2_500_000));
    const options = { signal: stop.signal, onProgress: () => stop.abort() };
    await expect(download(want(['/disk']), options)).rejects.toMatchObject({ name: 'AbortError' });
    pages['/disk'] = serve(IMAGE);
    expect((await download(want(['/disk']))).resumedBytes).toBeGreaterThan(0);
    has(IMAGE);
  });
});

describe('what may be asked', () => {
  it.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'http://[::1]/',
    'http://169.254.169.254/latest/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::ffff:127.0.0.1]/',
    'http://10.0.0.1/',
    'https://user:secret@images.example.org/',
    'javascript:alert(1)',
    'ftp://images.example.org/',
    'file:///etc/passwd',
    'file:///nowhere/at/all',
    'data:text/plain,x',
    'not an address',
  ])('%s is refused, and nothing is asked', async (location) => {
    const wanted = { ...want([]), locations: [location] };
    const failed = await download(wanted, { allowsPrivate: false }).catch((fault: unknown) => fault);
    expect(failed).toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/is not asked|is not read|not an address/),
    });
    expect(ranges).toEqual([]);
  });

  it('is not what a redirect leads to in a private network', async () => {
    pages['/away'] = (_, response) => void response.writeHead(302, { Location: 'file:///etc/passwd' }).end();
    await expect(download(want(['/away']))).rejects.toThrow(/only http: and https:/);
  });

  it('is a file below a directory that was allowed', async () => {
    const path = join(folder, 'store', 'disk.img');
    mkdirSync(join(folder, 'store'));
    writeFileSync(path, IMAGE);
    const wanted = { ...want([]), locations: [`file://${path}`] };
    expect(await download(wanted, { fileRoots: [join(folder, 'store')] })).toMatchObject({
      location: `file://${path}`,
    });
    has(IMAGE);
    rmSync(target);
    await expect(download(wanted, { fileRoots: [join(folder, 'other')] })).rejects.toThrow(/allow-files/);
    // Neither through a link inside of it, nor a pipe that would never end.
    mkdirSync(join(folder, 'other'));
    symlinkSync(path, join(folder, 'other', 'link'));
    execFileSync('mkfifo', [join(folder, 'other', 'pipe')]);
    for (const [name, message] of [
      ['link', /allow-files/],
      ['pipe', /no file/],
    ] as const) {
      const led = { ...want([]), locations: [`file://${join(folder, 'other', name)}`] };
      await expect(download(led, { fileRoots: [join(folder, 'other')] })).rejects.toThrow(message);
    }
    expect(existsSync(target)).toBe(false);
  });
});

describe('a file that was fetched for another statement', () => {
  it('is held against this one', async () => {
    const path = join(folder, 'disk.img');
    writeFileSync(path, IMAGE);
    const find = (wanted: Wanted) => findFileFault(wanted, path, new AbortController().signal);
    const wanted = want([]);
    expect(await find(wanted)).toBe(undefined);
    expect(await find({ ...wanted, sizeBytes: 5 })).toMatch(/not 5/);
    const [md5, ...others] = wanted.checksums;
    expect(await find({ ...wanted, checksums: [...others, { ...md5!, value: '0'.repeat(32) }] })).toMatch(/MD5/);
    expect(await find({ ...wanted, format: 'vmdk' })).toMatch(/dangerous disk/);
    writeFileSync(path, Buffer.alloc(IMAGE.length));
    expect(await find(wanted)).toMatch(/is another/);
  });
});

describe('a disk that names other files', () => {
  const qcow2 = (fill: (view: DataView) => void): Uint8Array => {
    const bytes = new Uint8Array(65_536);
    bytes.set(Buffer.from('QFI\xfb', 'latin1'));
    const view = new DataView(bytes.buffer);
    view.setUint32(4, 3);
    fill(view);
    return bytes;
  };
  const list = (text: string): Uint8Array => Buffer.from(text.padEnd(4_096, '\0'), 'latin1');
  const vmdk = (text: string, at = 1, capacity = 4n): Uint8Array => {
    const bytes = Buffer.alloc(at * 512 + 1_024);
    bytes.write('KDMV');
    bytes.writeBigUInt64LE(capacity, 12);
    bytes.writeBigUInt64LE(BigInt(at), 28);
    bytes.writeBigUInt64LE(2n, 36);
    bytes.write(text, at * 512);
    return bytes;
  };
  const vhd = (kinds: readonly number[]): Uint8Array =>
    Buffer.concat(
      kinds.map((kind) => {
        const footer = Buffer.alloc(512);
        footer.write('conectix');
        footer.writeUInt32BE(kind, 60);
        return footer;
      }),
    );
  it.each([
    ['qcow2', qcow2(() => undefined), undefined],
    ['qcow2', qcow2((view) => view.setBigUint64(8, 104n)), 'names a backing file'],
    ['qcow2', qcow2((view) => view.setBigUint64(72, 4n)), 'names an external data file'],
    ['qcow2', qcow2((view) => view.setUint32(4, 9)), 'unknown version 9'],
    ['raw', qcow2(() => undefined), 'is a qcow2 disk, but the statement says raw'],
    ['vmdk', list('# Disk DescriptorFile\nRW 4 FLAT "/etc/passwd" 0\n'), 'is a list of other files'],
    ['vmdk', list('version=1\nRW 4 FLAT "/etc/passwd" 0\n'), 'does not begin as the vmdk disk'],
    ['vmdk', vmdk('# Disk DescriptorFile\nRW 4 SPARSE "disk.vmdk"\n'), undefined],
    ['vmdk', vmdk('# Disk DescriptorFile\nRW 4 FLAT "../../etc/passwd" 0\n'), 'names other files'],
    ['vmdk', vmdk('# Disk DescriptorFile\nRW 4 SPARSE "disk.vmdk"\n', 1, 0n), 'names other files'],
    ['vmdk', vmdk('# Disk DescriptorFile\nRW 4 FLAT "/etc/passwd" 0\n', 200), 'lies too far in'],
    ['vmdk', vmdk('x parentFileNameHint="/etc/passwd"\n'), 'is the difference to another disk'],
    ['vhd', vhd([3, 3]), undefined],
    ['vhd', vhd([3, 4]), 'is the difference to another disk'],
    ['vhd', vhd([4, 3]), 'is the difference to another disk'],
    ['raw', IMAGE.subarray(0, 10_000), undefined],
  ])('%s %#', async (format, bytes, danger) => {
    pages['/disk'] = serve(bytes);
    const done = download(want(['/disk'], bytes, { format }));
    if (danger === undefined) await done;
    else await expect(done).rejects.toThrow(danger);
    expect(existsSync(target)).toBe(danger === undefined);
  });
});

const canMount = ((): boolean => {
  const probe = mkdtempSync(join(tmpdir(), 'vouch-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
})();

describe.skipIf(!canMount)('a full disk (needs to mount a tmpfs)', () => {
  it('leaves no half file, and is said as what it is', async () => {
    const small = join(folder, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
    try {
      target = join(small, 'disk.img');
      pages['/disk'] = serve(IMAGE);
      await expect(download(want(['/disk', '/disk']))).rejects.toMatchObject({
        code: 'input-output',
        message: /ENOSPC/,
      });
      expect(existsSync(target)).toBe(false);
      expect(ranges).toHaveLength(1);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});
