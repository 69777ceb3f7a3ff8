// npm run conformance -- MANIFEST…: runs the tests that W3C manifests describe, by the registry's own endpoint and readers.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openEndpoint } from './endpoint.mjs';
import { readTests } from './manifest.mjs';
import { runProtocol, runServiceDescription } from './protocol-test.mjs';
import { runEvaluation, runSyntax } from './query-test.mjs';
import { runRdfXmlEvaluation, runRdfXmlSyntax } from './rdf-xml-test.mjs';

/** How each kind of test is run; each gives undefined, or a sentence that says what is wrong. */
const KINDS = {
  QueryEvaluationTest: runEvaluation,
  CSVResultFormatTest: runEvaluation,
  PositiveSyntaxTest: (test, endpoint) => runSyntax(test, endpoint, true),
  PositiveSyntaxTest11: (test, endpoint) => runSyntax(test, endpoint, true),
  NegativeSyntaxTest: (test, endpoint) => runSyntax(test, endpoint, false),
  NegativeSyntaxTest11: (test, endpoint) => runSyntax(test, endpoint, false),
  ProtocolTest: runProtocol,
  ServiceDescriptionTest: runServiceDescription,
  TestXMLEval: runRdfXmlEvaluation,
  TestXMLNegativeSyntax: runRdfXmlSyntax,
  MissingManifest: ({ name }) => `${name} is not there`,
};

const files = process.argv.slice(2).filter((word) => !word.startsWith('-'));
if (files.length === 0) {
  console.error('Name a manifest: npm run conformance -- ../shared/data/w3c/sparql11/manifest-sparql11-query.ttl');
  process.exit(2);
}
process.exitCode = await run(files.flatMap((file) => readTests(resolve(file))));

async function run(tests) {
  const skipped = readSkipped();
  const endpoint = await openEndpoint();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const test of tests) {
    const { outcome, why } = judge(await attempt(test, endpoint), skipped[test.id]);
    counts[outcome] += 1;
    if (outcome !== 'passed') console.log(`${outcome}: ${test.id} ${test.name}\n  ${toShort(why)}`);
  }
  await endpoint.close();
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed === 0 ? 0 : 1;
}

async function attempt(test, endpoint) {
  const runTest = KINDS[test.kind];
  if (runTest === undefined) return `no test of the kind ${test.kind} can be run`;
  try {
    return await runTest(test, endpoint);
  } catch (thrown) {
    return `the test could not be run: ${thrown.stack}`;
  }
}

/** A test on the skip list has to fail still: one that passes is no longer to be on it. */
function judge(wrong, reason) {
  if (reason === undefined) return wrong === undefined ? { outcome: 'passed' } : { outcome: 'failed', why: wrong };
  if (wrong === undefined) return { outcome: 'failed', why: `it passes, and is still on the skip list: ${reason}` };
  return { outcome: 'skipped', why: reason };
}

/** The tests known to fail, and why, of every list in this folder. */
function readSkipped() {
  const directory = new URL('skip/', import.meta.url);
  const lists = readdirSync(directory).map((name) => JSON.parse(readFileSync(new URL(name, directory), 'utf8')));
  return Object.assign({}, ...lists);
}

function toShort(text) {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}
