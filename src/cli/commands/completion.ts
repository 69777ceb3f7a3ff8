import { Argument, type Command } from 'commander';
import type { Bind, Call } from '../call.ts';
import { writeBashCompletion } from '../completion.ts';
import { EXIT } from '../exit-code.ts';

/** `vouch completion bash`: prints the shell's completion script. */
export function addCompletion(program: Command, bind: Bind): void {
  const command = program
    .command('completion')
    .summary('print the completion script of a shell')
    .description('Prints a script that teaches a shell to complete commands, options and their choices.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash']))
    .addHelpText('after', '\nExample:\n  source <(vouch completion bash)');
  bind<Record<string, never>>(command, ({ terminal }: Call<Record<string, never>>) => {
    terminal.print(writeBashCompletion(program).trimEnd());
    return Promise.resolve(EXIT.yes);
  });
}
