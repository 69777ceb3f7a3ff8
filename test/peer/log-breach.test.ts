import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { toExit } from '../../src/cli/exit-code.ts';
import { BREACH_CODES, LogBreach } from '../../src/peer/log-breach.ts';

it('has a row in the documentation for every word, with its exit code, and no other', () => {
  const text = readFileSync('docs/verifying-the-log.md', 'utf8');
  const rows = [...text.matchAll(/^\| ((?:`[a-z]+`(?:, )?)+) \| (\d+) \|/gm)];
  const documented = rows.flatMap(([, words, code]) =>
    words!.split(', ').map((word) => [word.slice(1, -1), Number(code)]),
  );
  const actual = BREACH_CODES.map((code) => [code, toExit(new LogBreach(code, 'Caught.')).code]);
  expect(documented.sort()).toEqual(actual.sort());
  expect(actual.length).toBeGreaterThan(10);
});
