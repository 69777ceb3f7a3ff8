import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchPublic } from '../../src/platform/fetch-public.ts';
import { isPublicAddress } from '../../src/platform/public-address.ts';

const OPEN = { bytesLimit: 10_000, timeoutMs: 5_000, allowsPrivate: true };
const CLOSED = { ...OPEN, allowsPrivate: false };

let server: Server;
let base: string;
let asked: string[];

const answers: Record<string, RequestListener> = {
  '/good': (_, reply) => reply.end('hello'),
  '/slow': (_, reply) => void reply.write('h'),
  '/large': (_, reply) => reply.end(Buffer.alloc(20_000)),
  '/gone': (_, reply) => reply.writeHead(404).end('no'),
  '/moved': (_, reply) => reply.writeHead(302, { Location: '/good' }).end(),
  '/round': (_, reply) => reply.writeHead(302, { Location: '/round' }).end(),
  '/file': (_, reply) => reply.writeHead(302, { Location: 'file:///etc/passwd' }).end(),
  '/nowhere': (_, reply) => reply.writeHead(302).end(),
};

beforeAll(async () => {
  server = createServer((request, reply) => {
    asked.push(request.url!);
    answers[request.url!]?.(request, reply);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function fetchFrom(address: string, options: Partial<typeof OPEN> = OPEN): Promise<string> {
  asked = [];
  try {
    return new TextDecoder().decode(await fetchPublic(address, { ...OPEN, ...options }));
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
}

describe('an address', () => {
  test('gives what is there, also after a redirect', async () => {
    expect(await fetchFrom(`${base}/good`)).toBe('hello');
    expect(await fetchFrom(`${base}/moved`)).toBe('hello');
    expect(asked).toEqual(['/moved', '/good']);
  });

  test.each([
    ['/gone', 'remote'],
    ['/nowhere', 'remote'],
    ['/large', 'too-large'],
    ['/file', 'usage'],
  ])('with %s is a fault: %s', async (path, code) => {
    expect(await fetchFrom(base + path)).toBe(code);
  });

  test('that leads in circles or gives nothing is left in time', async () => {
    expect(await fetchFrom(`${base}/round`)).toBe('remote');
    expect(asked).toHaveLength(4);
    expect(await fetchFrom(`${base}/slow`, { timeoutMs: 200 })).toBe('timeout');
    expect(await fetchFrom('http://127.0.0.1:9/x')).toBe('unreachable');
  });

  test.each(['ftp://x.example/', 'file:///etc/passwd', 'nothing', 'http://user:pass@x.example/', 'gopher://x/'])(
    '%s is not asked',
    async (address) => {
      expect(await fetchFrom(address)).toBe('usage');
    },
  );
});

describe('CR-09: a private address', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:169.254.169.254]/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://10.0.0.1/',
    'http://[::1]/',
    'http://[fd00::1]/',
    'http://0/',
  ])('%s is not connected to', async (address) => {
    expect(await fetchFrom(address, CLOSED)).toBe('usage');
  });

  test('is not connected to behind a name or a redirect either', async () => {
    const { port } = server.address() as AddressInfo;
    expect(await fetchFrom(`${base}/good`, CLOSED)).toBe('usage');
    expect(await fetchFrom(`http://localhost:${port}/good`, CLOSED)).toBe('usage');
    expect(asked).toEqual([]);
  });

  test('is told from a public one', () => {
    const publicOnes = ['8.8.8.8', '193.206.84.1', '172.32.0.1', '2001:760::1', '2a00:1450::1'];
    expect(publicOnes.filter(isPublicAddress)).toEqual(publicOnes);
    const others = [
      '0.0.0.0',
      '127.1.2.3',
      '100.64.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '198.18.0.1',
      '224.0.0.1',
      '255.255.255.255',
    ];
    others.push(
      '::',
      '::1',
      'fe80::1',
      'fe80::1%eth0',
      'fc00::1',
      'ff02::1',
      '64:ff9b::a00:1',
      '2002:a00:1::',
      '2001::1',
      '::ffff:8.8.8.8',
    );
    others.push('', 'localhost', '8.8.8', '8.8.8.8 ');
    expect(others.filter(isPublicAddress)).toEqual([]);
  });
});
