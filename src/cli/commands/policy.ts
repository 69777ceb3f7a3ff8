import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import type { PolicyProblem } from '../../policy/policy-problem.ts';
import { addJsonOption, type Bind, type Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { addPolicyCheck } from './policy-check.ts';

interface LintOptions {
  readonly json?: boolean;
}

interface ConvertOptions {
  readonly output?: string;
}

/** `vouch policy …`: what a site lets run. */
export function addPolicy(program: Command, bind: Bind): void {
  const policy = program
    .command('policy')
    .summary('decide whether an image may run')
    .description('Decides whether images may run by a site policy, and helps to write one (docs/policy.md).');
  addPolicyCheck(policy, bind);
  const lint = policy
    .command('lint')
    .summary('tell what is wrong with a policy')
    .description('Tells everything that is wrong with policies, and what is worth knowing about them.')
    .argument('<policy...>', 'policy files, or - for standard input');
  addJsonOption(lint).addHelpText('after', '\nExample:\n  vouch policy lint site.yaml');
  bind<LintOptions>(lint, lintPolicies);
  const convert = policy
    .command('convert')
    .summary('make a policy of an original policy.cfg')
    .description('Converts a policy.cfg of the StratusLab tools into a policy that decides as it did.')
    .argument('<policy.cfg>', 'the file, or - for standard input')
    .option('-o, --output <file>', 'write the policy here instead of to standard output')
    .addHelpText('after', '\nExample:\n  vouch policy convert policy.cfg -o site.yaml');
  bind<ConvertOptions>(convert, convertPolicy);
}

async function lintPolicies({ terminal, options, words }: Call<LintOptions>): Promise<number> {
  const { readPolicyBytes } = await import('../../site/open-policy.ts');
  const { dirname, resolve } = await import('node:path');
  let areAllGood = true;
  for (const file of words) {
    const reading = readPolicyBytes(await terminal.read(file), file === '-' ? process.cwd() : dirname(resolve(file)));
    areAllGood &&= reading.ok;
    if (options.json === true) {
      terminal.printJson({ file, valid: reading.ok, problems: reading.problems });
      continue;
    }
    const rules = reading.ok ? `, ${reading.policy.rules.length} rules` : '';
    terminal.print(
      `${file}: ${reading.ok ? terminal.paint('green', 'good') : terminal.paint('red', 'no policy')}${rules}`,
    );
    for (const problem of reading.problems) terminal.print(`  ${writeProblem(problem)}`);
  }
  return areAllGood ? EXIT.yes : EXIT.no;
}

function writeProblem({ severity, line, path, message }: PolicyProblem): string {
  const where = [line === undefined ? '' : `line ${line}`, path].filter((part) => part !== '').join(', ');
  return `${severity}${where === '' ? '' : ` at ${where}`}: ${message}`;
}

async function convertPolicy({ terminal, options, words }: Call<ConvertOptions>): Promise<number> {
  const { convertOriginalPolicy } = await import('../../policy/convert-original.ts');
  const { writeYaml } = await import('../../platform/yaml-document.ts');
  const [file = '-'] = words;
  const conversion = convertOriginalPolicy(new TextDecoder().decode(await terminal.read(file)));
  if (!conversion.ok) {
    throw new VouchError('malformed', `${file}, line ${conversion.line}: ${conversion.message}.`);
  }
  for (const note of conversion.notes) terminal.say(note);
  await terminal.write(options.output ?? '-', Buffer.from(writeYaml(conversion.document)));
  return EXIT.yes;
}
