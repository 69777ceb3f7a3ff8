import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { nodeNameDigests } from '../../src/platform/name-digests.ts';
import { readRevocationList } from '../../src/x509/crl.ts';
import { type Issued, issueAuthority } from '../../src/x509/issue.ts';
import { hashName } from '../../src/x509/name-hash.ts';
import { writeDer, writeText } from '../../src/x509/write-der.ts';
import { makeAuthority, makeEndorser, makeEntry } from '../endorser.ts';
import { type ListDraft, writeList } from '../x509/crl-writer.ts';
import { hasOpenssl } from '../x509/programs.ts';
import { openTestIo, runCommand } from './run-command.ts';

const DAY_MS = 86_400_000;
const now = Date.now();
const inDays = (days: number): Date => new Date(now + days * DAY_MS);
const IN_TIME = { thisUpdate: inDays(-1), nextUpdate: inDays(1) };

let directory: string;
let authority: Issued;
let hash: string;
let server: Server;
let base: string;
/** What the server gives, by path, and the paths it was asked for. */
let offered: Record<string, Uint8Array | { location: string }>;
let asked: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vouch-trust-cli-'));
  authority = await makeAuthority();
  hash = hashName(authority.certificate.subject, nodeNameDigests)[0]!;
  offered = {};
  asked = [];
  server = createServer(({ url }, reply) => {
    asked.push(url!);
    const answer = offered[url!];
    if (answer === undefined) reply.writeHead(404).end();
    else if ('location' in answer) reply.writeHead(302, { Location: answer.location }).end();
    else reply.end(answer);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  put(`${hash}.0`, authority.certificatePem);
  put(`${hash}.crl_url`, `${base}/ca.crl\n`);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

const put = (name: string, content: string | Uint8Array): void => writeFileSync(join(directory, name), content);
const list = (draft: ListDraft = {}, issuer = authority): Uint8Array => writeList(issuer, { ...IN_TIME, ...draft });
const update = (...words: string[]) => runCommand(['trust', 'update', directory, '--allow-private', ...words]);

function numberOf(file = `${hash}.r0`): bigint | undefined {
  const reading = readRevocationList(readFileSync(join(directory, file)));
  return reading.ok ? reading.list.number : undefined;
}

describe('vouch trust update', () => {
  test('fetches a list, keeps it while nothing is newer, and replaces it', async () => {
    offered['/ca.crl'] = list({ number: 1 });
    expect(await update()).toMatchObject({ code: 0, out: expect.stringContaining(`updated, ${hash}.r0`) });
    expect(numberOf()).toBe(1n);
    expect(await update()).toMatchObject({ code: 0, out: expect.stringContaining('nothing newer') });
    offered['/ca.crl'] = list({ number: 2, thisUpdate: inDays(-0.5) });
    const { code, out } = await update('--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'updated',
      file: `${hash}.r0`,
      crl: { number: '2', revoked: 0 },
      faults: [],
    });
    expect(numberOf()).toBe(2n);
    expect(readdirSync(directory).sort()).toEqual([`${hash}.0`, `${hash}.crl_url`, `${hash}.r0`].sort());
  });

  test('lets nothing take the place of the list held that is older, forged, damaged or out of date', async () => {
    offered['/ca.crl'] = list({ number: 5 });
    await update();
    const other = await issueAuthority({
      subject: 'CN=Test CA,O=Vouch Tests',
      notBefore: inDays(-9),
      notAfter: inDays(9),
    });
    const bad: [Uint8Array, RegExp][] = [
      [list({ number: 4, thisUpdate: inDays(-0.5) }), /number 4, which is lower than the number 5/],
      [list({ number: 6, thisUpdate: inDays(-2) }), /issued at .*, before the one held/],
      [list({ number: 6, thisUpdate: inDays(-0.5) }, other), /does not verify/],
      [list({ number: 6 }).subarray(0, 90), /cannot be read/],
      [new TextEncoder().encode('<html>'), /not one revocation list/],
      [list({ number: 6, thisUpdate: inDays(-0.5), nextUpdate: inDays(-0.2) }), /due for renewal/],
    ];
    for (const [bytes, sentence] of bad) {
      offered['/ca.crl'] = bytes;
      const { out, err } = await update();
      expect(err).toMatch(sentence);
      expect(out).toContain('failed, the one held stays');
      expect(numberOf()).toBe(5n);
    }
  });

  test('tries one address after the other, and says what went wrong', async () => {
    put(`${hash}.crl_url`, `${base}/gone.crl\nftp://a.example/x.crl\n${base}/moved.crl\n`);
    offered['/moved.crl'] = { location: '/ca.crl' };
    offered['/ca.crl'] = list({ number: 1 });
    const { code, err } = await update();
    expect(code).toBe(0);
    expect(err).toMatch(/gone\.crl: .*404[\s\S]*ftp:\/\/a\.example\/x\.crl: .*only http/);
    expect(asked).toEqual(['/gone.crl', '/moved.crl', '/ca.crl']);
  });

  test('exits with 1 where a list is missing or out of date afterwards', async () => {
    expect(await update()).toMatchObject({ code: 1, out: expect.stringContaining('failed, there is none') });
    offered['/ca.crl'] = list({ nextUpdate: inDays(-0.5) });
    expect(await update()).toMatchObject({ code: 1 });
    rmSync(join(directory, `${hash}.crl_url`));
    expect(await update()).toMatchObject({ code: 1, err: expect.stringContaining('gives no address') });
  });

  test('gives two authorities of one name a file each', async () => {
    const second = await makeAuthority();
    put(`${hash}.1`, second.certificatePem);
    put(`${hash}.crl_url`, `${base}/one.crl\n${base}/two.crl\n`);
    offered['/one.crl'] = list({ number: 1 });
    offered['/two.crl'] = list({ number: 2 }, second);
    expect(await update()).toMatchObject({ code: 0 });
    expect([numberOf(`${hash}.r0`), numberOf(`${hash}.r1`)].toSorted()).toEqual([1n, 2n]);
    offered['/one.crl'] = list({ number: 3, thisUpdate: inDays(-0.5) });
    expect(await update()).toMatchObject({ code: 0 });
    expect([numberOf(`${hash}.r0`), numberOf(`${hash}.r1`)].toSorted()).toEqual([2n, 3n]);
  });

  test('CR-09: asks no private address unless it is allowed to, and none that a certificate names', async () => {
    offered['/ca.crl'] = list();
    const { code, err } = await runCommand(['trust', 'update', directory]);
    expect(code).toBe(1);
    expect(err).toMatch(/private network/);
    expect(asked).toEqual([]);
    rmSync(join(directory, `${hash}.crl_url`));
    const point = writeDer(0xa0, writeDer(0xa0, writeText(0x86, `${base}/point.crl`)));
    const extension = { oid: '2.5.29.31', isCritical: false, value: writeDer(0x30, writeDer(0x30, point)) };
    const described = await issueAuthority({
      subject: 'CN=Points,O=Vouch Tests',
      notBefore: inDays(-1),
      notAfter: inDays(1),
      extensions: [extension],
    });
    put('points.pem', described.certificatePem);
    await update();
    const jane = await makeEndorser(described, 'jane', {
      extensions: [extension],
      notBefore: inDays(-1),
      notAfter: inDays(1),
    });
    put('entry.xml', await makeEntry(jane, undefined, { createdAt: new Date() }));
    const words = ['verify', join(directory, 'entry.xml'), '--trust', directory, '--crl', 'require'];
    expect((await runCommand(words)).out).toContain('crl-missing');
    expect(asked).toEqual([]);
  });
});

describe('vouch trust list', () => {
  test('tells authorities, policies, lists and warnings', async () => {
    put(`${hash}.namespaces`, 'TO Issuer SELF PERMIT Subject "/O=.*"');
    put(`${hash}.r0`, list({ number: 7 }));
    put('broken.pem', 'nothing');
    const { code, out, err } = await runCommand(['trust', 'list', directory]);
    expect(code).toBe(0);
    expect(out).toMatch(/CN=Test CA,O=Vouch Tests .* \S+\.namespaces\s+current, number 7, 0 revoked, next /);
    expect(err).toMatch(/broken\.pem: It holds no certificate\.[\s\S]*grid layout[\s\S]*are required/);
    const json: unknown = JSON.parse((await runCommand(['trust', 'list', directory, '--json'])).out);
    expect(json).toMatchObject({
      directory,
      layout: 'grid',
      crl: 'require',
      namespaces: true,
      authorities: [
        {
          subject: 'CN=Test CA,O=Vouch Tests',
          hashes: [hash, expect.any(String)],
          policies: [`${hash}.namespaces`],
          crlUrls: [`${base}/ca.crl`],
          crl: { state: 'current', number: '7', revoked: 0 },
        },
      ],
      warnings: ['broken.pem: It holds no certificate.'],
    });
  });

  test('tells missing, stale and unusable lists, and exits with 1 where an authority is not valid now', async () => {
    const stateOf = async () => {
      const { out } = await runCommand(['trust', 'list', directory, '--json']);
      return (JSON.parse(out) as { authorities: { crl: { state: string } }[] }).authorities[0]!.crl.state;
    };
    expect(await stateOf()).toBe('missing');
    put(`${hash}.r0`, list({ nextUpdate: inDays(-0.5) }));
    expect(await stateOf()).toBe('stale');
    put(`${hash}.r0`, list({}, await makeAuthority()));
    expect(await stateOf()).toBe('unusable');
    const old = await issueAuthority({ subject: 'CN=Old', notBefore: inDays(-9), notAfter: inDays(-1) });
    put('old.pem', old.certificatePem);
    const { code, out } = await runCommand(['trust', 'list', directory]);
    expect(code).toBe(1);
    expect(out).toContain('(not valid now)');
  });

  test('finds the directory in a configuration, with its strictness', async () => {
    put('vouch.yaml', `baseUrl: https://a.example\ndataDirectory: d\ntrust: { directory: ., crl: "off" }\n`);
    const { out } = await runCommand(['trust', 'list', '--config', join(directory, 'vouch.yaml'), '--json']);
    expect(JSON.parse(out)).toMatchObject({ directory, crl: 'off' });
    const pinned = `baseUrl: https://a.example\ndataDirectory: d\ntrust: { mode: pinned, pinned: [${'ab'.repeat(32)}] }\n`;
    put('vouch.yaml', pinned);
    expect((await runCommand(['trust', 'list', '--config', join(directory, 'vouch.yaml')])).code).toBe(2);
    expect((await runCommand(['trust', 'list', directory, '--config', 'x'])).code).toBe(2);
    expect((await runCommand(['trust', 'list', join(directory, 'nowhere')])).code).toBe(2);
  });
});

describe('vouch verify --crl', () => {
  test('takes revocation lists as told, and by the layout of the directory else', async () => {
    const jane = await makeEndorser(authority, 'jane', { notBefore: inDays(-1), notAfter: inDays(1) });
    put('entry.xml', await makeEntry(jane, undefined, { createdAt: new Date() }));
    const verify = async (...words: string[]) =>
      (await runCommand(['verify', join(directory, 'entry.xml'), '--trust', directory, '--json', ...words])).out;
    expect(await verify()).toContain('crl-missing');
    expect(await verify('--crl', 'if-present')).toContain('"valid":true');
    put(`${hash}.r0`, list({ entries: [{ serial: jane.issued.certificate.serial, revokedAt: inDays(-0.5) }] }));
    expect(await verify()).toContain('"code":"revoked"');
    expect(await verify('--crl', 'if-present')).toContain('"code":"revoked"');
    expect(await verify('--crl', 'off')).toContain('"valid":true');
    expect((await runCommand(['verify', 'x', '--crl', 'maybe'])).code).toBe(2);
  });
});

describe('vouch trust import', () => {
  test.skipIf(!hasOpenssl)(
    'makes a trust directory of a truststore, again without harm (apt install openssl)',
    async () => {
      const [store, made] = [join(directory, 'old.p12'), join(directory, 'made')];
      const words = [
        '-export',
        '-nokeys',
        '-in',
        join(directory, `${hash}.0`),
        '-caname',
        '../Test CA',
        '-passout',
        'pass:old',
      ];
      execFileSync('openssl', ['pkcs12', ...words, '-out', store]);
      const take = (passphrase: string) =>
        runCommand(['trust', 'import', store, made], { env: { HOME: '/nonexistent', VOUCH_PASSPHRASE: passphrase } });
      expect(await take('new')).toMatchObject({ code: 65, err: expect.stringContaining('passphrase') });
      expect(await take('old')).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^[a-z-]+\.pem: written, CN=Test CA/),
      });
      expect(await take('old')).toMatchObject({ code: 0, out: expect.stringContaining('there already') });
      const [file] = readdirSync(made);
      expect(readdirSync(made)).toHaveLength(1);
      expect(readFileSync(join(made, file!), 'utf8')).toBe(authority.certificatePem);
      writeFileSync(join(made, file!), 'something else');
      expect(await take('old')).toMatchObject({ code: 74, err: expect.stringContaining('holds something else') });
      expect((await runCommand(['trust', 'list', made])).code).not.toBe(0);
    },
  );
});

describe('vouch serve', () => {
  test('says at the start what is trusted and how strictly, and again when that changes', {
    timeout: 60_000,
  }, async () => {
    const stop = new AbortController();
    const { io, err } = openTestIo({ signal: stop.signal });
    const settings = `trust: { directory: ., refreshMinutes: 0.01 }\nlisten: { port: 0 }\n`;
    put('vouch.yaml', `baseUrl: https://a.example\ndataDirectory: ./state\n${settings}`);
    const ended = main(['serve', '--config', join(directory, 'vouch.yaml')], io);
    await expect.poll(err).toMatch(/Trust: 1 authority .*grid layout.*are required[\s\S]*listening on/);
    put('second.pem', (await makeAuthority('Second CA')).certificatePem);
    await expect.poll(err).toMatch(/Trust: 2 authorities/);
    for (const name of ['second.pem', `${hash}.0`]) rmSync(join(directory, name));
    await expect.poll(err).toMatch(/holds no certificate.*What was trusted before stays in force/);
    stop.abort();
    expect(await ended).toBe(0);
  });
});
