import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRegistry } from '../../src/cli/run-registry.ts';
import { findFreePort } from '../cli/open-marketplace.ts';

const RUNNER = new URL('../../attacks/run.mjs', import.meta.url).pathname;

function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [RUNNER, ...words], { maxBuffer: 2 ** 24 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('attacks/run.mjs', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'vouch-runner-'));
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('prints a table and counts', async () => {
    const { code, out } = await run('--cli', '--only', 'XT-0');
    expect(out).toMatch(/^id +expected +got +ms\n/);
    expect(out).toMatch(/XT-03 +pi +pi\b.* \d+\.\d\n/);
    expect(out).toMatch(/\n\d+ passed, 0 failed\n$/);
    expect(code).toBe(0);
  }, 180_000);

  it('says what it can do when it is not told what to do', async () => {
    const { code, err } = await run('--nonsense');
    expect(code).toBe(2);
    expect(err).toContain('--library');
  });

  it('makes a corpus, says how to trust it, and then tries a registry that does', async () => {
    const corpus = join(directory, 'corpus');
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const first = await run('--url', url, '--corpus', corpus);
    expect(first.code).toBe(2);
    expect(first.out).toContain(`directory: ${corpus}/trust`);
    expect(existsSync(join(corpus, 'trust', 'attack-ca.pem'))).toBe(true);
    const trust = { mode: 'anchors', directory: join(corpus, 'trust') } as const;
    await using _ = await runRegistry(
      { directory: join(directory, 'registry'), baseUrl: url, trust },
      { host: '127.0.0.1', port },
    );
    const second = await run('--url', url, '--corpus', corpus, '--json');
    expect(second.out.trim().split('\n').at(-1)).toMatch(/^\d+ passed, 0 failed$/);
    expect(second.code).toBe(0);
    const row = JSON.parse(second.out.split('\n')[0]!) as Record<string, unknown>;
    expect(row).toEqual(expect.objectContaining({ id: 'XS-01', expected: ['alg-not-allowed'], passed: true }));
    // The controls are known by now, and what was older stays older.
    const third = await run('--url', url, '--corpus', corpus, '--only', 'ID');
    expect(third.code).toBe(0);
  }, 300_000);

  it('tells which attacks got through', async () => {
    const corpus = join(directory, 'corpus');
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const trust = { mode: 'anchors', directory: join(corpus, 'trust'), crl: 'off', namespaces: 'off' } as const;
    await using _ = await runRegistry(
      { directory: join(directory, 'careless'), baseUrl: url, trust },
      { host: '127.0.0.1', port },
    );
    const { code, out } = await run('--url', url, '--corpus', corpus, '--only', 'CR-01');
    expect(out).toContain('FAILED: a revoked signer');
    expect(out).toMatch(/0 passed, 2 failed\n$/);
    expect(code).toBe(1);
  }, 180_000);
});
