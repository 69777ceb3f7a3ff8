import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import { addEndorserOptions, addJsonOption, addRegistryOption, addTrustOption, type Bind, type Call } from '../call.ts';
import { REFERENCE_HELP } from '../reference.ts';
import { chooseOwn, republish } from '../republish.ts';

interface DeprecateOptions {
  readonly reason: string;
  readonly json?: boolean;
}

/** `vouch deprecate ID --reason TEXT`: withdraws the endorser's own statement about an image. */
export function addDeprecate(program: Command, bind: Bind): void {
  const command = program
    .command('deprecate')
    .summary('withdraw an image you endorsed')
    .description(
      'Fetches your current entry about an image, states in it why the image is withdrawn, signs and submits it.',
    )
    .argument('<id>', REFERENCE_HELP)
    .requiredOption('--reason <text>', 'why the image should no longer be used');
  addJsonOption(addTrustOption(addEndorserOptions(addRegistryOption(command)))).addHelpText(
    'after',
    '\nExample:\n  vouch deprecate MMZu9WvwKIro-rtBQfDk4PsKO7_ --reason "CVE-2026-1234: use 12.5 instead"',
  );
  bind<DeprecateOptions>(command, deprecate);
}

function deprecate(call: Call<DeprecateOptions>): Promise<number> {
  const reason = call.options.reason.trim();
  if (reason === '') throw new VouchError('usage', '--reason is empty: people who run the image need to know why.');
  return republish(call, call.words[0]!, {
    choose: chooseOwn,
    // A validity that is already past would be refused; a withdrawal has no end, so it gets a fresh one.
    change: ({ entry }, at) =>
      entry.validUntil !== undefined && entry.validUntil <= at
        ? { deprecated: reason, validUntil: inOneYear(at) }
        : { deprecated: reason },
  });
}

function inOneYear(at: Date): Date {
  const until = new Date(at);
  until.setUTCFullYear(until.getUTCFullYear() + 1);
  return until;
}
