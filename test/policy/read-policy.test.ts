import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULE_KINDS } from '../../src/policy/policy.ts';
import { readText } from './judged.ts';

const problemsOf = (text: string, files?: Record<string, string>): string[] =>
  readText(text, files).problems.map(({ severity, path, line, message }) => `${severity} ${line} ${path}: ${message}`);

describe('a policy document', () => {
  it('is read with its effects, names, included files and defaults', () => {
    const reading = readText(
      [
        'policy: 1',
        'name: ours',
        'rules:',
        `  - endorsers: { allow: [{ key: ${'AB'.repeat(32)} }] }`,
        '  - valid: { maxAge: 12 h }',
        '    effect: warn',
        '  - ask: { file: tools.rq }',
        '    name: has tools',
        '  - requires: { os: debian }',
      ].join('\n'),
      { 'tools.rq': 'ASK {}' },
    );
    expect(reading).toMatchObject({
      ok: true,
      problems: [],
      policy: {
        name: 'ours',
        rules: [
          { effect: 'enforce', rule: { kind: 'endorsers', allow: [{ key: 'ab'.repeat(32) }] } },
          { effect: 'warn', rule: { kind: 'valid', maxAgeMs: 43_200_000 } },
          { effect: 'enforce', name: 'has tools', rule: { kind: 'ask', query: 'ASK {}' } },
          { effect: 'enforce', rule: { kind: 'requires', values: { os: ['debian'] } } },
        ],
      },
    });
  });

  it.each([
    ['policy: 2\nrules: []', ['error 1 policy: it must be 1', 'error 2 rules: it must NOT have fewer than 1 items']],
    ['rules: 3', ['error 1 : "policy" is missing', 'error 1 rules: it must be a list']],
    ['policy: 1\nrules:\n  - endorser: { allow: anyone }', ['error 3 rules[0]: there is no "endorser" here']],
    [
      'policy: 1\nrules:\n  - endorsers: { allow: anyone }\n  - valid: { maxAge: long }\n  - threshold: { of: 0, endorsers: anyone }',
      [
        'error 4 rules[1].valid.maxAge: it must be a duration such as 90d, 12h or 30m',
        'error 5 rules[2].threshold.of: it must be >= 1',
      ],
    ],
    [
      'policy: 1\nrules:\n  - endorsers: { allow: anyone }\n    valid: {}',
      ['error 3 rules[0]: each rule stands in an item of its own; this one has endorsers and valid'],
    ],
    [
      'policy: 1\nrules:\n  - endorsers:\n      allow:\n        - email: a@b.c',
      [
        'error 5 rules[0].endorsers.allow[0]: any authority may certify an address: add "subject" and "issuer", or say "emailAlone: true"',
      ],
    ],
    [
      'policy: 1\nrules:\n  - endorsers: { allow: [{ subject: "CN=a" }] }',
      [
        'error 3 rules[0].endorsers.allow[0]: a subject means nothing without the issuer that certified it: add "issuer"',
      ],
    ],
    [
      'policy: 1\nrules:\n  - threshold: { of: 2, endorsers: [{ email: a@b.c, emailAlone: true }] }',
      ['error 3 rules[0].threshold.of: only 1 endorsers are listed, so that 2 can never be reached'],
    ],
    [
      'policy: 1\nrules:\n  - valid: {}',
      [
        'error 2 rules: it does not say whom to believe: enforce "endorsers: { allow: … }" (or "anyone"), "threshold", "images" or "checksums" with "allow"',
      ],
    ],
    [
      'policy: 1\nrules:\n  - ask: { file: none.rq }\n  - endorsers: { allow: [{ issuer: "CN=a" }] }',
      ['error 3 rules[0].ask.file: none.rq cannot be read: there is none.'],
    ],
    [
      'policy: 1\nrules:\n  - endorsers: { allow: anyone }',
      ['advice 3 rules[0]: whoever your trust directory lets endorse decides what runs'],
    ],
  ])('says what is wrong, and where: %j', (text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
    expect(readText(text).ok).toBe(problems.every((problem) => problem.startsWith('advice')));
  });

  it('has a schema that knows every rule', () => {
    const schema = JSON.parse(readFileSync('schemas/policy.schema.json', 'utf8'));
    const { effect: _effect, name: _name, ...kinds } = schema.properties.rules.items.properties;
    expect(Object.keys(kinds)).toEqual([...RULE_KINDS]);
  });
});

describe('the policies to start from', () => {
  const names = readdirSync('policies').filter((name) => name.endsWith('.yaml'));
  it.each(names)('%s is one', (name) => {
    const reading = readText(readFileSync(`policies/${name}`, 'utf8'));
    expect(reading.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(reading.ok).toBe(true);
  });

  it('are those the documentation names', () => {
    expect(names).toEqual(['endorser-list.yaml', 'federation.yaml', 'open.yaml', 'strict.yaml']);
    const text = readFileSync('docs/policy.md', 'utf8');
    for (const name of names) expect(text).toContain(`policies/${name}`);
    for (const kind of RULE_KINDS) expect(text).toContain(`\`${kind}`);
  });
});
