import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { toMessage, VouchError } from '../../errors.ts';
import { sha256Hex } from '../../log/sha256.ts';
import type { ImportOutcome } from '../../registry/import-entries.ts';
import type { ManifestLine } from '../../registry/import-manifest.ts';
import { addJsonOption, type Bind, type Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { toFindingJson, writeFinding } from '../write-finding.ts';
import { findConfiguration } from './serve.ts';

/** Name of the keys that sign manifests; what counts is the key, which the configuration lists. */
const KEY_NAME = 'vouch-import';

interface ImportOptions {
  readonly manifest: string;
  readonly config?: string;
  readonly signWith?: string;
  readonly json?: boolean;
}

/** `vouch import DIR --manifest F`: brings original StratusLab entries in. */
export function addImport(program: Command, bind: Bind): void {
  const command = program
    .command('import')
    .summary('bring original StratusLab entries in')
    .description(
      'Brings the original entries that a signed manifest lists into a registry, in the order in which they were signed. The\n' +
        'registry must not be running. Their SHA-1 signatures are believed only because the manifest pins the bytes, so make it\n' +
        'from files you know: with --sign-with the manifest is written instead, and the key to list in imports.keys printed.',
    )
    .argument('<dir>', 'directory of the original entries')
    .requiredOption('--manifest <file>', 'signed list of the files and their SHA-256')
    .option('--config <file>', 'configuration of the registry, as for "vouch serve"')
    .option('--sign-with <key>', 'write the manifest of all *.xml, signed with this key (made where it is not there)');
  addJsonOption(command).addHelpText(
    'after',
    '\nExample:\n  vouch import old/ --manifest old.manifest --sign-with import.key\n  vouch import old/ --manifest old.manifest --config vouch.yaml',
  );
  bind<ImportOptions>(command, (call) =>
    call.options.signWith === undefined ? importOriginals(call) : signManifest(call, call.options.signWith),
  );
}

async function importOriginals({ terminal, options, words }: Call<ImportOptions>): Promise<number> {
  const { readConfiguration } = await import('../../server/configuration/configuration.ts');
  const { openRegistry } = await import('../../registry/open-registry.ts');
  const { importEntries } = await import('../../registry/import-entries.ts');
  const { readImportManifest } = await import('../../registry/import-manifest.ts');
  const { readVerifierKey } = await import('../../log/note-key.ts');
  const { toRegistryOptions } = await import('../run-registry.ts');
  const configuration = readConfiguration(findConfiguration(options.config, terminal.io.env));
  const keys = configuration.imports.keys.map(readVerifierKey);
  const manifest = readImportManifest(await terminal.read(options.manifest), keys);
  const registry = await openRegistry(toRegistryOptions(configuration));
  let outcomes: ImportOutcome[];
  try {
    using progress = terminal.progress('import', 'count');
    outcomes = await importEntries(registry, words[0]!, manifest, progress.update);
  } finally {
    await registry.close();
  }
  for (const outcome of outcomes) tell(terminal, outcome, options.json === true);
  const refused = outcomes.filter(({ outcome }) => outcome === 'invalid' || outcome === 'stale').length;
  terminal.say(`${outcomes.length - refused} of ${outcomes.length} entries are in the registry.`);
  return refused === 0 ? EXIT.yes : EXIT.no;
}

function tell(terminal: Terminal, { fileName, outcome, path, findings }: ImportOutcome, asJson: boolean): void {
  if (asJson) {
    const place = path === undefined ? {} : { path };
    terminal.printJson({ file: fileName, outcome, ...place, findings: findings.map(toFindingJson) });
    return;
  }
  terminal.print(`${fileName}: ${outcome}${path === undefined ? '' : ` ${path}`}`);
  for (const finding of findings) {
    if (finding.severity === 'error') terminal.print(writeFinding(finding, terminal));
  }
}

async function signManifest({ terminal, options, words }: Call<ImportOptions>, keyFile: string): Promise<number> {
  const { writeImportManifest } = await import('../../registry/import-manifest.ts');
  const { openLogKey } = await import('../../log/log-key.ts');
  const lines = await readLines(words[0]!);
  const key = await openLogKey(keyFile, KEY_NAME);
  await terminal.write(options.manifest, new TextEncoder().encode(writeImportManifest(lines, key)));
  terminal.say(`${options.manifest} lists ${lines.length} files. The setting imports.keys must hold:`);
  terminal.print(key.verifier.vkey);
  return EXIT.yes;
}

async function readLines(directory: string): Promise<ManifestLine[]> {
  try {
    const names = (await readdir(directory)).filter((name) => name.endsWith('.xml')).toSorted();
    if (names.length === 0) throw new VouchError('usage', `${directory} holds no *.xml file.`);
    return await Promise.all(
      names.map(async (fileName) => {
        const bytes = await readFile(join(directory, fileName));
        return { sha256: sha256Hex(bytes), fileName };
      }),
    );
  } catch (cause) {
    if (cause instanceof VouchError) throw cause;
    throw new VouchError('input-output', `The directory ${directory} cannot be read: ${toMessage(cause)}`, { cause });
  }
}
