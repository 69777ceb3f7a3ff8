import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import type { DirectoryAudit, DirectoryAuditOptions } from '../../registry/audit-directory.ts';
import { type AuditOptions, auditAddress } from '../audit-address.ts';
import { addJsonOption, type Bind, type Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

/** `vouch log audit DIR|URL`: recomputes all that a registry claims, on this machine or from afar. */
export function addLogAudit(log: Command, bind: Bind): void {
  const command = log
    .command('audit')
    .summary('check everything a registry holds, here or from afar')
    .description(
      'Checks everything in the data directory of a registry that is not running: every record, document, tile and checkpoint\n' +
        'ever signed is recomputed, and the catalog is made once more from the log and compared. Of a URL it downloads the whole\n' +
        'history instead, proves that it is the one that was signed, and verifies every document again. Exit code 0 if all is sound,\n' +
        '70 with the problems if it is not. Nothing is changed.',
    )
    .argument('<dir|url>', 'data directory (it holds log/, log.key and catalog/), or base URL of a registry')
    .option(
      '--log-key <vkey>',
      'public key of the log, name+id+base64; else that of log.key, or the one that the registry names',
    )
    .option('--witnesses <file>', 'of a URL: which witnesses must have seen the checkpoint (C2SP tlog-policy)');
  addJsonOption(command).addHelpText(
    'after',
    '\nExamples:\n  vouch log audit /var/lib/vouch\n  vouch log audit https://marketplace.example.org --log-key marketplace.example.org/log+89eebc94+AW…',
  );
  bind<AuditOptions>(command, (call) => (/^https?:\/\//.test(call.words[0]!) ? auditAddress(call) : audit(call)));
}

async function audit({ terminal, options, words }: Call<AuditOptions>): Promise<number> {
  const { origin, size, problems, catalogPosition } = await auditWithProgress(terminal, words[0]!, options.logKey);
  if (options.json === true) terminal.printJson({ origin, size, problems, catalogPosition });
  else for (const problem of problems) terminal.print(problem);
  if (problems.length > 0) {
    terminal.say(`${origin}: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`} found.`);
    return EXIT.contradiction;
  }
  const catalog =
    catalogPosition === undefined
      ? 'there is no catalog that goes on, the next start makes it'
      : `the catalog says what the first ${catalogPosition} of them say`;
  terminal.say(`${origin} is sound: ${size} records; ${catalog}.`);
  return EXIT.yes;
}

async function auditWithProgress(
  terminal: Terminal,
  directory: string,
  logKey: string | undefined,
): Promise<DirectoryAudit> {
  const { auditDirectory } = await import('../../registry/audit-directory.ts');
  const { readVerifierKey } = await import('../../log/note-key.ts');
  const key = logKey === undefined ? {} : { key: readVerifierKey(logKey) };
  using log = terminal.progress('log', 'count');
  using catalog = terminal.progress('catalog', 'count');
  const progress = { log, catalog };
  const onProgress: DirectoryAuditOptions['onProgress'] = (part, done, size) => progress[part].update(done, size);
  try {
    return await auditDirectory(directory, { ...key, onProgress });
  } catch (fault) {
    if (!(fault instanceof VouchError) || fault.code !== 'storage-locked') throw fault;
    const message = `A registry is running in ${directory}. Stop it first; nothing was checked.`;
    throw new VouchError('storage-locked', message, { cause: fault });
  }
}
