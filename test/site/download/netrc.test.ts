import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readNetrc, toLoginHeaders } from '../../../src/site/download/netrc.ts';
import { readObjectStores } from '../../../src/site/download/object-store.ts';
import { isMissing } from '../../program.ts';

describe('a netrc file', () => {
  it('says who asks which host', () => {
    const text =
      '# stores\nmachine dav.example.org login site password "with space \\"quoted\\""\n\nmacdef init\nmachine evil login a password b\n\n' +
      'machine Other.example.org\n  login o\n  account x\n  password p#1\nmachine dav.example.org login later password later\n';
    expect([...readNetrc(text)]).toEqual([
      ['dav.example.org', { user: 'site', password: 'with space "quoted"' }],
      ['other.example.org', { user: 'o', password: 'p#1' }],
    ]);
  });

  it('gives no host a login that it does not name', () => {
    expect(readNetrc('machine a login b password c\ndefault login d password secret').size).toBe(1);
  });

  it.each([
    'login a password secret',
    'machine a login b',
    'machine a login b password',
    'machine a secret secret',
    'machine a login b:c password secret',
  ])('is refused where it reads %j, and not told', (text) => {
    const read = () => readNetrc(text);
    expect(read).toThrow(/no netrc file/);
    expect(read).not.toThrow(/secret/);
  });

  it('that others may read is refused', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vouch-netrc-'));
    const path = join(folder, 'netrc');
    writeFileSync(path, 'machine a login b password c\n', { mode: 0o644 });
    expect(() => readObjectStores({ VOUCH_NETRC: path })).toThrow(/others may read it: chmod 600/);
    expect(() => readObjectStores({ VOUCH_NETRC: join(folder, 'none') })).toThrow(/cannot be read/);
    rmSync(folder, { recursive: true });
  });

  it('opens nothing that is not asked over TLS', () => {
    const logins = readNetrc('machine dav.example.org login site password secret');
    const header = { Authorization: `Basic ${Buffer.from('site:secret').toString('base64')}` };
    expect(toLoginHeaders('https://DAV.example.org:8443/a', logins)).toEqual(header);
    for (const address of [
      'http://dav.example.org/a',
      'https://dav.example.org.evil.example/a',
      'https://evil.example/dav.example.org',
      'no address',
    ])
      expect(toLoginHeaders(address, logins)).toBeUndefined();
  });
});

/** Reads locations in a program of its own, which believes the certificate; gives what each gave, or why it did not. */
const READER = `
  const [stores, locations] = [process.env.STORES, process.env.LOCATIONS].map((module) => import(module));
  const [{ readObjectStores }, { openLocation }] = await Promise.all([stores, locations]);
  const options = { allowsPrivate: true, fileRoots: [], idleSeconds: 20, stores: readObjectStores(process.env) };
  for (const location of process.argv.slice(1)) {
    try {
      const { bytes } = await openLocation(location, 0, { ...options, signal: new AbortController().signal });
      const chunks = [];
      for await (const chunk of bytes) chunks.push(chunk);
      console.log(Buffer.concat(chunks).toString());
    } catch (fault) {
      console.log(fault.message);
    }
  }`;

it.skipIf(isMissing('openssl'))(
  'a WebDAV store is asked by who the site is, and whom it leads to is not told',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vouch-dav-'));
    const at = (name: string): string => join(folder, name);
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-days', '2'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at('key')];
    execFileSync('openssl', ['req', '-x509', ...key, '-out', at('cert'), ...subject], { stdio: 'ignore' });
    writeFileSync(at('netrc'), 'machine 127.0.0.1 login site password "the secret"\n', { mode: 0o600 });
    const seen: string[] = [];
    const answer: RequestListener = (request, response) => {
      const { authorization } = request.headers;
      const who = authorization === undefined ? 'nobody' : Buffer.from(authorization.slice(6), 'base64').toString();
      seen.push(`${request.url} ${who}`);
      const leads = {
        '/moved': `https://localhost:${port(store)}/there`,
        '/plain': `http://127.0.0.1:${port(plain)}/there`,
      };
      const to = leads[request.url as keyof typeof leads];
      if (to !== undefined) response.writeHead(307, { Location: to }).end();
      else if (request.url === '/own' && who !== 'site:the secret') response.writeHead(401).end();
      else response.end(`bytes of ${request.url}`);
    };
    const store = createServer({ key: readFileSync(at('key')), cert: readFileSync(at('cert')) }, answer);
    const plain = createPlainServer(answer);
    const port = (server: typeof store | typeof plain): number => (server.address() as AddressInfo).port;
    for (const server of [store, plain]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    const own = `davs://127.0.0.1:${port(store)}`;
    const open = `dav://127.0.0.1:${port(plain)}/own`;
    const locations = [`${own}/own`, `davs://localhost:${port(store)}/own`, `${own}/moved`, `${own}/plain`, open];
    const module = (name: string): string => pathToFileURL(resolve('dist/site/download', name)).href;
    const env = {
      NODE_EXTRA_CA_CERTS: at('cert'),
      VOUCH_NETRC: at('netrc'),
      STORES: module('object-store.js'),
      LOCATIONS: module('open-location.js'),
    };
    const words = ['--input-type=module', '-e', READER, '--', ...locations];
    const { stdout } = await promisify(execFile)(process.execPath, words, { env });
    for (const server of [store, plain]) server.close();
    rmSync(folder, { recursive: true });
    expect(stdout.trim().split('\n')).toEqual([
      'bytes of /own',
      `${locations[1]} answered with status 401.`,
      'bytes of /there',
      'bytes of /there',
      `${open} answered with status 401.`,
    ]);
    expect(seen).toEqual([
      '/own site:the secret',
      '/own nobody',
      '/moved site:the secret',
      '/there nobody',
      '/plain site:the secret',
      '/there nobody',
      '/own nobody',
    ]);
  },
);
