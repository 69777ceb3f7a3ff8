import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TAG } from '../../src/x509/der.ts';
import { type CertificateRequest, issueCertificate } from '../../src/x509/issue.ts';
import { readCertificates } from '../../src/x509/trust.ts';
import { writeDer } from '../../src/x509/write-der.ts';
import { hasOpenssl } from '../x509/programs.ts';
import { type Marketplace, openMarketplace, type Person } from './open-marketplace.ts';
import { runCommand } from './run-command.ts';

let place: Marketplace;
let jane: Person;
let draft = '';
beforeAll(async () => {
  place = await openMarketplace();
  jane = await place.person('jane');
  const image = join(place.path, 'image');
  await writeFile(image, 'bytes');
  draft = join(place.path, 'draft.xml');
  await runCommand(['describe', image, '--location', 'https://a.example/i', '-o', draft], jane);
});
afterAll(() => place[Symbol.asyncDispose]());

/** Signs the draft with nothing set but what the words and variables say. */
function sign(words: readonly string[], env: Record<string, string> = {}) {
  return runCommand(['sign', draft, ...words], { env: { HOME: '/nonexistent', PATH: process.env.PATH ?? '', ...env } });
}

const SIGNED = { code: 0, out: expect.stringContaining('ds:SignatureValue') };

describe('the grid pair of ~/.globus', () => {
  let home = '';
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'vouch-home-'));
    await mkdir(join(home, '.globus'));
    await copyFile(jane.cert, join(home, '.globus', 'usercert.pem'));
    await writeFile(join(home, '.globus', 'userkey.pem'), await readFile(jane.key), { mode: 0o400 });
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  test('signs where nothing else is named, and that is said', async () => {
    const result = await sign([], { HOME: home });
    expect(result, result.err).toMatchObject(SIGNED);
    expect(result.err).toContain(`Signing with ${home}/.globus/usercert.pem and userkey.pem beside it`);
    expect(result.err).not.toContain('Warning');
  });

  test('does not come in where a flag or setting names another, or half of another', async () => {
    const named = await sign(['--cert', jane.cert, '--key', jane.key], { HOME: home });
    expect(named, named.err).toMatchObject(SIGNED);
    expect(named.err).not.toContain('.globus');
    const half = await sign([], { HOME: home, VOUCH_CERT: jane.cert });
    expect(half).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--key with your private key') });
  });

  test('that is not there is no fault of its own', async () => {
    expect(await sign([])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Who signs is not said') });
  });
});

test.skipIf(process.platform === 'win32')('a key that others can read signs with a warning', async () => {
  const key = join(place.path, 'loose.pem');
  await copyFile(jane.key, key);
  await chmod(key, 0o640);
  const result = await sign(['--cert', jane.cert, '--key', key]);
  expect(result, result.err).toMatchObject(SIGNED);
  expect(result.err).toContain(`others than you can use the key file ${key} (mode 0640). Protect it: chmod 600 ${key}`);
});

