import type { Command } from 'commander';
import { writeEntryTime } from '../../entry/entry-time.ts';
import { VouchError } from '../../errors.ts';
import {
  type AsOfOptions,
  addAsOfOption,
  addJsonOption,
  addRegistryOption,
  type Bind,
  type Call,
  openClient,
} from '../call.ts';
import { toListedJson } from '../entry-summary.ts';
import { EXIT } from '../exit-code.ts';
import type { ListedEntry } from '../listed-entry.ts';
import { proveByIndex } from '../prove-by-index.ts';
import { proveComplete } from '../prove-complete.ts';
import { REFERENCE_HELP, readReference } from '../reference.ts';
import type { Column } from '../table.ts';

interface HistoryOptions extends AsOfOptions {
  readonly logKey?: string;
  readonly prove?: boolean;
  readonly witnesses?: string;
  readonly state?: string;
  readonly json?: boolean;
}

const COLUMNS: readonly Column[] = [
  { heading: 'LOG', align: 'right' },
  { heading: 'SIGNED' },
  { heading: 'ENDORSER', least: 12 },
  { heading: 'STATUS' },
  { heading: 'SAYS', least: 20 },
];

/** `vouch history ID`: everything ever said about an image, in the order of the log. */
export function addHistory(program: Command, bind: Bind): void {
  const command = program
    .command('history')
    .summary('show everything ever said about an image')
    .description('Lists every entry about an image in the order in which they were accepted, superseded ones too.')
    .argument('<id>', REFERENCE_HELP)
    .option('--log-key <vkey>', "prove that nothing is hidden, against all records of the log; the log's public key")
    .option('--prove', 'prove it by the index of the log, without all its records; with --log-key')
    .option('--witnesses <file>', 'with --prove: who must have seen the checkpoint (C2SP tlog-policy)')
    .option('--state <dir>', 'where to remember (default: vouch in $XDG_STATE_HOME or ~/.local/state)');
  addAsOfOption(addJsonOption(addRegistryOption(command))).addHelpText(
    'after',
    '\nExamples:\n  vouch history MMZu9WvwKIro-rtBQfDk4PsKO7_\n  vouch history MMZu9WvwKIro-rtBQfDk4PsKO7_ --log-key marketplace.example.org/log+89eebc94+AW… --prove',
  );
  bind<HistoryOptions>(command, history);
}

async function history(call: Call<HistoryOptions>): Promise<number> {
  const { terminal, options } = call;
  const reference = await readReference(call.words[0]!, terminal);
  const client = openClient(call, reference.kind === 'image' ? reference.baseUrl : undefined);
  const identifier =
    reference.kind === 'tag' ? (await client.tagged(reference.email, reference.tag)).identifier : reference.identifier;
  const list = (): Promise<ListedEntry[]> => client.history(identifier);
  if (options.logKey !== undefined && options.asOf !== undefined) {
    throw new VouchError('usage', '--log-key proves what the registry says now; it does not go with --as-of.');
  }
  if (options.logKey === undefined && (options.prove === true || options.witnesses !== undefined)) {
    throw new VouchError(
      'usage',
      "--prove and --witnesses need --log-key: the log's public key, from someone you trust.",
    );
  }
  if (options.witnesses !== undefined && options.prove !== true) {
    throw new VouchError('usage', '--witnesses goes with --prove.');
  }
  const prove = options.prove === true ? proveByIndex : proveComplete;
  const entries = await (options.logKey === undefined ? list() : prove(call, client, identifier, list));
  if (options.json === true) for (const entry of entries) terminal.printJson(toListedJson(entry));
  else terminal.printTable(COLUMNS, entries.map(toRow));
  return EXIT.yes;
}

function toRow(entry: ListedEntry): string[] {
  const { deprecated, validUntil } = entry;
  const says =
    deprecated === undefined
      ? `endorses${validUntil === undefined ? '' : ` until ${writeEntryTime(validUntil)}`}`
      : `deprecates: ${deprecated}`;
  return [String(entry.index), writeEntryTime(entry.createdAt), entry.email, entry.status, says];
}
