import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import { addEndorserOptions, addJsonOption, addRegistryOption, addTrustOption, type Bind, type Call } from '../call.ts';
import { readValidity } from '../read-moment.ts';
import { REFERENCE_HELP } from '../reference.ts';
import { chooseOwn, republish } from '../republish.ts';

interface RenewOptions {
  readonly valid: string;
  readonly json?: boolean;
}

/** `vouch renew ID`: the same statement again, with a new end of validity. */
export function addRenew(program: Command, bind: Bind): void {
  const command = program
    .command('renew')
    .summary('endorse an image again, with a new validity')
    .description('Fetches your current entry about an image, gives it a new end of validity, signs and submits it.')
    .argument('<id>', REFERENCE_HELP)
    .option('--valid <time|span>', 'until when the endorsement holds: 2027-01-31, 90d, 18m, …', '1y');
  addJsonOption(addTrustOption(addEndorserOptions(addRegistryOption(command)))).addHelpText(
    'after',
    '\nExample:\n  vouch renew jane@example.org#debian-stable --valid 6m',
  );
  bind<RenewOptions>(command, renew);
}

function renew(call: Call<RenewOptions>): Promise<number> {
  return republish(call, call.words[0]!, {
    choose: chooseOwn,
    change: ({ entry }, at) => {
      if (entry.deprecated !== undefined) {
        const hint = 'to endorse it again, describe the image anew and sign that';
        throw new VouchError('usage', `You deprecated this image (${entry.deprecated}); ${hint}.`);
      }
      return { validUntil: readValidity(call.options.valid, at, '--valid') };
    },
  });
}
