import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import { addJsonOption, type Bind, type Call } from '../call.ts';
import { openControlClient } from '../control-client.ts';
import { EXIT } from '../exit-code.ts';

interface RestoreOptions {
  readonly data: string;
  readonly logKey?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

/** `vouch restore DIR`: makes a data directory from a backup; with `--resume` lets it take entries again. */
export function addRestore(program: Command, bind: Bind): void {
  const command = program
    .command('restore')
    .summary('make a data directory from a backup')
    .description(
      'Makes a data directory from a backup, into a new place only. Every byte is held against the manifest and the signed checkpoint, and\n' +
        'the log is audited. What the registry accepted after the backup is not in it, so the restored registry takes no entries until it\n' +
        'is known that nobody saw more of its log than it has: where a witness policy is configured, its witnesses say so at the start.\n' +
        'Otherwise only you can: if the registry was stopped before the backup was made, or you are sure that it accepted nothing after it,\n' +
        'say --resume. If it did accept more, new records in the same places would be a second history under its name, and anybody who saw\n' +
        'the first can prove it. Then take a backup of a mirror that has more ("vouch backup" on its data directory, restored with\n' +
        'your log.key), or begin a new log under a new origin.',
    )
    .argument('[dir]', 'the backup; none with --resume')
    .requiredOption('--data <dir>', 'data directory to make, or to let go on')
    .option('--log-key <vkey>', 'public key that must have signed the log, name+id+base64')
    .option('--resume', 'a restored directory lacks nothing that anybody saw: let it take entries again');
  addJsonOption(command).addHelpText(
    'after',
    '\nExamples:\n  vouch restore /mnt/backup/vouch --data /var/lib/vouch\n  vouch restore --resume --data /var/lib/vouch',
  );
  bind<RestoreOptions>(command, (call) => (call.options.resume === true ? resume(call) : restore(call)));
}

async function restore({ terminal, options, words }: Call<RestoreOptions>): Promise<number> {
  const [backup] = words;
  if (backup === undefined) throw new VouchError('usage', 'Say which backup to restore.');
  const { restoreBackup } = await import('../../backup/restore-backup.ts');
  const { logKey, data } = options;
  using log = terminal.progress('restore', 'count');
  using audit = terminal.progress('audit', 'count');
  const progress = { log, audit };
  const manifest = await restoreBackup({
    backup,
    data,
    ...(logKey === undefined ? {} : { logKey }),
    onProgress: (part, done, size) => progress[part].update(done, size),
  });
  const { origin, size, madeAt, hasKeys } = manifest;
  if (options.json === true) terminal.printJson({ origin, size, madeAt, hasKeys });
  terminal.say(`${origin}: ${size} records of ${madeAt} are restored into ${data} and audited.`);
  if (!hasKeys) terminal.say(`Put log.key, which is not in this backup, into ${data} before you start the registry.`);
  terminal.say(
    'It serves what it has, and takes no entries until its witnesses say that they saw no more of its log, or you do (--resume; read its help first).',
  );
  return EXIT.yes;
}

async function resume({ terminal, options, words }: Call<RestoreOptions>): Promise<number> {
  if (words.length > 0) throw new VouchError('usage', 'With --resume nothing is restored: give --data alone.');
  const { readRestoredMark, removeRestoredMark } = await import('../../registry/restored-mark.ts');
  const mark = await readRestoredMark(options.data);
  if (mark === undefined)
    throw new VouchError('usage', `The directory ${options.data} was not restored, or has been resumed.`);
  await removeRestoredMark(options.data);
  terminal.say(`The registry in ${options.data} goes on after its ${mark.size} records.`);
  if ((await openControlClient(options.data, terminal.io.signal)) !== undefined) {
    terminal.say('Start it again: the one that runs still takes no entries.');
  }
  return EXIT.yes;
}
