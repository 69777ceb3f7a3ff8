// node attacks/run.mjs --library | --cli | --url URL   [--corpus DIR] [--only PREFIX] [--json]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeCorpus, readCorpus } from './corpus.mjs';
import { isAsExpected, openCliJudge, openHttpJudge, openLibraryJudge } from './judge.mjs';
import { openLure } from './lure.mjs';

const USAGE = `Runs the attacks and tells which got through.

  node attacks/run.mjs --library             through verifyEntry, with time bounds
  node attacks/run.mjs --cli                 through vouch verify --json
  node attacks/run.mjs --url URL             through HTTP; the registry must trust the attacks' own authority: see below
  --corpus DIR     where the attacks are kept as files (default for --url: ./attack-corpus; otherwise a temporary directory)
  --only PREFIX    only rows whose id begins so, such as XC
  --json           a line of JSON for each row

The first run with --url makes the corpus and says how to configure the registry. Use a registry of its own: controls are accepted.
Exit code 0 if every row was answered as expected, 1 if not, 2 if nothing was run.
`;

const { values } = readArguments();
const way = values.library ? 'library' : values.cli ? 'cli' : values.url === undefined ? undefined : 'http';
process.exitCode = way === undefined ? tellUsage() : await run(way);

function readArguments() {
  try {
    return parseArgs({
      options: {
        library: { type: 'boolean' },
        cli: { type: 'boolean' },
        url: { type: 'string' },
        corpus: { type: 'string' },
        only: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (thrown) {
    process.stderr.write(`${thrown.message}\n\n`);
    return { values: {} };
  }
}

function tellUsage() {
  (values.help ? process.stdout : process.stderr).write(USAGE);
  return values.help ? 0 : 2;
}

async function run(chosen) {
  const isTemporary = values.corpus === undefined && chosen !== 'http';
  const directory = isTemporary
    ? await mkdtemp(join(tmpdir(), 'vouch-attacks-'))
    : resolve(values.corpus ?? 'attack-corpus');
  let lure;
  try {
    const known = await readCorpus(directory);
    lure = await openLure(known?.lurePort);
    const corpus = known ?? (await makeCorpus(directory, { lurePort: lure.port }));
    if (known === undefined && chosen === 'http') return tellConfiguration(corpus);
    const judge = await openJudge(chosen, corpus);
    const rows = corpus.rows.filter(({ id, ways }) => id.startsWith(values.only ?? '') && ways.includes(chosen));
    let failed = 0;
    if (!values.json) process.stdout.write(writeLine('id', 'expected', 'got', 'ms'));
    for (const row of rows) {
      const answer = await judge(row);
      const isGood = isAsExpected(row, answer, chosen === 'library' ? answer.ms : undefined);
      if (!isGood) failed += 1;
      tell(row, answer, isGood);
    }
    if (lure.visits > 0) {
      failed += 1;
      process.stdout.write(`${lure.visits} connections were made to a place that an attack names\n`);
    }
    process.stdout.write(`${rows.length - Math.min(failed, rows.length)} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  } finally {
    await lure?.[Symbol.asyncDispose]();
    if (isTemporary) await rm(directory, { recursive: true, force: true });
  }
}

function openJudge(chosen, corpus) {
  if (chosen === 'library') return openLibraryJudge(corpus);
  return chosen === 'cli' ? openCliJudge(corpus) : openHttpJudge(values.url);
}

function tell(row, { got, ms, wrong }, isGood) {
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ id: row.id, about: row.about, expected: row.expect, got, ms: Math.round(ms * 100) / 100, within: row.within, passed: isGood, wrong })}\n`,
    );
    return;
  }
  const words = (codes) => (codes === 'OK' ? codes : codes.join(' '));
  process.stdout.write(
    writeLine(row.id, words(row.expect), words(got), ms.toFixed(1), isGood ? '' : `FAILED: ${wrong ?? row.about}`),
  );
}

function writeLine(id, expected, got, ms, note = '') {
  return `${`${id.padEnd(8)}${expected.padEnd(28)} ${got.padEnd(40)} ${ms.padStart(8)}  ${note}`.trimEnd()}\n`;
}

function tellConfiguration(corpus) {
  process.stdout.write(`The attacks are in ${corpus.directory}. Now start a registry that trusts their authority, and nothing else:

  trust: { mode: anchors, directory: ${corpus.trust} }

(for Vouch: in vouch.yaml, or VOUCH_TRUST_DIRECTORY), then run this again. Nothing was run.
`);
  return 2;
}
