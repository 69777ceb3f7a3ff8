import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vouch-policy-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('vouch policy lint', () => {
  it('tells what is wrong at its line, and that the rest is good', async () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, 'policy: 1\nrules:\n  - endorsers: { allow: [{ email: a@b.c }] }\n');
    const { code, out } = await runCommand(['policy', 'lint', bad, 'policies/strict.yaml']);
    expect(code).toBe(1);
    expect(out).toContain(
      `${bad}: no policy\n  error at line 3, rules[0].endorsers.allow[0]: any authority may certify`,
    );
    expect(out).toContain('policies/strict.yaml: good, 6 rules\n');
  });

  it('has an answer for programs', async () => {
    const { code, out } = await runCommand(['policy', 'lint', '--json', 'policies/open.yaml']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      valid: true,
      problems: [{ severity: 'advice', line: 6, path: 'rules[0]' }],
    });
  });
});

describe('vouch policy convert', () => {
  it('writes a policy that lint finds good, and says what to look at', async () => {
    const original = join(folder, 'policy.cfg');
    const converted = join(folder, 'site.yaml');
    writeFileSync(original, '[endorsers]\nwhitelistendorsers=\n jane@example.org\n');
    const { code, err } = await runCommand(['policy', 'convert', original, '-o', converted]);
    expect(code).toBe(0);
    expect(err).toContain('by address alone');
    expect(readFileSync(converted, 'utf8')).toContain('email: jane@example.org');
    expect((await runCommand(['policy', 'lint', converted])).code).toBe(0);
  });

  it('says at which line it does not understand the original', async () => {
    const original = join(folder, 'odd.cfg');
    writeFileSync(original, '[endorsers]\nnonsense\n');
    expect(await runCommand(['policy', 'convert', original])).toMatchObject({
      code: 65,
      err: expect.stringContaining('line 2: "nonsense" is neither'),
    });
  });
});
