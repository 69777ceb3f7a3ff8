import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExternalKeyOptions, openExternalKey } from '../../src/endorse/external-key.ts';
import { splitCommand } from '../../src/endorse/split-command.ts';
import { VouchError } from '../../src/errors.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { type Issued, issueCertificate, type KeyKind } from '../../src/x509/issue.ts';
import { defaultScheme } from '../../src/x509/scheme.ts';
import { isMissing } from '../program.ts';
import { hasOpenssl, Workshop } from '../x509/programs.ts';

const BYTES = new TextEncoder().encode('what is signed'.repeat(100));
const VALIDITY = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };

function world(changes: Partial<ExternalKeyOptions> = {}): ExternalKeyOptions {
  return { env: process.env, signal: new AbortController().signal, ...changes };
}

async function signWith(command: string, issued: Issued, changes: Partial<ExternalKeyOptions> = {}) {
  const { spki } = issued.certificate;
  const scheme = defaultScheme(spki);
  const signature = await openExternalKey(command, issued.certificate, world(changes)).sign(scheme, BYTES);
  return await nodeCrypto.verify(scheme, spki, signature, BYTES);
}

async function faultOf(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const thrown = await work.then(
    () => new Error('Nothing was thrown.'),
    (cause: unknown) => cause,
  );
  if (thrown instanceof VouchError) return { code: thrown.code, message: thrown.message };
  throw thrown;
}

/** A signer that is a line of JavaScript. */
function script(code: string): string {
  return `${process.execPath} -e '${code}'`;
}

let jane: Issued;
let tom: Issued;
let ada: Issued;
beforeAll(async () => {
  const make = (name: string, key: KeyKind): Promise<Issued> =>
    issueCertificate(undefined, { subject: `CN=${name}`, key, ...VALIDITY });
  [jane, tom, ada] = await Promise.all([make('Jane', 'rsa-2048'), make('Tom', 'p-384'), make('Ada', 'ed25519')]);
});

describe('a command', () => {
  test.each<[string, string[]]>([
    ['openssl dgst -sign k.pem', ['openssl', 'dgst', '-sign', 'k.pem']],
    ["  'a b'\tc  ", ['a b', 'c']],
    [`--x="a 'b' \\"c\\" \\\\ \\n"`, [`--x=a 'b' "c" \\ \\n`]],
    [`a'b'"c"d`, ['abcd']],
    [`x '' ""`, ['x', '', '']],
    ['C:\\bin\\sign.exe $HOME *.pem ; rm', ['C:\\bin\\sign.exe', '$HOME', '*.pem', ';', 'rm']],
  ])('%s is split without a shell', (text, words) => {
    expect(splitCommand(text)).toEqual(words);
  });

  test.each(['', '   ', "''", "a 'b", 'a "b\\"', 'a\0b'])('%j is refused', (text) => {
    expect(() => splitCommand(text)).toThrow(VouchError);
  });

  test('with an unknown placeholder is refused before anything runs', () => {
    expect(() => openExternalKey('sign {mechansim}', jane.certificate, world())).toThrow('known are {mechanism}');
  });
});

