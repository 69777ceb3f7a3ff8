import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AttackRow, type Corpus, makeCorpus } from '../../attacks/corpus.mjs';
import { type Answer, type Judge, openCliJudge, openHttpJudge, openLibraryJudge } from '../../attacks/judge.mjs';
import { type Lure, openLure } from '../../attacks/lure.mjs';
import { type RunningRegistry, runRegistry } from '../../src/cli/run-registry.ts';
import { findFreePort } from '../cli/open-marketplace.ts';

/** The machine that runs this may be busy with other things; `attacks/run.mjs` holds rows to the bound itself. */
const MARGIN = 10;

describe('the attack corpus', () => {
  let directory: string;
  let lure: Lure;
  let corpus: Corpus;
  let running: RunningRegistry;
  const judges: Partial<Record<'library' | 'cli' | 'http', Judge>> = {};

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vouch-attacks-'));
    lure = await openLure();
    corpus = await makeCorpus(join(directory, 'corpus'), { lurePort: lure.port });
    const port = await findFreePort();
    const baseUrl = `http://127.0.0.1:${port}`;
    running = await runRegistry(
      { directory: join(directory, 'registry'), baseUrl, trust: { mode: 'anchors', directory: corpus.trust } },
      { host: '127.0.0.1', port },
    );
    judges.library = await openLibraryJudge(corpus, { runs: 5 });
    judges.cli = await openCliJudge(corpus);
    judges.http = await openHttpJudge(baseUrl);
  }, 300_000);

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await lure[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  const expectAnswer = (row: AttackRow, answer: Answer): void => {
    const { id, expect: expected, warns } = row;
    if (expected === 'OK') {
      expect({ id, got: answer.got, wrong: answer.wrong }).toEqual({ id, got: 'OK', wrong: undefined });
      expect(answer.warns).toEqual(expect.arrayContaining([...warns]));
    } else expect({ id, got: answer.got }).toEqual({ id, got: expect.arrayContaining([...expected]) });
  };

  it.each(['library', 'cli', 'http'] as const)(
    'gets every answer it expects through the %s',
    async (way) => {
      const rows = corpus.rows.filter(({ ways }) => ways.includes(way));
      expect(rows.length).toBeGreaterThan(170);
      for (const row of rows) {
        const answer = await judges[way]!(row);
        expectAnswer(row, answer);
        if (way === 'library') {
          const isInTime = answer.ms < row.within * MARGIN;
          expect([row.id, answer.ms, isInTime]).toEqual([row.id, expect.any(Number), true]);
        }
      }
    },
    600_000,
  );

  it('makes nobody fetch what its documents and certificates name', () => {
    expect(lure.visits).toBe(0);
  });

  it('has every row of the design by name, each once', () => {
    const ids = corpus.rows.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    const missing = DESIGNED.filter(
      (wanted) => !ids.some((id) => id === wanted || id.replace(/[a-z]$/, '') === wanted),
    );
    expect(missing).toEqual([]);
  });
});

/** The rows of design/trust.md that can be tried on a registry; attacks/README.md says where the others are. */
const DESIGNED = [
  ...numbered('XS', 0, 2),
  ...numbered('XW', 1, 10),
  ...numbered('XT', 1, 5),
  ...numbered('XD', 1, 9),
  ...numbered('XA', 1, 7),
  ...numbered('XX', 1, 5),
  ...numbered('XC', 1, 8),
  ...numbered('KI', 1, 5),
  ...numbered('ID', 1, 5),
  ...numbered('CP', 1, 18),
  ...numbered('CR', 1, 9),
  ...numbered('TS', 11, 11),
];

function numbered(prefix: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, count) => `${prefix}-${String(from + count).padStart(2, '0')}`);
}
