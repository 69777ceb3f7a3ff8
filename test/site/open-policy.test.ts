import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPolicy, readPolicyBytes } from '../../src/site/open-policy.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vouch-policy-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const TRUSTING = 'policy: 1\nrules:\n  - endorsers: { allow: [{ issuer: "CN=x" }] }\n';

describe('a policy file', () => {
  it('is read with what it includes, which its digest covers', () => {
    const file = put('site.yaml', `${TRUSTING}  - ask: { file: tools.rq }\n`);
    put('tools.rq', 'ASK { ?s ?p 1 }');
    const { policy } = openPolicy(file);
    expect(policy.rules[1]).toMatchObject({ rule: { kind: 'ask', query: 'ASK { ?s ?p 1 }' } });
    put('tools.rq', 'ASK { ?s ?p 2 }');
    expect(openPolicy(file).policy.digest).not.toBe(policy.digest);
    expect(policy.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['nothing.yaml', undefined, /nothing\.yaml cannot be read/],
    ['bad.yaml', 'policy: [1', /bad\.yaml, line 1: it is not YAML/],
    ['lax.yaml', 'policy: 1\nrules:\n  - valid: {}', /lax\.yaml, line 2: rules: it does not say whom to believe/],
    ['two.yaml', 'x: 1\ny: 2', /and \d more: vouch policy lint/],
  ])('%s that is none is one clear sentence', (name, text, message) => {
    const file = text === undefined ? join(folder, name) : put(name, text);
    expect(() => openPolicy(file)).toThrow(message);
  });

  it('from elsewhere may include nothing', () => {
    const reading = readPolicyBytes(Buffer.from(`${TRUSTING}  - ask: { file: /etc/passwd }\n`), undefined);
    expect(reading.problems[0]?.message).toMatch(/may include no files/);
  });

  it('of any bytes gives an answer', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          expect(readPolicyBytes(bytes, undefined).ok).toBe(false);
        },
      ),
    );
  });
});
