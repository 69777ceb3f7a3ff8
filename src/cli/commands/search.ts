import { type Command, Option } from 'commander';
import { VouchError } from '../../errors.ts';
import { STATUS_NAMES } from '../../server/selector.ts';
import { toVisibleText } from '../../server/visible-text.ts';
import {
  type AsOfOptions,
  addAsOfOption,
  addJsonOption,
  addRegistryOption,
  type Bind,
  type Call,
  openClient,
} from '../call.ts';
import { ENTRY_COLUMNS, toEntryRow, toListedJson } from '../entry-summary.ts';
import { EXIT } from '../exit-code.ts';

/** Flags that are parameters of the registry's list, by the name the list knows them by. */
const FILTERS = {
  os: 'os',
  arch: 'arch',
  endorser: 'email',
  tag: 'tag',
  kind: 'kind',
  origin: 'origin',
  status: 'status',
} as const;

type SearchOptions = AsOfOptions &
  Partial<Record<keyof typeof FILTERS, string>> & {
    readonly limit: string;
    readonly json?: boolean;
  };

/** `vouch search [TEXT]`: entries that fit, newest first; exit code 1 if there is none. */
export function addSearch(program: Command, bind: Bind): void {
  const command = program
    .command('search')
    .summary('find entries')
    .description(
      'Lists entries, newest first. Words of TEXT must each begin a word of title, description, os, tag, e-mail, …',
    )
    .argument('[text...]', 'words to look for')
    .option('--os <name>', 'operating system')
    .option('--arch <name>', 'architecture')
    .option('--endorser <email>', 'who endorsed it')
    .option('--tag <name>', 'tag')
    .option('--kind <name>', 'machine or disk')
    .option('--origin <log>', 'the log it is in, where the registry follows others')
    .addOption(new Option('--status <name>', 'which entries').choices(STATUS_NAMES).default('valid'))
    .option('--limit <n>', 'at most so many', '100');
  addAsOfOption(addJsonOption(addRegistryOption(command))).addHelpText(
    'after',
    '\nExamples:\n  vouch search debian --arch x86_64\n  vouch search --endorser jane@example.org --status all --json\n  vouch search debian --as-of 2027-01-31',
  );
  bind<SearchOptions>(command, search);
}

async function search(call: Call<SearchOptions>): Promise<number> {
  const { terminal, options, words } = call;
  const limit = /^\d{1,6}$/.test(options.limit) ? Number(options.limit) : 0;
  if (limit < 1) throw new VouchError('usage', '--limit must be a whole number from 1 on.');
  const parameters: Record<string, string> = {};
  if (words.length > 0) parameters.q = words.join(' ');
  for (const [flag, parameter] of Object.entries(FILTERS) as [keyof typeof FILTERS, string][]) {
    const value = options[flag];
    if (value !== undefined) parameters[parameter] = value;
  }
  const { entries, didYouMean } = await openClient(call).search(parameters, limit);
  if (options.json === true) {
    for (const entry of entries) terminal.printJson(toListedJson(entry));
  } else if (entries.length > 0) {
    terminal.printTable(ENTRY_COLUMNS, entries.map(toEntryRow));
  } else {
    terminal.say('Nothing found.');
    for (const { q, total } of didYouMean)
      terminal.say(`Did you mean ${toVisibleText(q)}? (${total === 1 ? '1 entry' : `${total} entries`})`);
  }
  return entries.length > 0 ? EXIT.yes : EXIT.no;
}
