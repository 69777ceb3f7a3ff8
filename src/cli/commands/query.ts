import { type Command, Option } from 'commander';
import { readSavedQuery } from '../../catalog/sparql/saved-query.ts';
import { toMessage, VouchError } from '../../errors.ts';
import { type QueryResult, readQueryResult } from '../../server/query-result.ts';
import { type AsOfOptions, addAsOfOption, addRegistryOption, type Bind, type Call, openClient } from '../call.ts';
import type { RegistryClient } from '../client.ts';
import { EXIT } from '../exit-code.ts';
import { mergeRows, mergeTriples, type SourceAnswer, toPlain, writeTable } from '../merge-answers.ts';
import type { Terminal } from '../terminal.ts';

const JSON_ROWS = 'application/sparql-results+json';
const TRIPLES = 'application/n-triples';

/** What to ask for by name. A graph has no table: it comes as Turtle. */
const ACCEPT = {
  table: `${JSON_ROWS}, text/turtle;q=0.5`,
  json: `${JSON_ROWS}, application/ld+json;q=0.5`,
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  xml: 'application/sparql-results+xml, application/rdf+xml;q=0.5',
  ttl: 'text/turtle',
  nt: TRIPLES,
  rdf: 'application/rdf+xml',
  jsonld: 'application/ld+json',
  nq: 'application/n-quads',
  trig: 'application/trig',
} as const;

interface QueryOptions extends AsOfOptions {
  readonly file?: string;
  readonly format: keyof typeof ACCEPT;
  readonly param: readonly string[];
  readonly source: readonly string[];
  readonly facts?: true;
}

/** Asks one registry; `accept` says in which forms the answer may come. */
type Ask = (client: RegistryClient, accept: string) => ReturnType<RegistryClient['query']>;

const collect = (value: string, all: readonly string[]) => [...all, value];

/** `vouch query QUERY`: asks a SPARQL query. */
export function addQuery(program: Command, bind: Bind): void {
  const command = program
    .command('query')
    .summary('ask a SPARQL query')
    .description(
      'Asks a registry a SPARQL 1.1 query. An ASK query that is answered no exits with 1.\n\n' +
        'With several --source each registry is asked the same query, and their answers stand one after the other: rows with a first ' +
        'column that names the source, triples in one graph. Nothing is joined across registries, and LIMIT, ORDER BY, DISTINCT and ' +
        'counts hold for each registry by itself.',
    )
    .argument('[query]', 'the query, or - for standard input')
    .option('-f, --file <file>', 'read the query from a file')
    .option(
      '--param <name=value>',
      'value of a parameter that the query declares ("# param NAME: TYPE"); repeatable',
      collect,
      [],
    )
    .option('--facts', 'ask how images are used and what was found at their locations, in place of the entries')
    .option('--source <url>', 'registry to ask, in place of --url; repeatable', collect, [])
    .addOption(new Option('--format <name>', 'form of the answer').choices(Object.keys(ACCEPT)).default('table'));
  addAsOfOption(addRegistryOption(command)).addHelpText(
    'after',
    "\nExample:\n  vouch query 'PREFIX slterms: <http://mp.stratuslab.eu/slterms#>\n    SELECT DISTINCT ?os WHERE { ?entry slterms:os ?os }'",
  );
  bind<QueryOptions>(command, query);
}

async function query(call: Call<QueryOptions>): Promise<number> {
  const { terminal, options, words } = call;
  const text = await readQuery(terminal, words[0], options.file);
  const sources = options.source.length === 0 ? [undefined] : options.source;
  const clients = sources.map((source) => openClient(call, source));
  const [client] = clients;
  if (options.facts === true && options.asOf !== undefined) {
    throw new VouchError('usage', 'Use and locations are known as they are now: give --facts without --as-of.');
  }
  const path = options.facts === true ? '/facts' : '/query';
  const asked = (one: RegistryClient) => bindParameters(text, options.param, one.baseUrl);
  const ask: Ask = (one, accept) => one.query(asked(one), accept, path);
  if (clients.length > 1) return askSeveral(terminal, clients, ask, options.format);
  const answer = await ask(client!, ACCEPT[options.format]);
  if (answer.mediaType !== JSON_ROWS) {
    await terminal.write('-', answer.bytes);
    return EXIT.yes;
  }
  const body = new TextDecoder().decode(answer.bytes);
  const result = readResult(body);
  if (options.format === 'json') terminal.print(body.trimEnd());
  else printResult(terminal, result);
  return result.kind === 'boolean' && !result.value ? EXIT.no : EXIT.yes;
}

