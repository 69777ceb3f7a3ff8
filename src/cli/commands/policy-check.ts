import type { Command } from 'commander';
import { toDecisionJson, writeDecision } from '../../policy/write-decision.ts';
import { addJsonOption, type Bind, type Call } from '../call.ts';
import { addDecisionOptions, type DecisionOptions, decideHere } from '../decide-here.ts';
import { EXIT } from '../exit-code.ts';

interface CheckOptions extends DecisionOptions {
  readonly json?: boolean;
}

/** `vouch policy check IMAGE`: may it run here? */
export function addPolicyCheck(policy: Command, bind: Bind): void {
  const command = policy
    .command('check')
    .summary('decide whether an image may run')
    .description(
      'Decides by a policy whether an image may run. A copy of every record of the log is kept and brought up to date first, so that\n' +
        'nobody can hide a withdrawal; if the registry is away, the copy serves until --grace is over. Exit code 0 if the image may\n' +
        'run, 1 if not; every other one says that nothing could be decided, and must be taken for a no.',
    );
  addJsonOption(addDecisionOptions(command)).addHelpText(
    'after',
    '\nExample:\n  vouch policy check MMZu9WvwKIro-rtBQfDk4PsKO7_ --policy site.yaml --trust /etc/grid-security/certificates',
  );
  bind<CheckOptions>(command, check);
}

async function check(call: Call<CheckOptions>): Promise<number> {
  const { terminal, options } = call;
  const { decision } = await decideHere(call);
  if (options.json === true) terminal.printJson(toDecisionJson(decision));
  else for (const line of writeDecision(decision, options.explain === true)) terminal.print(line);
  return decision.outcome === 'allow' ? EXIT.yes : EXIT.no;
}