describe('a proxy certificate', () => {
  const policy = writeDer(TAG.sequence, writeDer(TAG.sequence, Uint8Array.of(6, 1, 42)));
  const person = { subject: 'CN=Jim,O=Test', notBefore: new Date(0), notAfter: new Date('2040-01-01T00:00:00Z') };
  const kinds: [string, Partial<CertificateRequest>][] = [
    [
      'RFC 3820',
      {
        subject: 'CN=12345,CN=Jim,O=Test',
        extensions: [{ oid: '1.3.6.1.5.5.7.1.14', isCritical: true, value: policy }],
      },
    ],
    [
      'Globus Toolkit 3',
      {
        subject: 'CN=12345,CN=Jim,O=Test',
        extensions: [{ oid: '1.3.6.1.4.1.3536.1.222', isCritical: true, value: policy }],
      },
    ],
    ['Globus Toolkit 2', { subject: 'CN=proxy,CN=Jim,O=Test' }],
    ['Globus Toolkit 2, limited', { subject: 'CN=limited proxy,CN=Jim,O=Test' }],
  ];

  test.each(kinds)('of %s is refused before its key is opened, and is told what to use', async (_, changes) => {
    const jim = await issueCertificate(undefined, person);
    const proxy = await issueCertificate(jim, { ...person, ...changes });
    // As grid tools write it: the proxy, its key, the certificate it was made from.
    const file = join(place.path, 'x509up_u1000');
    await writeFile(file, `${proxy.certificatePem}${proxy.privateKeyPem}${jim.certificatePem}`, { mode: 0o600 });
    for (const words of [
      ['--cert', file, '--key', file],
      ['--cert', file, '--key', '/nonexistent/key.pem'],
      ['--cert', file, '--signer', '/nonexistent/signer'],
    ]) {
      const result = await sign(words);
      expect(result).toMatchObject({ code: 65, out: '' });
      expect(result.err).toContain('is a proxy');
      expect(result.err).toContain('Sign with the user certificate it was made from');
    }
  });
});

describe.skipIf(!hasOpenssl)('a PKCS #12 file (apt install openssl)', () => {
  const p12 = (name: string): string => join(place.path, name);

  function exportTo(path: string, ...options: string[]): void {
    const words = ['pkcs12', '-export', '-in', jane.cert, '-inkey', jane.key, '-passout', 'pass:geheim', '-out', path];
    execFileSync('openssl', [...words, ...options], { stdio: 'pipe' });
  }

  test('signs with its passphrase from a file or the environment, modern or old', async () => {
    const file = p12('passphrase');
    await writeFile(file, 'geheim\n');
    for (const options of [[], ['-legacy']]) {
      exportTo(p12('jane.p12'), ...options);
      const byFile = await sign(['--p12', p12('jane.p12'), '--passphrase-file', file]);
      expect(byFile, byFile.err).toMatchObject(SIGNED);
      const byVariable = await sign([], { VOUCH_P12: p12('jane.p12'), VOUCH_PASSPHRASE: 'geheim' });
      expect(byVariable, byVariable.err).toMatchObject(SIGNED);
    }
  });

  test('signs nothing without its passphrase, with a wrong one, or with a name that is not in it', async () => {
    exportTo(p12('jane.p12'), '-name', 'me');
    const words = ['--p12', p12('jane.p12')];
    expect(await sign(words)).toMatchObject({ code: 65, out: '', err: expect.stringContaining('has a passphrase') });
    const wrong = await sign(words, { VOUCH_PASSPHRASE: 'no' });
    expect(wrong).toMatchObject({ code: 65, out: '', err: expect.stringContaining('passphrase of the PKCS #12') });
    const alias = await sign([...words, '--alias', 'you'], { VOUCH_PASSPHRASE: 'geheim' });
    expect(alias).toMatchObject({ code: 65, out: '', err: expect.stringContaining('1: "me" CN=jane,O=Test') });
    const right = await sign([...words, '--alias', 'ME'], { VOUCH_PASSPHRASE: 'geheim' });
    expect(right, right.err).toMatchObject(SIGNED);
  });

  test('given as certificate or key is told from one, and a PEM file given as PKCS #12 too', async () => {
    exportTo(p12('jane.p12'));
    const asCertificate = await sign(['--cert', p12('jane.p12'), '--key', jane.key]);
    expect(asCertificate).toMatchObject({ code: 65, out: '', err: expect.stringContaining('give it with --p12') });
    const asKey = await sign(['--cert', jane.cert, '--key', p12('jane.p12')]);
    expect(asKey).toMatchObject({ code: 65, out: '', err: expect.stringContaining('give it with --p12') });
    const pem = await sign(['--p12', jane.key]);
    expect(pem).toMatchObject({ code: 65, out: '', err: expect.stringContaining('goes to --cert and --key') });
  });

  test('on the command line goes before a pair in the settings, and the other way round', async () => {
    exportTo(p12('jane.p12'));
    const pair = { VOUCH_CERT: '/nonexistent/cert.pem', VOUCH_KEY: '/nonexistent/key.pem', VOUCH_PASSPHRASE: 'geheim' };
    const byFlag = await sign(['--p12', p12('jane.p12')], pair);
    expect(byFlag, byFlag.err).toMatchObject(SIGNED);
    const byPair = await sign(['--cert', jane.cert, '--key', jane.key], { VOUCH_P12: '/nonexistent/x.p12' });
    expect(byPair, byPair.err).toMatchObject(SIGNED);
    const both = await sign(['--p12', p12('jane.p12'), '--key', jane.key]);
    expect(both).toMatchObject({ code: 2, out: '', err: expect.stringContaining('said twice') });
  });

  test('deprecates and renews as well', async () => {
    exportTo(p12('jane.p12'));
    const env = { HOME: '/nonexistent', VOUCH_URL: place.url, VOUCH_TRUST: place.trust, VOUCH_PASSPHRASE: 'geheim' };
    const entry = join(place.path, 'entry.xml');
    expect(await sign(['--p12', p12('jane.p12'), '-o', entry], env)).toMatchObject({ code: 0 });
    expect(await runCommand(['upload', entry], { env })).toMatchObject({ code: 0 });
    const image = join(place.path, 'image');
    for (const words of [
      ['renew', image, '--valid', '30d'],
      ['deprecate', image, '--reason', 'a test'],
    ]) {
      const result = await runCommand([...words, '--p12', p12('jane.p12')], { env });
      expect(result.code, result.err).toBe(0);
    }
  });
});