/** Asks every registry and puts the answers together. A registry that does not answer is a fault: half an answer would look whole. */
async function askSeveral(
  terminal: Terminal,
  clients: readonly RegistryClient[],
  ask: Ask,
  format: QueryOptions['format'],
): Promise<number> {
  const answers = await Promise.all(
    clients.map(async (client) => {
      const answer = await ask(client, `${JSON_ROWS}, ${TRIPLES};q=0.5`);
      return {
        source: client.baseUrl,
        isRows: answer.mediaType === JSON_ROWS,
        body: new TextDecoder().decode(answer.bytes),
      };
    }),
  );
  if (answers.every(({ isRows }) => !isRows)) {
    if (format !== 'table' && format !== 'nt' && format !== 'ttl' && format !== 'nq' && format !== 'trig')
      throw unmerged(format);
    await terminal.write('-', new TextEncoder().encode(mergeTriples(answers.map(({ body }) => body))));
    return EXIT.yes;
  }
  const unlike = new VouchError('remote', 'The registries gave answers of different kinds to one query.');
  if (!answers.every(({ isRows }) => isRows)) throw unlike;
  const results = answers.map(({ source, body }) => ({ source, answer: readResult(body) }));
  if (new Set(results.map(({ answer }) => answer.kind)).size > 1) {
    throw unlike;
  }
  const booleans = results.flatMap(({ source, answer }) => (answer.kind === 'boolean' ? [{ source, ...answer }] : []));
  if (booleans.length > 0) {
    if (format === 'json')
      terminal.print(JSON.stringify(booleans.map(({ source, value }) => ({ source, boolean: value }))));
    else if (format !== 'table') throw unmerged(format);
    else for (const { source, value } of booleans) terminal.print(`${value ? 'yes' : 'no'}  ${source}`);
    return booleans.some(({ value }) => value) ? EXIT.yes : EXIT.no;
  }
  const merged = mergeRows(results.filter(isRows));
  if (format === 'csv' || format === 'tsv')
    await terminal.write('-', new TextEncoder().encode(writeTable(merged, format)));
  else if (format === 'json') {
    const named = merged.rows.map((row) =>
      merged.variables.flatMap((name, at) => (row[at] === undefined ? [] : [[name, row[at]]])),
    );
    const bindings = named.map((pairs) => Object.fromEntries(pairs));
    terminal.print(JSON.stringify({ head: { vars: merged.variables }, results: { bindings } }));
  } else if (format === 'table') printResult(terminal, merged);
  else throw unmerged(format);
  return EXIT.yes;
}

function isRows(one: SourceAnswer<QueryResult>): one is SourceAnswer<Extract<QueryResult, { kind: 'rows' }>> {
  return one.answer.kind === 'rows';
}

function unmerged(format: string): VouchError {
  return new VouchError(
    'usage',
    `Answers of several registries are not put together as ${format}: rows come as table, json, csv or tsv, triples as nt.`,
  );
}

function printResult(terminal: Terminal, result: QueryResult): void {
  if (result.kind === 'boolean') terminal.print(result.value ? 'yes' : 'no');
  else if (result.kind === 'rows') {
    const columns = result.variables.map((heading) => ({ heading, least: 8 }));
    terminal.printTable(
      columns,
      result.rows.map((row) => row.map((value) => (value === undefined ? '' : toPlain(value)))),
    );
  }
}

/** The query with its declared parameters bound as terms; as it is where none is declared and none given. */
function bindParameters(text: string, given: readonly string[], baseUrl: string): string {
  const values = new Map<string, string>();
  for (const pair of given) {
    const end = pair.indexOf('=');
    if (end < 1) throw new VouchError('usage', `--param takes NAME=VALUE, not ${JSON.stringify(pair)}.`);
    if (values.has(pair.slice(0, end)))
      throw new VouchError('usage', `The parameter ${pair.slice(0, end)} is given twice.`);
    values.set(pair.slice(0, end), pair.slice(end + 1));
  }
  if (values.size === 0 && !/^#\s*param\s/m.test(text)) return text;
  return readDeclared(text, baseUrl).bind(values);
}

function readDeclared(text: string, baseUrl: string) {
  try {
    return readSavedQuery('query', text, baseUrl);
  } catch (cause) {
    throw new VouchError('query', toMessage(cause), { cause });
  }
}

function readResult(body: string): QueryResult {
  try {
    return readQueryResult(body, Number.MAX_SAFE_INTEGER);
  } catch (cause) {
    throw new VouchError('remote', "The registry's answer is no SPARQL result.", { cause });
  }
}

async function readQuery(terminal: Terminal, word: string | undefined, file: string | undefined): Promise<string> {
  if ((word === undefined) === (file === undefined)) {
    throw new VouchError('usage', 'Give the query itself, or --file with a file that holds it.');
  }
  if (word !== undefined && word !== '-') return word;
  return new TextDecoder().decode(await terminal.read(file ?? '-'));
}
