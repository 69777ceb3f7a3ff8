import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTruststore } from '../../src/endorse/read-truststore.ts';
import type { Issued } from '../../src/x509/issue.ts';
import { makeAuthority } from '../endorser.ts';

const PASSPHRASE = 'changeit';
const hasKeytool = spawnSync('keytool', ['-help']).error === undefined || process.env.CI === 'true';

let one: Issued;
let other: Issued;
let directory: string;
beforeAll(async () => {
  [one, other] = [await makeAuthority('One'), await makeAuthority('Other')];
  directory = mkdtempSync(join(tmpdir(), 'vouch-truststore-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const uint = (length: number, value: number): Buffer => {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([uint(2, Buffer.byteLength(value)), Buffer.from(value)]);
const sized = (bytes: Uint8Array): Buffer => Buffer.concat([uint(4, bytes.length), bytes]);
const trusted = (alias: string, der: Uint8Array): Buffer =>
  Buffer.concat([uint(4, 2), text(alias), Buffer.alloc(8), text('X.509'), sized(der)]);

/** A JKS file with a right check value, whatever its entries are. */
function writeJks(entries: readonly Uint8Array[], { count = entries.length, version = 2 } = {}): Buffer {
  const content = Buffer.concat([uint(4, 0xfeedfeed), uint(4, version), uint(4, count), ...entries]);
  const salted = [Buffer.from(PASSPHRASE, 'utf16le').swap16(), Buffer.from('Mighty Aphrodite'), content];
  return Buffer.concat([content, createHash('sha1').update(Buffer.concat(salted)).digest()]);
}

const faultOf = (bytes: Uint8Array, passphrase = PASSPHRASE): Promise<unknown> =>
  readTruststore(bytes, passphrase).then(
    () => 'no fault',
    (fault: unknown) => fault,
  );

describe.skipIf(!hasKeytool)('a truststore made by keytool (apt install default-jdk-headless)', () => {
  const keytool = (...words: string[]) =>
    execFileSync('keytool', [...words, '-storepass', PASSPHRASE], { cwd: directory });

  test.each(['jks', 'pkcs12'])('%s gives the certificates it trusts, and not those of its keys', async (kind) => {
    for (const [alias, { certificatePem }] of Object.entries({ one, other })) {
      writeFileSync(join(directory, `${alias}.pem`), certificatePem);
      keytool(
        '-importcert',
        '-noprompt',
        '-alias',
        alias,
        '-file',
        `${alias}.pem`,
        '-keystore',
        kind,
        '-storetype',
        kind,
      );
    }
    const own = ['-alias', 'own', '-keyalg', 'EC', '-dname', 'CN=Own', '-keypass', PASSPHRASE];
    keytool('-genkeypair', ...own, '-keystore', kind, '-storetype', kind);
    const bytes = readFileSync(join(directory, kind));
    const found = await readTruststore(bytes, PASSPHRASE);
    expect(new Map(found.map(({ alias, der }) => [alias, Buffer.from(der)]))).toEqual(
      new Map(Object.entries({ one, other }).map(([alias, { der }]) => [alias, Buffer.from(der)])),
    );
    expect(await faultOf(bytes, 'wrong')).toMatchObject({ code: 'key', message: expect.stringContaining('is wrong') });
  });
});

describe('a Java keystore', () => {
  test('of either version is read', async () => {
    const old = Buffer.concat([uint(4, 2), text('one'), Buffer.alloc(8), sized(one.der)]);
    for (const bytes of [writeJks([trusted('one', one.der)]), writeJks([old], { version: 1 })]) {
      expect(await readTruststore(bytes, PASSPHRASE)).toEqual([{ alias: 'one', der: Buffer.from(one.der) }]);
    }
    expect(await readTruststore(writeJks([]), PASSPHRASE)).toEqual([]);
  });

  test.each([
    ['of another version', () => writeJks([], { version: 3 }), /version 3/],
    ['with fewer entries than it says', () => writeJks([trusted('one', one.der)], { count: 2 }), /ends too early/],
    ['with more entries than it says', () => writeJks([trusted('one', one.der)], { count: 0 }), /something follows/],
    ['with millions of entries', () => writeJks([], { count: 4_000_000_000 }), /4000000000 entries/],
    [
      'with an entry of another kind',
      () => writeJks([Buffer.concat([uint(4, 7), text('x'), Buffer.alloc(8)])]),
      /kind/,
    ],
    ['cut short', () => writeJks([]).subarray(0, 20), /not a Java keystore/],
    ['that is something else', () => Buffer.from('hello'), /neither JKS nor PKCS #12/],
  ])('%s is refused in one sentence', async (_, bytes, message) => {
    expect(await faultOf(bytes())).toMatchObject({ code: 'key', message });
  });

  test('that was changed anywhere is refused, and nothing else is ever thrown', async () => {
    const bytes = writeJks([trusted('one', one.der), trusted('other', other.der)]);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Uint8Array.from(bytes);
        changed[at]! ^= change;
        expect(await faultOf(changed)).toMatchObject({ code: 'key' });
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (entry) => {
        expect(await faultOf(writeJks([entry], { count: 1 }))).toMatchObject({ code: 'key' });
      }),
    );
  });
});
