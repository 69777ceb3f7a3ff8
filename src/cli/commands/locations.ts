import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import { writeFileDurably } from '../../platform/durable-file.ts';
import type { LocationFact } from '../../site/probe/location-fact.ts';
import type { ProbeOptions } from '../../site/probe/probe-location.ts';
import { addJsonOption, addRegistryOption, type Bind, type Call, openClient } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { addReachOptions, type ReachOptions, readReach } from '../fetching-option.ts';
import { findEntries } from '../find-entries.ts';
import type { ListedEntry } from '../listed-entry.ts';
import { REFERENCE_HELP, readReference } from '../reference.ts';

interface CheckOptions extends ReachOptions {
  readonly endorser?: string;
  readonly checksums?: boolean;
  readonly work?: string;
  readonly report?: string;
  readonly atOnce: string;
  readonly json?: boolean;
}

/** More valid entries than any registry has. */
const MOST_ENTRIES = 10_000_000;

/** `vouch locations …`: do the places that entries name give what they should? */
export function addLocations(program: Command, bind: Bind): void {
  const locations = program
    .command('locations')
    .summary('look whether images can be had where entries say')
    .description('Looks whether images can be had where entries say.');
  const command = locations
    .command('check')
    .summary('ask the locations of entries')
    .description(
      'Asks every location of entries, without IDs of all valid ones of a registry, whether it answers with the right size, and with\n' +
        '--checksums whether it gives the right bytes. One connection at a time is made to a host. With --report the result is kept\n' +
        'for a registry whose setting locations.report names that file; its pages and JSON then say what was found, and when.\n' +
        'Exit code 1 if a location gives something else or nothing.',
    )
    .argument('[id...]', REFERENCE_HELP)
    .option('--endorser <email>', 'only what this endorser vouches for')
    .option('--checksums', 'fetch everything and compute its checksums')
    .option('--work <dir>', 'where bytes lie meanwhile (default: the directory for temporary files)')
    .option('--report <file>', 'add the result to this report')
    .option('--at-once <n>', 'hosts asked at once', '8');
  addReachOptions(command);
  addJsonOption(addRegistryOption(command)).addHelpText(
    'after',
    '\nExamples:\n  vouch locations check --url https://marketplace.example.org --report /var/lib/vouch/locations.jsonl\n' +
      '  vouch locations check --endorser jane@example.org --checksums',
  );
  bind<CheckOptions>(command, check);
}

async function check(call: Call<CheckOptions>): Promise<number> {
  const { terminal, options } = call;
  const { isTrouble, mergeFacts, readReport, toFactJson, writeReport } = await import(
    '../../site/probe/location-fact.ts'
  );
  const client = openClient(call);
  const reach = readReach(options, terminal.io.env);
  const atOnce = readCount(options.atOnce);
  const entries = await findWanted(call);
  const known = options.report === undefined ? undefined : await readKnown(options.report);
  const before = known === undefined ? undefined : readReport(known);
  if (before !== undefined && before.registry !== client.baseUrl) {
    throw new VouchError('usage', `${options.report} is the report about ${before.registry}; give another file.`);
  }
  const work =
    options.checksums === true ? await mkdtemp(join(options.work ?? tmpdir(), 'vouch-locations-')) : undefined;
  try {
    const fetchTo = work === undefined ? {} : { fetchTo: work };
    const facts = await probeAll(call, entries, atOnce, { ...reach, ...fetchTo, signal: terminal.io.signal });
    if (options.json === true) for (const fact of facts) terminal.printJson(toFactJson(fact));
    else printFacts(call, facts);
    if (options.report !== undefined) {
      // Of entries that are valid no longer nobody wants to know; but only a look at all of them shows which they are.
      const isWhole = call.words.length === 0 && options.endorser === undefined;
      const current = new Set(
        entries.flatMap(({ documentSha256, locations }) => locations.map((one) => `${documentSha256} ${one}`)),
      );
      const kept = (before?.facts ?? []).filter(
        ({ document, location }) => !isWhole || current.has(`${document} ${location}`),
      );
      await writeFileDurably(options.report, writeReport(client.baseUrl, mergeFacts(kept, facts)));
    }
    return facts.some(isTrouble) ? EXIT.no : EXIT.yes;
  } finally {
    if (work !== undefined) await rm(work, { recursive: true, force: true });
  }
}

async function findWanted(call: Call<CheckOptions>): Promise<ListedEntry[]> {
  const { terminal, options, words } = call;
  const client = openClient(call);
  if (words.length === 0) {
    const email = options.endorser === undefined ? {} : { email: options.endorser };
    return await client.list({ status: 'valid', ...email }, MOST_ENTRIES);
  }
  const found: ListedEntry[] = [];
  for (const word of words) found.push(...(await findEntries(client, await readReference(word, terminal))));
  return found.filter(({ email }) => options.endorser === undefined || email === options.endorser);
}

async function readKnown(file: string): Promise<Uint8Array | undefined> {
  return await readFile(file).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new VouchError('input-output', `The report ${file} cannot be read.`, { cause });
  });
}

async function probeAll(
  { terminal }: Call<CheckOptions>,
  entries: readonly ListedEntry[],
  atOnce: number,
  options: ProbeOptions,
): Promise<LocationFact[]> {
  const { probeLocation } = await import('../../site/probe/probe-location.ts');
  const wanted = entries.flatMap((entry) => entry.locations.map((location) => ({ entry, location })));
  const facts: LocationFact[] = [];
  // A host that is slow must not be asked by many at once, nor keep others waiting.
  const hosts = new Map<string, typeof wanted>();
  for (const one of wanted) hosts.set(hostOf(one.location), [...(hosts.get(hostOf(one.location)) ?? []), one]);
  const waiting = [...hosts.values()];
  using progress = terminal.progress('Locations', 'count');
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      for (const { entry, location } of next) {
        options.signal.throwIfAborted();
        const probed = await probeLocation(location, entry, options);
        const { documentSha256: document, identifier } = entry;
        facts.push({
          document,
          identifier,
          location,
          ...probed,
          checkedAt: new Date(Math.floor(Date.now() / 1000) * 1000),
        });
        progress.update(facts.length, wanted.length);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return facts.sort((one, other) => (one.document < other.document ? -1 : 1));
}

function hostOf(location: string): string {
  return URL.canParse(location) ? new URL(location).host : '';
}

function printFacts({ terminal }: Call<CheckOptions>, facts: readonly LocationFact[]): void {
  const columns = [{ heading: 'IMAGE' }, { heading: 'FOUND' }, { heading: 'LOCATION' }, { heading: 'WHAT' }];
  const rows = facts.map(({ identifier, outcome, location, message }) => [identifier, outcome, location, message]);
  if (facts.length === 0) terminal.say('No entry names a location.');
  else terminal.printTable(columns, rows);
}

function readCount(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw new VouchError('usage', `--at-once is ${JSON.stringify(text)}; it must be a whole number from 1 to 999.`);
}
