import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { Parser } from 'n3';
import { isomorphic } from 'rdf-isomorphic';
import { isSameResult } from './compare.mjs';
import { readData } from './read-data.mjs';
import { readResultGraph, readSolutions } from './solutions.mjs';

const MF = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#';
const QT = 'http://www.w3.org/2001/sw/DataAccess/tests/test-query#';
const MEDIA_TYPES = {
  srx: 'application/sparql-results+xml',
  srj: 'application/sparql-results+json',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
};

/** Asks the test's query over its data; undefined if the answer is the expected one, else what is wrong. */
export async function runEvaluation({ node, base }, endpoint) {
  const action = node.one(`${MF}action`);
  const query = readFileSync(action.file(`${QT}query`), 'utf8');
  const data = action.all(`${QT}data`).map(({ term }) => toGraph(term, base));
  const named = action.all(`${QT}graphData`).map(({ term }) => toGraph(term, base));
  await endpoint.load({ base, graphs: [...data, ...named, { iri: `${base}.empty` }] });
  const expected = node.file(`${MF}result`);
  const { format, read } = await toExpectation(expected, base);
  const reply = await endpoint.request(`/query?${toDataset(query, data, named, base)}`, {
    method: 'POST',
    body: query,
    headers: { 'Content-Type': 'application/sparql-query', Accept: format },
  });
  const body = await reply.text();
  if (reply.status !== 200) return `${reply.status}: ${body}`;
  return read(body) ? undefined : `not as expected: ${body}`;
}

/** Asks a query whose syntax is right or wrong; of its answer only the status counts. */
export async function runSyntax({ node, base }, endpoint, isRight) {
  const query = readFileSync(node.file(`${MF}action`), 'utf8');
  await endpoint.load({ base, graphs: [] });
  const reply = await endpoint.request('/query', {
    method: 'POST',
    body: query,
    headers: { 'Content-Type': 'application/sparql-query' },
  });
  const { detail = '' } = reply.status === 200 ? {} : await reply.json();
  return reply.status === (isRight ? 200 : 400) ? undefined : `${reply.status}: ${detail}`;
}

/**
 * The dataset of the protocol. The registry's default graph is all graphs together, so a test that tells graphs apart names its
 * own, unless its query does; the other tests ask what clients ask who name none.
 */
function toDataset(query, data, named, base) {
  const search = new URLSearchParams();
  const words = query.replace(/#[^\n>]*$/gm, '');
  if (/\bFROM\b/i.test(words) || !(named.length > 0 || /\bGRAPH\b/i.test(words))) return search;
  for (const { iri } of data) search.append('default-graph-uri', iri);
  if (data.length === 0) search.append('default-graph-uri', `${base}.empty`);
  for (const { iri } of named) search.append('named-graph-uri', iri);
  return search;
}

function toGraph(term, base) {
  const file = decodeURIComponent(new URL(term.value).pathname);
  return { iri: base + basename(file), file };
}

/** What to ask for, and how to tell that an answer is the expected one. */
async function toExpectation(file, base) {
  const extension = extname(file).slice(1);
  if (extension in MEDIA_TYPES) {
    const expected = readSolutions(readFileSync(file, 'utf8'), extension);
    return {
      format: MEDIA_TYPES[extension],
      read: (body) => isSameResult(readSolutions(body, extension), expected),
    };
  }
  const quads = await readData(file, base);
  const expected = readResultGraph(quads);
  if (expected !== undefined) {
    return { format: MEDIA_TYPES.srj, read: (body) => isSameResult(readSolutions(body, 'srj'), expected) };
  }
  return { format: 'text/turtle', read: (body) => isomorphic(new Parser().parse(body), quads) };
}
