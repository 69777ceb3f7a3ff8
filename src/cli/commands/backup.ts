import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import type { LogCopy } from '../../log/log-copy.ts';
import { addJsonOption, type Bind, type Call } from '../call.ts';
import { openControlClient } from '../control-client.ts';
import { EXIT } from '../exit-code.ts';
import { toSizeText } from '../size-text.ts';
import { findDataDirectory } from './serve.ts';

interface BackupOptions {
  readonly data?: string;
  readonly config?: string;
  readonly withKeys?: boolean;
  readonly json?: boolean;
}

/** `vouch backup DIR`: a copy of all that cannot be made again, also of a registry that runs. */
export function addBackup(program: Command, bind: Bind): void {
  const command = program
    .command('backup')
    .summary('copy all that a registry cannot make again')
    .description(
      'Makes a backup of a data directory, or brings one up to date: only what is new is written. The registry may run. In it are the log\n' +
        '(records, documents, evidence, every signed checkpoint, also what waits for witnesses) and the files beside it (entries that wait\n' +
        'for confirmation, confirmed addresses, cursors of webhooks, reminders). Not in it: the catalog, which is rebuilt; what the registry\n' +
        'signed as a witness, which must not come back; the configuration and the trust directory; and private keys, unless --with-keys\n' +
        'is given. What was written is read back and held against the signed checkpoint before the backup counts.',
    )
    .argument('<dir>', 'where the backup is, or is to be')
    .option('--data <dir>', 'data directory (else that of the configuration)')
    .option('--config <file>', 'configuration of the registry, as for "vouch serve"')
    .option('--with-keys', 'also the private keys: whoever reads the backup can then sign as the log');
  addJsonOption(command).addHelpText('after', '\nExample:\n  vouch backup /mnt/backup/vouch --data /var/lib/vouch');
  bind<BackupOptions>(command, backup);
}

async function backup(call: Call<BackupOptions>): Promise<number> {
  const { terminal, options, words } = call;
  const { writeBackup } = await import('../../backup/write-backup.ts');
  const { readDataFormat } = await import('../../registry/data-format.ts');
  const data = await findDataDirectory(options, terminal.io.env);
  await readDataFormat(data);
  await using source = await openSource(data, terminal.io.signal);
  using verify = terminal.progress('verify', 'count');
  using copy = terminal.progress('copy', 'count');
  const progress = { verify, copy };
  const { manifest, records, bytes } = await writeBackup({
    ...source,
    data,
    target: words[0]!,
    hasKeys: options.withKeys === true,
    onProgress: (part, done, size) => progress[part].update(done, size),
  });
  const { origin, size, hasKeys, madeAt } = manifest;
  if (options.json === true) terminal.printJson({ origin, size, records, bytes, hasKeys, madeAt });
  terminal.say(
    `${origin}: ${size} records are in the backup and verified, ${records} of them new; ${toSizeText(bytes)} written.`,
  );
  if (!hasKeys)
    terminal.say('Private keys are not in it: keep log.key elsewhere, or the log cannot go on (--with-keys).');
  return EXIT.yes;
}

interface Source extends AsyncDisposable {
  readonly log: LogCopy;
  readonly origin: string;
  readonly logKey: string;
}

/** The log of a data directory: of the registry that runs there, else from its files. */
async function openSource(data: string, signal: AbortSignal): Promise<Source> {
  if (!existsSync(join(data, 'log', 'CURRENT'))) {
    throw new VouchError('usage', `There is no log in ${data}: it must be the data directory of a registry or mirror.`);
  }
  const running = await openControlClient(data, signal);
  if (running !== undefined) {
    const { log, origin, logKey } = running;
    return { log, origin, logKey, [Symbol.asyncDispose]: async () => {} };
  }
  const { openLevelStore } = await import('../../log/level-store.ts');
  const { toLogCopy } = await import('../../log/log-copy.ts');
  const { findLogKey } = await import('../../log/log-key.ts');
  const { readMirroredKey } = await import('../../log/open-mirror-store.ts');
  const store = await openLevelStore(join(data, 'log'));
  const close = (): Promise<void> => store.close();
  try {
    const key = (await findLogKey(join(data, 'log.key')))?.verifier ?? (await readMirroredKey(store));
    if (key === undefined) throw new VouchError('usage', `There is no log.key in ${data}: it says whose log this is.`);
    return { log: toLogCopy(store), origin: key.name, logKey: key.vkey, [Symbol.asyncDispose]: close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
