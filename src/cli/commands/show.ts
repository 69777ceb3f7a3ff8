import { type Command, Option } from 'commander';
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
import { toListedJson, writeEntrySummary } from '../entry-summary.ts';
import { EXIT } from '../exit-code.ts';
import { findEntries } from '../find-entries.ts';
import { REFERENCE_HELP, readReference } from '../reference.ts';

const MEDIA_TYPES = {
  xml: 'application/rdf+xml',
  jsonld: 'application/ld+json',
  ttl: 'text/turtle',
  nq: 'application/n-quads',
} as const;

interface ShowOptions extends AsOfOptions {
  readonly format?: keyof typeof MEDIA_TYPES;
  readonly json?: boolean;
}

/** `vouch show ID`: what the current entries about an image say, or one entry in another form. */
export function addShow(program: Command, bind: Bind): void {
  const command = program
    .command('show')
    .summary('show what is said about an image')
    .description('Shows the current entry of each endorser of an image, or exactly the entry the ID names.')
    .argument('<id>', REFERENCE_HELP)
    .addOption(
      new Option('--format <name>', 'one entry in another form; xml is the exact bytes that were signed').choices(
        Object.keys(MEDIA_TYPES),
      ),
    );
  addAsOfOption(addJsonOption(addRegistryOption(command))).addHelpText(
    'after',
    '\nExamples:\n  vouch show MMZu9WvwKIro-rtBQfDk4PsKO7_\n  vouch show jane@example.org#debian-stable --format xml > entry.xml\n  vouch show MMZu9WvwKIro-rtBQfDk4PsKO7_ --as-of 2027-01-31',
  );
  bind<ShowOptions>(command, show);
}

async function show(call: Call<ShowOptions>): Promise<number> {
  const { terminal, options } = call;
  const reference = await readReference(call.words[0]!, terminal);
  const client = openClient(call, reference.kind === 'image' ? reference.baseUrl : undefined);
  const entries = await findEntries(client, reference);
  if (options.format !== undefined) {
    const [entry, ...others] = entries;
    if (others.length > 0) {
      const who = entries.map(({ identifier, email }) => `${identifier}/${email}`).join(', ');
      throw new VouchError('usage', `--format shows one entry, but there are several; choose one of ${who}.`);
    }
    const { identifier, email, createdAt } = entry!;
    const bytes = await client.form(identifier, email, createdAt, MEDIA_TYPES[options.format]);
    await terminal.write('-', bytes);
    return EXIT.yes;
  }
  for (const [nth, entry] of entries.entries()) {
    if (options.json === true) terminal.printJson(toListedJson(entry));
    else {
      if (nth > 0) terminal.print('');
      for (const line of writeEntrySummary(entry, terminal)) terminal.print(line);
    }
  }
  return EXIT.yes;
}
