import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadImage } from '../../../src/site/download/download-image.ts';
import { readObjectStores, toS3Address, toSwiftAddress } from '../../../src/site/download/object-store.ts';
import { type LocationOptions, openLocation } from '../../../src/site/download/open-location.ts';
import { KEYS, openFakeS3 } from './fake-s3.ts';

const BYTES = randomBytes(300_000);
const WANTED = {
  sizeBytes: BYTES.length,
  checksums: [{ algorithm: 'SHA-256', value: createHash('sha256').update(BYTES).digest('hex') }],
  format: 'raw',
} as const;
const AWS = { AWS_ACCESS_KEY_ID: KEYS.access, AWS_SECRET_ACCESS_KEY: KEYS.secret } as const;

let target = '';
beforeEach(() => {
  target = join(mkdtempSync(join(tmpdir(), 'vouch-store-')), 'disk.img');
});
afterEach(() => rmSync(join(target, '..'), { recursive: true }));

const reach = (env: Readonly<Record<string, string>>, more: Partial<LocationOptions> = {}): LocationOptions => ({
  allowsPrivate: false,
  fileRoots: [],
  idleSeconds: 20,
  signal: new AbortController().signal,
  stores: readObjectStores(env),
  ...more,
});

describe('an image in an object store', () => {
  it.each([
    ['disk.img', 'images/disk.img'],
    ['a%20b/c+d%2Be(1)~é.img', 'images/a b/c+d+e(1)~é.img'],
  ])('is fetched from s3://images/%s with a signature that the store computes too', async (key, name) => {
    using store = await openFakeS3('eu-west-9');
    store.objects.set(name, BYTES);
    const env = { ...AWS, AWS_ENDPOINT_URL: store.url, AWS_REGION: 'eu-west-9' };
    const location = `s3://images/${key}`;
    const done = await downloadImage({ ...WANTED, locations: [location] }, target, reach(env));
    expect([done.location, store.refused]).toEqual([location, []]);
    expect(Buffer.compare(readFileSync(target), BYTES)).toBe(0);
  });

  it('is gone on with where a download was cut off, with a token of a role', async () => {
    using store = await openFakeS3('us-east-1', 'of a role//+');
    store.objects.set('images/disk.img', BYTES);
    writeFileSync(`${target}.part`, BYTES.subarray(0, 100_000), { mode: 0o600 });
    const env = { ...AWS, AWS_SESSION_TOKEN: 'of a role//+', AWS_ENDPOINT_URL_S3: store.url };
    const done = await downloadImage({ ...WANTED, locations: ['s3://images/disk.img'] }, target, reach(env));
    expect([done.resumedBytes, store.refused]).toEqual([100_000, []]);
    expect(Buffer.compare(readFileSync(target), BYTES)).toBe(0);
  });

  it('is fetched unsigned where there are no credentials, and refused by a store that wants some', async () => {
    using store = await openFakeS3('us-east-1');
    store.objects.set('images/disk.img', BYTES);
    const options = reach({ AWS_ENDPOINT_URL: store.url });
    const wanted = { ...WANTED, locations: ['s3://images/disk.img'] };
    await expect(downloadImage(wanted, target, options)).rejects.toThrow(
      's3://images/disk.img answered with status 403',
    );
    store.open.add('images');
    await downloadImage(wanted, target, options);
    expect(Buffer.compare(readFileSync(target), BYTES)).toBe(0);
  });

  it('never has its signature told', async () => {
    using store = await openFakeS3('us-east-1');
    const options = reach({ ...AWS, AWS_ENDPOINT_URL: store.url });
    const fault = await openLocation('s3://images/none', 0, options).catch((thrown: unknown) => String(thrown));
    expect(fault).toBe('VouchError: s3://images/none answered with status 404.');
  });

  it('is asked of Amazon where no other store is named, by the name its certificate has', async () => {
    const at = async (location: string, env: Readonly<Record<string, string>>) =>
      (await toS3Address(location, readObjectStores(env))).url;
    expect(await at('s3://images/a/b.img', {})).toBe('https://images.s3.us-east-1.amazonaws.com/a/b.img');
    const dotted = await at('s3://my.images/b.img', { AWS_DEFAULT_REGION: 'eu-central-1' });
    expect(dotted).toBe('https://s3.eu-central-1.amazonaws.com/my.images/b.img');
    for (const location of ['s3://images', 's3://images/', 's3://../x', 's3://a@b/x', 's3://images/a/../../other/x']) {
      await expect(at(location, {})).rejects.toMatchObject({ code: 'usage' });
    }
  });

  it('is fetched from the Swift of the site with its token, which goes nowhere else', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers['x-auth-token'] ?? 'none'}`);
      if (request.url === '/v1/AUTH_x/images/moved') response.writeHead(302, { Location: '/elsewhere' }).end();
      else response.writeHead(200, { 'Content-Length': BYTES.length }).end(BYTES);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const options = reach({ OS_STORAGE_URL: `${base}/v1/AUTH_x`, OS_AUTH_TOKEN: 'secret' });
    await downloadImage({ ...WANTED, locations: ['swift://images/a%20b/disk.img'] }, target, options);
    expect(Buffer.compare(readFileSync(target), BYTES)).toBe(0);
    await expect(openLocation('swift://images/moved', 0, options)).rejects.toThrow('answered with status 302');
    await expect(openLocation(`dav${base.slice(4)}/disk.img`, 0, options)).rejects.toThrow('private network');
    const open = await openLocation(`dav${base.slice(4)}/disk.img`, 0, { ...options, allowsPrivate: true });
    for await (const _ of open.bytes) break;
    expect(asked).toEqual([
      '/v1/AUTH_x/images/a%20b/disk.img secret',
      '/v1/AUTH_x/images/moved secret',
      '/disk.img none',
    ]);
    server.closeAllConnections();
    server.close();
    expect(() => toSwiftAddress('swift://images/x', {})).toThrow('OS_STORAGE_URL does not say where the store is');
  });

  it('is given up where a location trickles, and not where this machine is slow', async () => {
    const server = createServer((request, response) => {
      response.writeHead(200, { 'Content-Length': 1_000_000 });
      if (request.url === '/whole') return response.end(randomBytes(1_000_000));
      const timer = setInterval(() => response.write('x'), 50);
      return response.on('close', () => clearInterval(timer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const options = reach({}, { allowsPrivate: true, idleSeconds: 0.5 });
    const trickle = await openLocation(`${base}/trickle`, 0, options);
    const read = async () => {
      for await (const _ of trickle.bytes);
    };
    await expect(read()).rejects.toThrow(/gave only \d+ bytes in \d+ seconds/);
    const slow = await openLocation(`${base}/whole`, 0, options);
    let count = 0;
    for await (const chunk of slow.bytes) {
      if (count === 0) await new Promise((resolve) => setTimeout(resolve, 800));
      count += chunk.length;
    }
    expect(count).toBe(1_000_000);
    server.closeAllConnections();
    server.close();
  });
});
