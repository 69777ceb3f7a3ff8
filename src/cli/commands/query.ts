import { type Command, Option } from 'commander';
import { VouchError } from '../../errors.ts';
import { type QueryResult, type ResultValue, readQueryResult } from '../../server/query-result.ts';
import { addRegistryOption, type Bind, type Call, openClient } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

const JSON_ROWS = 'application/sparql-results+json';

/** What to ask for by name. A graph has no table: it comes as Turtle. */
const ACCEPT = {
  table: `${JSON_ROWS}, text/turtle;q=0.5`,
  json: JSON_ROWS,
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  xml: 'application/sparql-results+xml, application/rdf+xml;q=0.5',
  ttl: 'text/turtle',
} as const;

interface QueryOptions {
  readonly file?: string;
  readonly format: keyof typeof ACCEPT;
}

/** `vouch query QUERY`: asks a SPARQL query. */
export function addQuery(program: Command, bind: Bind): void {
  const command = program
    .command('query')
    .summary('ask a SPARQL query')
    .description('Asks a registry a SPARQL 1.1 query. An ASK query that is answered no exits with 1.')
    .argument('[query]', 'the query, or - for standard input')
    .option('-f, --file <file>', 'read the query from a file')
    .addOption(new Option('--format <name>', 'form of the answer').choices(Object.keys(ACCEPT)).default('table'));
  addRegistryOption(command).addHelpText(
    'after',
    "\nExample:\n  vouch query 'PREFIX slterms: <http://mp.stratuslab.eu/slterms#>\n    SELECT DISTINCT ?os WHERE { ?entry slterms:os ?os }'",
  );
  bind<QueryOptions>(command, query);
}

async function query(call: Call<QueryOptions>): Promise<number> {
  const { terminal, options, words } = call;
  const text = await readQuery(terminal, words[0], options.file);
  const answer = await openClient(call).query(text, ACCEPT[options.format]);
  if (answer.mediaType !== JSON_ROWS) {
    await terminal.write('-', answer.bytes);
    return EXIT.yes;
  }
  const body = new TextDecoder().decode(answer.bytes);
  const result = readResult(body);
  if (options.format === 'json') terminal.print(body.trimEnd());
  else if (result.kind === 'boolean') terminal.print(result.value ? 'yes' : 'no');
  else if (result.kind === 'rows') {
    const columns = result.variables.map((heading) => ({ heading, least: 8 }));
    terminal.printTable(
      columns,
      result.rows.map((row) => row.map(toCell)),
    );
  }
  return result.kind === 'boolean' && !result.value ? EXIT.no : EXIT.yes;
}

function readResult(body: string): QueryResult {
  try {
    return readQueryResult(body, Number.MAX_SAFE_INTEGER);
  } catch (cause) {
    throw new VouchError('remote', "The registry's answer is no SPARQL result.", { cause });
  }
}

function toCell(value: ResultValue | undefined): string {
  if (value === undefined) return '';
  return value.type === 'bnode' ? `_:${value.value}` : value.value;
}

async function readQuery(terminal: Terminal, word: string | undefined, file: string | undefined): Promise<string> {
  if ((word === undefined) === (file === undefined)) {
    throw new VouchError('usage', 'Give the query itself, or --file with a file that holds it.');
  }
  if (word !== undefined && word !== '-') return word;
  return new TextDecoder().decode(await terminal.read(file ?? '-'));
}
