import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { toMessage, VouchError } from '../../errors.ts';
import { writeFileDurably } from '../../platform/durable-file.ts';
import type { Bind, Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';

interface TokenOptions {
  readonly role: 'reader' | 'site' | 'administrator';
}

/** `vouch token`: adds a token to the file of a private registry. */
export function addToken(program: Command, bind: Bind): void {
  const command = program
    .command('token')
    .summary('make a token for a private registry')
    .description(
      'Adds a line to the token file of a registry (access.tokens), and prints the token. It is shown this once: the file holds only its\n' +
        'hash. Whoever has it may read the registry. To take it back, delete its line; the registry notices by itself.',
    )
    .argument('<file>', 'token file; made where it is missing')
    .argument('<name>', 'whose it is, for the operator: letters, digits, . _ - @')
    .addOption(
      new Option('--role <role>', 'what it allows')
        .choices(['reader', 'site', 'administrator'])
        .default('reader' as const),
    )
    .addHelpText('after', '\nExample:\n  vouch token /etc/vouch/tokens site-a > site-a.token');
  bind<TokenOptions>(command, addLine);
}

async function addLine({ terminal, options, words }: Call<TokenOptions>): Promise<number> {
  const { makeToken, readTokenLines } = await import('../../server/token-file.ts');
  const [path = '', name = ''] = words;
  if (!/^[A-Za-z0-9._@-]{1,80}$/.test(name)) {
    throw new VouchError('usage', 'The name must be 1 to 80 letters, digits and . _ - @.');
  }
  const before = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '';
    throw new VouchError('input-output', `The token file ${path} cannot be read: ${toMessage(cause)}.`, { cause });
  });
  if (readTokenLines(before, path).some((line) => line.name === name)) {
    throw new VouchError(
      'usage',
      `${path} has a token of ${name} already: delete its line first, or choose another name.`,
    );
  }
  const { token, sha256 } = makeToken();
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  const text = `${before}${gap}${name} ${options.role} ${sha256}\n`;
  await writeFileDurably(path, new TextEncoder().encode(text), { mode: 0o640 });
  terminal.print(token);
  return EXIT.yes;
}
