import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeDraft } from '../../src/entry/write-entry.ts';
import type { Issued } from '../../src/x509/issue.ts';
import { describeImage, makeAuthority, makeEndorser, makeEntry } from '../endorser.ts';
import { runCommand } from './run-command.ts';

let folder = '';
let authority: Issued;
const at = (name: string): string => join(folder, name);
const AT = ['--at', '2026-11-21T12:00:00Z'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vouch-verify-'));
  authority = await makeAuthority();
  const jane = await makeEndorser(authority, 'jane');
  const entry = await makeEntry(jane, describeImage('verify', { title: 'Good' }));
  await writeFile(at('good.xml'), entry);
  await writeFile(at('forged.xml'), Buffer.from(entry).toString().replace('Good', 'Evil'));
  await writeFile(at('draft.xml'), writeDraft(describeImage('draft')));
  await writeFile(at('bad-draft.xml'), writeDraft(describeImage('draft', { locations: [] })));
  await writeFile(at('ca.pem'), authority.certificatePem);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('vouch verify', () => {
  test('says valid with exit code 0, and writes the stable keys as JSON', async () => {
    const words = await runCommand(['verify', at('good.xml'), '--trust', folder, ...AT]);
    expect(words).toMatchObject({
      code: 0,
      out: expect.stringMatching(/good\.xml: valid, \S{27} by jane@example\.org\n$/),
    });
    const json = await runCommand(['verify', at('good.xml'), '--trust', folder, '--json', ...AT]);
    const verdict = JSON.parse(json.out);
    expect(Object.keys(verdict)).toEqual(['valid', 'file', 'entry', 'findings']);
    expect(verdict).toMatchObject({
      valid: true,
      file: at('good.xml'),
      entry: {
        email: 'jane@example.org',
        created: '2026-11-21T12:00:00Z',
        title: 'Good',
        validUntil: '2098-11-21T00:00:00Z',
      },
      findings: [],
    });
  });

  test('writes one JSON object a line for several files, and exits with 1 if any is invalid', async () => {
    const result = await runCommand(['verify', at('good.xml'), at('forged.xml'), '--trust', folder, '--json', ...AT]);
    expect(result.code).toBe(1);
    const [good, forged] = result.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(good.valid).toBe(true);
    expect(forged).toMatchObject({ valid: false, entry: { title: 'Evil' } });
    expect(forged.findings).toEqual([
      expect.objectContaining({ code: 'digest', check: 'signature', severity: 'error', message: expect.any(String) }),
    ]);
  });

  test('tells code, place and sentence of each finding', async () => {
    const result = await runCommand(['verify', at('bad-draft.xml'), '--draft']);
    expect(result.code).toBe(1);
    expect(result.out).toMatch(/bad-draft\.xml: invalid, 1 finding\n {2}error location \(slterms:location\): /);
  });

  test('checks a draft without signature, and only if asked to', async () => {
    expect(await runCommand(['verify', at('draft.xml'), '--draft'])).toMatchObject({ code: 0 });
    const signed = await runCommand(['verify', at('draft.xml'), '--trust', 'any', ...AT]);
    expect(signed).toMatchObject({ code: 1, out: expect.stringContaining('sig-count') });
  });

  test('with --trust any accepts any signer and says so', async () => {
    const result = await runCommand(['verify', at('good.xml'), '--trust', 'any', ...AT]);
    expect(result).toMatchObject({ code: 0, out: expect.stringContaining('warning untrusted') });
  });

  test('judges at the time it is given', async () => {
    const early = await runCommand(['verify', at('good.xml'), '--trust', folder, '--at', '2026-06-01']);
    expect(early).toMatchObject({ code: 1, out: expect.stringContaining('error created') });
    const late = await runCommand(['verify', at('good.xml'), '--trust', folder, '--at', '2100-06-01']);
    expect(late).toMatchObject({ code: 1, out: expect.stringContaining('error expired') });
  });

  test('refuses a trust directory without certificates with exit code 2', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'vouch-empty-'));
    try {
      const result = await runCommand(['verify', at('good.xml'), '--trust', empty]);
      expect(result).toMatchObject({ code: 2, out: '', err: expect.stringContaining('holds no certificate') });
    } finally {
      await rm(empty, { recursive: true });
    }
  });

  const original = new URL('../../../shared/data/stratuslab/valid-indate-signature.xml', import.meta.url).pathname;
  test.skipIf(!existsSync(original) && process.env.CI !== 'true')(
    'accepts an original StratusLab entry in the legacy profile only (needs ../shared)',
    async () => {
      const legacy = await runCommand(['verify', original, '--trust', 'any', '--profile', 'legacy']);
      expect(legacy).toMatchObject({ code: 0, out: expect.stringContaining(': valid, ') });
      expect(legacy.out).toContain('warning weak');
      const current = await runCommand(['verify', original, '--trust', 'any', '--json']);
      expect(current.code).toBe(1);
      const codes = JSON.parse(current.out).findings.map(({ code }: { code: string }) => code);
      expect(codes).toContain('alg-not-allowed');
    },
  );
});
