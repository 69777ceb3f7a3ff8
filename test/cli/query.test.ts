import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mergeTriples } from '../../src/cli/merge-answers.ts';
import { createApp } from '../../src/server/app.ts';
import { type RunningServer, serveRegistry } from '../../src/server/listen.ts';
import { NOW, openTwin, type RegistryTwin, toIdentifier } from '../server/registry-twin.ts';
import { runCommand } from './run-command.ts';

const OS = '<http://mp.stratuslab.eu/slterms#os>';
const ROWS = `SELECT ?os { ?x ${OS} ?os } ORDER BY ?os`;
const twins: RegistryTwin[] = [];
const servers: RunningServer[] = [];
let directory: string;
let first: string;
let second: string;

async function open(...systems: string[]): Promise<string> {
  const twin = await openTwin();
  for (const [place, os] of systems.entries()) await twin.put({ identifier: toIdentifier(place + 1), os });
  await twin.sparql.waitFor(systems.length);
  twins.push(twin);
  const server = await serveRegistry(createApp(twin, { documents: twin.documents, now: () => NOW }), {
    host: '127.0.0.1',
    port: 0,
  });
  servers.push(server);
  return server.url;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'vouch-query-'));
  first = await open('debian', 'a "b", c');
  second = await open('ubuntu');
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  for (const server of servers) await server.close(0);
  for (const twin of twins) await twin.close();
});

const ask = (...words: string[]) => runCommand(['query', ...words]);
const both = () => ['--source', first, '--source', second];

describe('vouch query', () => {
  test.each([
    ['csv', 'os\r\n'],
    ['tsv', '?os\n'],
    ['xml', '<variable name="os"/>'],
    ['json', '"vars":["os"]'],
  ])('prints rows as %s', async (format, part) => {
    const { code, out } = await ask(ROWS, '--url', first, '--format', format);
    expect([code, out]).toEqual([0, expect.stringContaining(part)]);
  });

  test('asks about the past, of a registry that says so', async () => {
    const { code, out } = await ask(ROWS, '--url', first, '--format', 'csv', '--as-of', '1');
    expect([code, out]).toEqual([0, 'os\r\ndebian\r\n']);
    expect((await ask(ROWS, '--url', first, '--as-of', '99')).code).not.toBe(0);
  });

  test.each(['ttl', 'nt', 'rdf', 'jsonld', 'nq', 'trig', 'json', 'xml', 'table'])(
    'prints a graph as %s',
    async (format) => {
      const { code, out } = await ask(
        `CONSTRUCT { ?x ${OS} ?os } WHERE { ?x ${OS} ?os }`,
        '--url',
        second,
        '--format',
        format,
      );
      expect([code, out]).toEqual([0, expect.stringContaining('ubuntu')]);
    },
  );

  test('binds the parameters a file declares, as terms', async () => {
    const file = join(directory, 'by-system.rq');
    writeFileSync(file, `# param os: string\nSELECT (COUNT(?x) AS ?n) { ?x ${OS} ?os }`);
    const countOf = async (os: string) =>
      (await ask('-f', file, '--url', first, '--format', 'csv', '--param', `os=${os}`)).out;
    expect(await countOf('debian')).toBe('n\r\n1\r\n');
    expect(await countOf('a "b", c')).toBe('n\r\n1\r\n');
    expect(await countOf('" } #')).toBe('n\r\n0\r\n');
    expect((await ask('-f', file, '--url', first)).code).toBe(2);
    expect((await ask('-f', file, '--url', first, '--param', 'os')).code).toBe(2);
    expect((await ask('-f', file, '--url', first, '--param', 'os=a', '--param', 'os=b')).code).toBe(2);
    expect((await ask(ROWS, '--url', first, '--param', 'os=a')).code).toBe(2);
  });
});

describe('vouch query with several sources', () => {
  test('puts the rows of all after each other, each with its source', async () => {
    const csv = await ask(ROWS, ...both(), '--format', 'csv');
    expect(csv.out).toBe(`source:,os\r\n${first},"a ""b"", c"\r\n${first},debian\r\n${second},ubuntu\r\n`);
    const tsv = await ask(ROWS, ...both(), '--format', 'tsv');
    expect(tsv.out).toBe(`?source:\t?os\n<${first}>\t"a \\"b\\", c"\n<${first}>\t"debian"\n<${second}>\t"ubuntu"\n`);
    const json = JSON.parse((await ask(ROWS, ...both(), '--format', 'json')).out);
    expect(json.results.bindings[2]).toEqual({
      'source:': { type: 'uri', value: second },
      os: { type: 'literal', value: 'ubuntu' },
    });
    expect((await ask(ROWS, ...both())).out).toContain(second);
  });

  test('puts graphs into one, and keeps the blank nodes of each apart', async () => {
    const graph = `CONSTRUCT { ?x ${OS} ?os } WHERE { ?x ${OS} ?os }`;
    const { out } = await ask(graph, ...both(), '--format', 'nt');
    expect(out.trim().split('\n')).toHaveLength(3);
    expect(mergeTriples(['_:a <urn:p> _:b .\n<urn:s> <urn:p> "_:a ." .\n', '_:a <urn:p> _:b .\n'])).toBe(
      '_:s0a <urn:p> _:s0b .\n<urn:s> <urn:p> "_:a ." .\n_:s1a <urn:p> _:s1b .\n',
    );
  });

  test('is answered yes where one of them says so, and tells which', async () => {
    const { code, out } = await ask(`ASK { ?x ${OS} "ubuntu" }`, ...both());
    expect([code, out]).toEqual([0, `no  ${first}\nyes  ${second}\n`]);
    expect((await ask(`ASK { ?x ${OS} "plan9" }`, ...both())).code).toBe(1);
  });

  test('fails where one of them does not answer, or the form cannot be put together', async () => {
    expect((await ask(ROWS, '--source', first, '--source', 'http://127.0.0.1:1')).code).toBe(69);
    expect((await ask(ROWS, ...both(), '--format', 'xml')).code).toBe(2);
  });
});
