// Heavy queries that are killed, light ones whose answers are known, and new entries between them, all at once for SOAK_MINUTES
// (default 3): memory must end flat, and no answer may be wrong. Not part of a plain `npm run bench`: ask for it by name.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLevelCatalog } from '../dist/catalog/level-catalog.js';
import { openSparqlEngine } from '../dist/catalog/sparql/sparql-engine.js';
import { median } from './entries.mjs';
import { appendEntries, BASE_URL, openLog, readDocument } from './sparql/entries.mjs';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 3);
const ENTRIES = 2_000;
const STEPS = 10;
const CSV = ['text/csv'];
const P = 'PREFIX d: <http://purl.org/dc/terms/> PREFIX v: <https://w3id.org/vouch#> ';
/** What runs into a limit: one for the executor's own loops, one for what it collects, one for the complete engine, one that runs away on a path. */
export const HEAVY = [
  'SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }',
  'SELECT DISTINCT ?a ?c ?d { ?a d:title ?b . ?c d:title ?x . ?d d:title ?y } ORDER BY ?b',
  'SELECT (COUNT(*) AS ?n) { ?a d:title ?b . ?c d:title ?d FILTER(MD5(?b) = SHA1(?d)) }',
  'SELECT (COUNT(*) AS ?n) { ?a (d:title|^d:publisher|d:publisher|^d:title)+ ?b }',
].map((text) => P + text);

export async function soakSparql() {
  const directory = mkdtempSync(join(tmpdir(), 'vouch-soak-'));
  const log = await openLog(directory);
  await appendEntries(log, 0, ENTRIES);
  const catalog = await openLevelCatalog({
    directory: join(directory, 'catalog'),
    log,
    readDocument,
    baseUrl: BASE_URL,
  });
  const limits = { timeoutMs: 1_500, waitMs: 30_000, queue: 200 };
  const sparql = await openSparqlEngine({ catalog, baseUrl: BASE_URL, limits });
  await sparql.waitFor(log.size());
  const end = Date.now() + MINUTES * 60_000;
  const counts = { light: 0, late: 0, wrong: 0, busy: 0, timeout: 0, 'too-large': 0, appended: 0 };
  let latencies = [];

  const light = async () => {
    for (let turn = 0; Date.now() < end; turn++) {
      const before = log.size();
      const text = `${P}SELECT (COUNT(*) AS ?n) (MAX(?i) AS ?m) { ?x v:logIndex ?i ; d:identifier ?d } #${turn}`;
      const start = performance.now();
      try {
        // what was appended before the question is in the answer
        await sparql.waitFor(before);
        const { body, logSize } = await sparql.query({ text }, CSV);
        latencies.push(performance.now() - start);
        counts.light++;
        if (logSize < before || body !== `n,m\r\n${logSize},${logSize - 1}\r\n`) counts.wrong++;
      } catch (failure) {
        // on a machine with much else to do even a light one may be too late: that is no wrong answer, but it is told
        if (failure.code === 'timeout') counts.late++;
        else if (failure.code === 'busy') counts.busy++;
        else throw failure;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const heavy = async (first) => {
    for (let turn = first; Date.now() < end; turn++) {
      const failure = await sparql
        .query({ text: `${HEAVY[turn % HEAVY.length]} #${turn}` }, CSV)
        .catch((fault) => fault);
      if (!(failure.code in counts)) counts.wrong++;
      else counts[failure.code]++;
    }
  };
  const append = async () => {
    for (let number = ENTRIES; Date.now() < end; number++) {
      await appendEntries(log, number, number + 1);
      catalog.notify();
      counts.appended++;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  const rows = [['minute', 'light', 'median ms', 'late', 'killed', 'too large', 'busy', 'wrong', 'appended', 'MB']];
  const watch = async () => {
    for (let step = 1; step <= STEPS; step++) {
      await new Promise((resolve) => setTimeout(resolve, (MINUTES * 60_000) / STEPS - 50));
      const { light: answered, timeout, busy, wrong, appended } = counts;
      const shown = [
        answered,
        latencies.length === 0 ? '-' : median(latencies).toFixed(0),
        counts.late,
        timeout,
        counts['too-large'],
      ];
      const megabytes = Math.round(process.memoryUsage.rss() / 1024 / 1024);
      rows.push([((step * MINUTES) / STEPS).toFixed(1), ...shown, busy, wrong, appended, megabytes]);
      latencies = [];
    }
  };
  await Promise.all([light(), light(), heavy(0), heavy(2), append(), watch()]);
  await sparql.close();
  await catalog.close();
  await log.close();
  rmSync(directory, { recursive: true });
  return {
    title: `Soak: ${ENTRIES} entries, two clients of heavy queries with a limit of ${limits.timeoutMs} ms, two of light ones`,
    rows,
  };
}
