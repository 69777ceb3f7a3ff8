import type { Command } from 'commander';
import { writeEntryTime } from '../../entry/entry-time.ts';
import { addJsonOption, addRegistryOption, type Bind, type Call, openClient } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import type { Column } from '../table.ts';

interface EndorsersOptions {
  readonly json?: boolean;
}

const COLUMNS: readonly Column[] = [
  { heading: 'ENDORSER' },
  { heading: 'ENTRIES', align: 'right' },
  { heading: 'FIRST' },
  { heading: 'LATEST' },
  { heading: 'SUBJECT', least: 16 },
];

/** `vouch endorsers`: who endorses at a registry, and since when. */
export function addEndorsers(program: Command, bind: Bind): void {
  const command = program
    .command('endorsers')
    .summary('list who endorses')
    .description(
      'Lists who endorses at a registry, with the number of entries and the times of the first and the latest.',
    );
  addJsonOption(addRegistryOption(command)).addHelpText('after', '\nExample:\n  vouch endorsers --json');
  bind<EndorsersOptions>(command, endorsers);
}

async function endorsers(call: Call<EndorsersOptions>): Promise<number> {
  const { terminal, options } = call;
  const listed = await openClient(call).endorsers();
  const rows = listed.map((one) => ({
    ...one,
    firstAt: writeEntryTime(one.firstAt),
    lastAt: writeEntryTime(one.lastAt),
  }));
  if (options.json === true) for (const row of rows) terminal.printJson(row);
  else {
    const cells = rows.map((one) => [one.email, String(one.entries), one.firstAt, one.lastAt, one.subject]);
    terminal.printTable(COLUMNS, cells);
  }
  return EXIT.yes;
}