describe('a signer that misbehaves', () => {
  test('by its exit code is quoted', async () => {
    const fault = await faultOf(signWith(script('console.error("no token\\nin slot");process.exit(3)'), jane));
    expect(fault.code).toBe('key');
    expect(fault.message).toMatch(/ended with exit code 3\. It said: no token \/ in slot$/);
  });

  test('by not being there is named', async () => {
    const fault = await faultOf(signWith('/nonexistent/signer', jane));
    expect(fault).toMatchObject({ code: 'input-output', message: expect.stringContaining('cannot be started') });
  });

  test('by not ending is ended, even if it listens to no signal and its child holds on', async () => {
    const startedAt = performance.now();
    const stubborn = script('process.on("SIGTERM",()=>0);console.error("insert card");setInterval(()=>0,1000)');
    const fault = await faultOf(signWith(stubborn, jane, { timeoutMs: 4_000 }));
    expect(fault.code).toBe('timeout');
    expect(fault.message).toContain('did not end within 4 seconds. It said: insert card');
    const parent = script('require("child_process").spawn("sleep",["60"],{stdio:"inherit"})');
    expect((await faultOf(signWith(parent, jane, { timeoutMs: 1_000 }))).code).toBe('timeout');
    expect(performance.now() - startedAt).toBeLessThan(60_000);
  });

  test('ends with the command that runs it', async () => {
    const stop = new AbortController();
    const waiting = signWith(script('setInterval(()=>0,1000)'), jane, { signal: stop.signal });
    setTimeout(() => stop.abort(), 300);
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await expect(signWith('true', jane, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('by writing something else than a signature is told what it wrote', async () => {
    expect(await faultOf(signWith(script('0'), jane))).toMatchObject({
      code: 'key',
      message: expect.stringContaining('wrote nothing'),
    });
    const text = await faultOf(signWith(script('console.log("c2ln".repeat(86))'), jane));
    expect(text.message).toContain('not its base64 or hex');
    const zeros = await faultOf(signWith(script('process.stdout.write(Buffer.alloc(96))'), tom));
    expect(zeros.message).toContain('wrote 96 bytes, which are no signature by the key in the certificate of CN=Tom');
    const flood = script('process.stdout.write(Buffer.alloc(1e6));setInterval(()=>0,1000)');
    expect((await faultOf(signWith(flood, jane))).message).toContain('writes more than any signature has');
  });

  test('by not reading is judged by what it writes', async () => {
    expect((await faultOf(signWith(script('process.stdin.destroy();process.exit(4)'), jane))).message).toContain(
      'code 4',
    );
  });
});

describe.skipIf(!hasOpenssl)('openssl as signer (apt install openssl)', () => {
  let workshop: Workshop;
  let keys: Record<'rsa' | 'ec' | 'ed', string>;
  beforeAll(() => {
    workshop = new Workshop();
    keys = {
      rsa: workshop.write('jane.pem', jane.privateKeyPem),
      ec: workshop.write('tom key.pem', tom.privateKeyPem),
      ed: workshop.write('ada.pem', ada.privateKeyPem),
    };
  });
  afterAll(() => workshop.dispose());

  test('dgst signs bytes with RSA and ECDSA (DER)', async () => {
    expect(await signWith(`openssl dgst -{hash} -sign ${keys.rsa}`, jane)).toBe(true);
    expect(await signWith(`openssl dgst -{hash} -sign "${keys.ec}"`, tom)).toBe(true);
  });

  test('pkeyutl signs digests with RSA and ECDSA', async () => {
    expect(await signWith(`openssl pkeyutl -sign -inkey ${keys.rsa}`, jane, { input: 'digest' })).toBe(true);
    expect(await signWith(`openssl pkeyutl -sign -inkey '${keys.ec}'`, tom, { input: 'digest' })).toBe(true);
  });

  test('pkeyutl signs a file of bytes with Ed25519, and the file is gone afterwards', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('vouch-sign-'));
    expect(await signWith(`openssl pkeyutl -sign -rawin -in {input} -inkey ${keys.ed}`, ada)).toBe(true);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('vouch-sign-'))).toEqual(before);
    const fault = await faultOf(signWith('openssl', ada, { input: 'digest' }));
    expect(fault).toMatchObject({ code: 'usage', message: expect.stringContaining('signs bytes') });
  });

  test('writes the signature to a file, or is told that it did not', async () => {
    expect(await signWith(`openssl dgst -{hash} -sign ${keys.rsa} -out {output}`, jane)).toBe(true);
    expect(await signWith(`openssl dgst -{hash} -sign ${keys.rsa} -out {output} {input}`, jane)).toBe(true);
    const fault = await faultOf(signWith('true {output}', jane));
    expect(fault).toMatchObject({ code: 'key', message: expect.stringContaining('wrote nothing') });
  });

  test('with the key of another certificate, or another hash, is refused', async () => {
    const other = workshop.write('other.pem', workshop.openssl('genpkey', '-algorithm', 'RSA'));
    expect((await faultOf(signWith(`openssl dgst -{hash} -sign ${other}`, jane))).message).toContain(
      'wrote 256 bytes, which are no signature by the key in the certificate of CN=Jane',
    );
    expect((await faultOf(signWith(`openssl dgst -sha512 -sign ${keys.rsa}`, jane))).code).toBe('key');
    expect((await faultOf(signWith(`openssl dgst -{hash} -hex -sign ${keys.rsa}`, jane))).message).toContain('hex');
    const talk: string[] = [];
    const wrong = await faultOf(
      signWith('openssl dgst -sign nowhere.pem', jane, { onTalk: (text) => talk.push(text) }),
    );
    expect(wrong.message).toMatch(/ended with exit code 1\. It said: .*nowhere\.pem/);
    expect(talk.join('')).toContain('nowhere.pem');
  });
});

const MODULE = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so'].find(existsSync);
const hasNoToken = isMissing('softhsm2-util') || isMissing('pkcs11-tool') || MODULE === undefined;

describe.skipIf(hasNoToken || !hasOpenssl)('a token behind pkcs11-tool (apt install softhsm2 opensc)', () => {
  let workshop: Workshop;
  let env: Record<string, string | undefined>;
  beforeAll(() => {
    workshop = new Workshop();
    const configuration = workshop.write('softhsm2.conf', `directories.tokendir = ${workshop.directory}\n`);
    env = { ...process.env, SOFTHSM2_CONF: configuration, TOKEN_PIN: '1234' };
    const tool = (...words: string[]): Buffer => execFileSync('softhsm2-util', words, { env, stdio: 'pipe' });
    tool('--init-token', '--free', '--label', 'vouch', '--so-pin', '1234', '--pin', '1234');
    for (const [id, issued] of [['01', jane] as const, ['02', tom] as const]) {
      const key = workshop.write(`${id}.pem`, issued.privateKeyPem);
      tool('--import', key, '--token', 'vouch', '--label', `key ${id}`, '--id', id, '--pin', '1234');
    }
  });
  afterAll(() => workshop.dispose());

  const command = (id: string): string =>
    `pkcs11-tool --module ${MODULE} --token-label vouch --login --pin env:TOKEN_PIN --id ${id} --sign --mechanism {mechanism}`;

  test('signs with RSA, given the bytes or the digest', async () => {
    expect(await signWith(command('01'), jane, { env })).toBe(true);
    expect(await signWith(command('01'), jane, { env, input: 'digest' })).toBe(true);
    expect(await signWith(`${command('01')} --input-file {input}`, jane, { env })).toBe(true);
    expect(await signWith(`${command('01')} -i {input} -o {output}`, jane, { env })).toBe(true);
  });

  test('signs with ECDSA, given the digest, raw or in DER', async () => {
    expect(await signWith(command('02'), tom, { env, input: 'digest' })).toBe(true);
    expect(await signWith(`${command('02')} --signature-format sequence`, tom, { env, input: 'digest' })).toBe(true);
  });

  test('says what is wrong with a PIN', async () => {
    const fault = await faultOf(signWith(command('01'), jane, { env: { ...env, TOKEN_PIN: '9999' } }));
    expect(fault).toMatchObject({ code: 'key', message: expect.stringContaining('CKR_PIN_INCORRECT') });
  });
});
