import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Issued, issueAuthority, issueCertificate } from '../../src/x509/issue.ts';
import { describeImage, makeEndorser, makeEntry } from '../endorser.ts';
import { writeList } from '../x509/crl-writer.ts';
import { hasOpenssl } from '../x509/programs.ts';
import { OpensslTsa } from '../x509/timestamp-openssl.ts';
import { makeToken } from '../x509/timestamp-writer.ts';
import { type CommandResult, runCommand } from './run-command.ts';

const HOUR = 3_600_000;
const NOW = Date.now();
const hours = (count: number): Date => new Date(NOW + count * HOUR);
const judgedAt = (count: number): string[] => ['--at', hours(count).toISOString().replace(/\.\d+/, '')];
const LONG = { notBefore: hours(-1000), notAfter: hours(100_000) };
/** When the endorser's certificate, which ends in an hour, has expired. */
const LATER = judgedAt(1_000);

let folder = '';
const at = (name: string): string => join(folder, name);

describe.skipIf(!hasOpenssl)('time-stamps of openssl ts behind HTTP (apt install openssl)', () => {
  let stamper: OpensslTsa;
  let foreign: OpensslTsa;
  let server: Server;
  let url = '';
  let authority: Issued;
  let answer: (query: Uint8Array, response: ServerResponse) => void;
  const asked: IncomingMessage[] = [];

  async function openTsa(name: string): Promise<[OpensslTsa, Issued]> {
    const root = await issueAuthority({ subject: `CN=${name} Root,O=Test`, ...LONG });
    const purposes = ['timeStamping'] as const;
    const request = { subject: `CN=${name},O=Test`, ...LONG, purposes, flipCritical: ['extendedKeyUsage'] } as const;
    return [new OpensslTsa(await issueCertificate(root, request), [root]), root];
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vouch-timestamp-'));
    const [tsa, root] = await openTsa('Time');
    stamper = tsa;
    [foreign] = await openTsa('Foreign');
    for (const name of ['trust', 'grid', 'tsa']) await mkdir(at(name));
    authority = await issueAuthority({ subject: 'CN=Long CA,O=Vouch Tests', ...LONG });
    await writeFile(at('trust/ca.pem'), authority.certificatePem);
    await writeFile(at('tsa/root.pem'), root.certificatePem);
    const jane = await makeEndorser(authority, 'jane', { notBefore: hours(-10), notAfter: hours(1) });
    const signing = { endorsement: { createdAt: new Date(Math.floor(NOW / 1000) * 1000 - 60_000) } };
    const description = { validUntil: new Date(Math.floor(NOW / 1000) * 1000 + 50_000 * HOUR) };
    await writeFile(at('entry.xml'), await makeEntry(jane, describeImage('one', description), signing));
    await writeFile(at('other.xml'), await makeEntry(jane, describeImage('two', description), signing));
    server = createServer((request, response) => {
      asked.push(request);
      const chunks: Uint8Array[] = [];
      request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      request.on('end', () => answer(Buffer.concat(chunks), response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`;
    stampWith(stamper);
  });
  afterAll(async () => {
    await new Promise((resolve) => server?.close(resolve));
    for (const tsa of [stamper, foreign]) tsa?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  function stampWith(tsa: OpensslTsa): void {
    answer = (query, response) => {
      response.setHeader('Content-Type', 'application/timestamp-reply').end(tsa.answer(query));
    };
  }

  const stamp = (...words: string[]): Promise<CommandResult> =>
    runCommand(['timestamp', at('entry.xml'), '--tsa', url, ...words]);
  const verify = (...words: string[]): Promise<CommandResult> =>
    runCommand(['verify', at('entry.xml'), '--trust', at('trust'), ...words]);
  const TRUST = ['--tsa-trust'];

  test('are asked for, checked and kept, and prove that the entry existed', async () => {
    const result = await stamp(...TRUST, at('tsa'));
    expect(result).toMatchObject({ code: 0, out: '', err: expect.stringMatching(/^Time-stamped: 20\S+Z\n$/) });
    expect(asked.at(-1)!.headers).toMatchObject({
      'content-type': 'application/timestamp-query',
      accept: 'application/timestamp-reply',
    });
    const checked = await verify('--timestamp', at('entry.xml.tsr'), ...TRUST, at('tsa'), ...judgedAt(0.5));
    expect(checked).toMatchObject({
      code: 0,
      out: expect.stringMatching(/valid, \S+ by jane@example\.org\n {2}existed at 20\S+Z: a time-stamp/),
    });
    const json = await verify('--json', '--timestamp', at('entry.xml.tsr'), ...TRUST, at('tsa'), ...LATER);
    const { existedAt, valid } = JSON.parse(json.out);
    expect(valid).toBe(true);
    expect(Math.abs(Date.parse(existedAt) - Date.now())).toBeLessThan(5 * 60_000);
  });

  test('keep an entry good whose signer has expired since (TS-07), which without them is refused (TS-08)', async () => {
    await stamp(...TRUST, at('tsa'));
    expect(await verify(...LATER)).toMatchObject({ code: 1, out: expect.stringContaining('error expired') });
    const proven = await verify(...LATER, '--timestamp', at('entry.xml.tsr'), ...TRUST, at('tsa'));
    expect(proven).toMatchObject({ code: 0, out: expect.stringContaining('warning signer-expired-after-poe') });
    // The list of a registry's clock, or the time the entry names, is no such proof: there is no way to give it (TS-10, TS-11).
    const env = { HOME: '/nonexistent', VOUCH_TSA_TRUST: at('tsa'), VOUCH_TRUST: at('trust') };
    const words = ['verify', at('entry.xml'), ...LATER, '--timestamp', at('entry.xml.tsr')];
    expect(await runCommand(words, { env })).toMatchObject({ code: 0 });
  });

  test('do not help one whose key was compromised (TS-09)', async () => {
    await stamp(...TRUST, at('tsa'));
    const serial = await serialOf(at('entry.xml'));
    await writeFile(at('grid/ca.pem'), authority.certificatePem);
    const grid = ['verify', at('entry.xml'), '--trust', at('grid'), '--crl', 'require'];
    const proof = ['--timestamp', at('entry.xml.tsr'), ...TRUST, at('tsa')];
    for (const [reason, code, told] of [
      ['superseded', 0, 'warning revoked-after-poe'],
      ['keyCompromise', 1, 'error revoked'],
    ] as const) {
      const entries = [{ serial, reason, revokedAt: hours(0.7) }];
      const list = writeList(authority, { thisUpdate: hours(0.9), nextUpdate: hours(2_000), entries });
      await writeFile(at('grid/ca.crl'), list);
      for (const when of [judgedAt(0.95), LATER]) {
        expect(await runCommand([...grid, ...proof, ...when])).toMatchObject({
          code,
          out: expect.stringContaining(told),
        });
      }
    }
  });

  test('for another entry, of another authority, or of none at all prove nothing (TS-01, TS-04)', async () => {
    await runCommand(['timestamp', at('other.xml'), '--tsa', url, '-o', at('other.tsr')]);
    const other = await verify('--timestamp', at('other.tsr'), ...TRUST, at('tsa'));
    expect(other).toMatchObject({ code: 1, out: expect.stringMatching(/error tsa: .*something else/) });
    stampWith(foreign);
    const kept = await stamp('-o', at('foreign.tsr'));
    expect(kept).toMatchObject({ code: 0, err: expect.stringContaining('was not checked: give --tsa-trust') });
    const refused = await stamp('-o', at('refused.tsr'), ...TRUST, at('tsa'));
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/Not kept: 1 finding\n.*error tsa/) });
    expect(existsSync(at('refused.tsr'))).toBe(false);
    stampWith(stamper);
    const untrusted = await verify('--timestamp', at('foreign.tsr'), ...TRUST, at('tsa'));
    expect(untrusted).toMatchObject({ code: 1, out: expect.stringMatching(/error tsa: .*nobody to believe/) });
    const none = await verify('--timestamp', at('entry.xml'), ...TRUST, at('tsa'));
    expect(none).toMatchObject({ code: 1, out: expect.stringMatching(/error tsa: .*cannot be read/) });
  });

  test('of certificates for other uses, of other times, over weak hashes, of two signers prove nothing (TS-02, TS-03, TS-05, TS-06)', async () => {
    const [, base64 = ''] = /<ds:SignatureValue>([^<]+)</.exec(await readFile(at('entry.xml'), 'utf8')) ?? [];
    const octets = Buffer.from(base64, 'base64');
    const root = await issueAuthority({ subject: 'CN=Made Root,O=Test', ...LONG });
    await mkdir(at('made'), { recursive: true });
    await writeFile(at('made/root.pem'), root.certificatePem);
    const request = { subject: 'CN=Made,O=Test', ...LONG, purposes: ['timeStamping'] } as const;
    const good = await issueCertificate(root, { ...request, flipCritical: ['extendedKeyUsage'] });
    const lax = await issueCertificate(root, request);
    const toGenTime = (time: Date): string => `${time.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
    const draft = { octets, genTime: toGenTime(new Date()) };
    for (const [code, told, signer, changes] of [
      [0, 'existed at', good, {}],
      [1, 'error tsa', lax, {}],
      [1, 'error tsa', good, { genTime: toGenTime(hours(-1_001)) }],
      [1, 'error tsa', good, { hash: 'SHA-1' }],
      [1, 'error tsa', good, { signers: [good, good] }],
    ] as const) {
      await writeFile(at('made.tsr'), await makeToken(signer, { ...draft, ...changes }));
      const result = await verify('--timestamp', at('made.tsr'), ...TRUST, at('made'));
      expect(result).toMatchObject({ code, out: expect.stringContaining(told) });
    }
  });

  test('are not taken from an authority that answers another question', async () => {
    let first: Uint8Array | undefined;
    answer = (query, response) => {
      first ??= stamper.answer(query);
      response.setHeader('Content-Type', 'application/timestamp-reply').end(first);
    };
    expect(await stamp('-o', at('a.tsr'))).toMatchObject({ code: 0 });
    expect(await stamp('-o', at('b.tsr'))).toMatchObject({ code: 69, err: expect.stringContaining('nonce') });
    stampWith(stamper);
  });

  test('are not taken from what is no authority: refusals, pages, floods, redirects', async () => {
    const answers: [RegExp, typeof answer][] = [
      [/status 500/, (_, response) => response.writeHead(500).end()],
      [/status 307/, (_, response) => response.writeHead(307, { Location: url }).end()],
      [/text\/html/, (_, response) => response.setHeader('Content-Type', 'text/html').end('<p>')],
      [/cannot be read/, (_, response) => response.setHeader('Content-Type', 'application/timestamp-reply').end('x')],
      [
        /more than 65536 bytes/,
        (_, response) => response.setHeader('Content-Type', 'application/timestamp-reply').end(Buffer.alloc(100_000)),
      ],
    ];
    for (const [sentence, one] of answers) {
      answer = one;
      const before = asked.length;
      expect(await stamp('-o', at('none.tsr'))).toMatchObject({ code: 69, err: expect.stringMatching(sentence) });
      expect(asked.length).toBe(before + 1);
    }
    expect(existsSync(at('none.tsr'))).toBe(false);
    stampWith(stamper);
  });
});

describe('vouch timestamp', () => {
  test('says what is missing or wrong on the command line', async () => {
    const cases: [string[], RegExp][] = [
      [['timestamp', 'entry.xml'], /give --tsa URL, or set VOUCH_TSA/],
      [['timestamp', 'entry.xml', '--tsa', 'file:///etc/passwd'], /must begin with http/],
      [['timestamp', '-', '--tsa', 'http://localhost:1'], /give -o FILE/],
      [['verify', 'a', 'b', '--trust', 'any', '--timestamp', 'x'], /one signed entry/],
      [['verify', 'a', '--draft', '--timestamp', 'x'], /one signed entry/],
      [['verify', 'a', '--trust', 'any', '--timestamp', 'x'], /give --tsa-trust/],
      [['verify', 'a', '--trust', 'any', '--timestamp', 'x', '--tsa-trust', 'any'], /give a directory/],
    ];
    for (const [words, sentence] of cases) {
      expect([words, await runCommand(words)]).toEqual([
        words,
        { code: 2, out: '', err: expect.stringMatching(sentence) },
      ]);
    }
  });
});

/** The serial number of the signer's certificate. */
async function serialOf(path: string): Promise<string> {
  const { readCertificate } = await import('../../src/x509/read-certificate.ts');
  const [, base64 = ''] = /<ds:X509Certificate>([^<]+)</.exec(await readFile(path, 'utf8')) ?? [];
  const reading = readCertificate(Buffer.from(base64, 'base64'));
  if (!reading.ok) throw new Error('The certificate cannot be read.');
  return reading.certificate.serial;
}
