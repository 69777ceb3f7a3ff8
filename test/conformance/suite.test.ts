import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const RUNNER = new URL('../../conformance/run.mjs', import.meta.url).pathname;
const SUITES = new URL('../../../shared/data/w3c/', import.meta.url).pathname;
const HAS_SUITES = existsSync(SUITES) || process.env.CI === 'true';
const SLOW_MS = 900_000;

interface Outcome {
  readonly status: number | null;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly output: string;
}

function run(...manifests: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUNNER, ...manifests], { encoding: 'utf8' });
  const counts = /(\d+) passed, (\d+) failed, (\d+) skipped\n$/.exec(stdout);
  if (counts === null) throw new Error(`The runner did not come to its end: ${stdout}${stderr}`);
  const [passed, failed, skipped] = counts.slice(1).map(Number) as [number, number, number];
  return { status, passed, failed, skipped, output: stdout };
}

function expectHeld(outcome: Outcome, tests: number): void {
  expect(outcome.output.split('\n').filter((line) => line.startsWith('failed'))).toEqual([]);
  expect(outcome.status).toBe(0);
  expect(outcome.passed + outcome.skipped).toBe(tests);
}

describe.skipIf(!HAS_SUITES)('the W3C suites (../shared) pass but for the skip lists, whose tests still fail', () => {
  test('SPARQL 1.1 query and results', { timeout: SLOW_MS }, () => {
    const manifests = ['query', 'results'].map((name) => `${SUITES}sparql11/manifest-sparql11-${name}.ttl`);
    expectHeld(run(...manifests), 338);
  });

  test('SPARQL 1.1 protocol, service description and federation', { timeout: SLOW_MS }, () => {
    const names = ['protocol', 'service-description', 'syntax-fed', 'service'];
    expectHeld(run(...names.map((name) => `${SUITES}sparql11/${name}/manifest.ttl`)), 47);
  });

  test('RDF/XML', { timeout: SLOW_MS }, () => {
    expectHeld(run(`${SUITES}rdf-xml/manifest.ttl`), 166);
  });
});

describe('the runner', () => {
  const manifest = `@prefix : <http://example.org/manifest#> .
    @prefix mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#> .
    @prefix qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#> .
    <> a mf:Manifest ; mf:include ( <gone/manifest.ttl> ) ; mf:entries ( :right :wrong :unknown ) .
    :right a mf:QueryEvaluationTest ; mf:result <right.srj> ; mf:action [ qt:query <q.rq> ; qt:data <d.ttl> ] .
    :wrong a mf:QueryEvaluationTest ; mf:result <wrong.srj> ; mf:action [ qt:query <q.rq> ; qt:data <d.ttl> ] .
    :unknown a mf:RiddleTest .`;
  const results = (...labels: string[]) => {
    const bindings = labels.map((value) => ({ x: { type: 'bnode', value }, y: { type: 'bnode', value: 'shared' } }));
    return JSON.stringify({ head: { vars: ['x', 'y'] }, results: { bindings } });
  };

  test('tells a wrong answer, a kind it does not know and a manifest that is not there', { timeout: 120_000 }, () => {
    const directory = mkdtempSync(join(tmpdir(), 'vouch-conformance-'));
    const files = {
      'manifest.ttl': manifest,
      'q.rq': 'SELECT ?x ?y { ?x <urn:p> ?y }',
      'd.ttl': '_:a <urn:p> _:c . _:b <urn:p> _:c .',
      'right.srj': results('one', 'other'),
      // the same node twice is not two nodes
      'wrong.srj': results('one', 'one'),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    const { status, passed, failed, output } = run(join(directory, 'manifest.ttl'));
    rmSync(directory, { recursive: true });
    expect([status, passed, failed]).toEqual([1, 1, 3]);
    expect(output).toMatch(/failed: \S+#wrong /);
    expect(output).toContain('no test of the kind RiddleTest can be run');
    expect(output).toContain('gone/manifest.ttl is not there');
  });

  test('wants to be told what to run', () => {
    expect(spawnSync(process.execPath, [RUNNER]).status).toBe(2);
  });
});