describe.skipIf(!hasOpenssl)('a program that signs (apt install openssl)', () => {
  test('signs in place of a key file, by flag and by setting', async () => {
    const command = `openssl dgst -{hash} -sign '${jane.key}'`;
    const byFlag = await sign(['--cert', jane.cert, '--signer', command]);
    expect(byFlag, byFlag.err).toMatchObject(SIGNED);
    const byVariable = await sign(['--signer-input', 'digest'], {
      VOUCH_CERT: jane.cert,
      VOUCH_SIGNER: `openssl pkeyutl -sign -inkey '${jane.key}'`,
    });
    expect(byVariable, byVariable.err).toMatchObject(SIGNED);
    const [certificate] = readCertificates(await readFile(jane.cert));
    expect(byVariable.out.replace(/\s/g, '')).toContain(Buffer.from(certificate!.der).toString('base64'));
  });

  test('that fails, is another, or is said wrongly signs nothing', async () => {
    const other = await place.person('other');
    const wrongKey = await sign(['--cert', jane.cert, '--signer', `openssl dgst -{hash} -sign ${other.key}`]);
    expect(wrongKey).toMatchObject({ code: 65, out: '', err: expect.stringContaining('no signature by the key') });
    const failing = await sign(['--cert', jane.cert, '--signer', 'openssl dgst -sign nowhere.pem']);
    expect(failing).toMatchObject({ code: 65, out: '', err: expect.stringContaining('ended with exit code 1') });
    const both = await sign(['--cert', jane.cert, '--key', jane.key, '--signer', 'true']);
    expect(both).toMatchObject({ code: 2, out: '', err: expect.stringContaining('said twice') });
    const keyless = await sign(['--signer', 'true']);
    expect(keyless).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--cert') });
    const input = await sign(['--cert', jane.cert], { VOUCH_SIGNER: 'true', VOUCH_SIGNER_INPUT: 'hash' });
    expect(input).toMatchObject({ code: 2, out: '', err: expect.stringContaining('must be "bytes" or "digest"') });
    const alias = await sign(['--cert', jane.cert, '--key', jane.key, '--alias', 'x']);
    expect(alias).toMatchObject({ code: 2, out: '', err: expect.stringContaining('give that with --p12') });
  });
});
