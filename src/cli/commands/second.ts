import type { Command } from 'commander';
import { checksumImage } from '../../endorse/checksum-image.ts';
import { VouchError } from '../../errors.ts';
import { compareImage } from '../../sign/to-description.ts';
import { addEndorserOptions, addJsonOption, addRegistryOption, addTrustOption, type Bind, type Call } from '../call.ts';
import type { ListedEntry } from '../listed-entry.ts';
import { readValidity } from '../read-moment.ts';
import { REFERENCE_HELP } from '../reference.ts';
import { republish } from '../republish.ts';

interface SecondOptions {
  readonly image: string;
  readonly valid: string;
  readonly json?: boolean;
}

/** `vouch second ID --image FILE`: endorses what somebody else described, after checking the bytes. */
export function addSecond(program: Command, bind: Bind): void {
  const command = program
    .command('second')
    .summary('endorse what somebody else described, after checking the bytes')
    .description(
      "Fetches another endorser's valid entry about an image, checks your copy of the image against every checksum in it, and\nsigns and submits the same statement as yours.",
    )
    .argument('<id>', REFERENCE_HELP)
    .requiredOption('--image <file>', 'your copy of the image')
    .option('--valid <time|span>', 'until when the endorsement holds: 2027-01-31, 90d, 18m, …', '1y');
  addJsonOption(addTrustOption(addEndorserOptions(addRegistryOption(command)))).addHelpText(
    'after',
    '\nExample:\n  vouch second jane@example.org#debian-stable --image debian.qcow2',
  );
  bind<SecondOptions>(command, second);
}

function second(call: Call<SecondOptions>): Promise<number> {
  const { terminal, options, words } = call;
  return republish(call, words[0]!, {
    choose: chooseOther,
    change: async ({ entry }, at) => {
      using progress = terminal.progress(options.image, 'bytes');
      const image = await checksumImage(options.image, {
        algorithms: entry.checksums.map((checksum) => checksum.algorithm),
        onProgress: progress.update,
        signal: terminal.io.signal,
      });
      const differs = compareImage(image, entry);
      if (differs.length > 0) {
        throw new VouchError('malformed', `${options.image} is not the image of the entry: ${differs.join(', ')}.`);
      }
      return { validUntil: readValidity(options.valid, at, '--valid'), draftedAt: at };
    },
  });
}

/** The newest valid entry of another endorser, of the one the ID names where it does. */
function chooseOther(history: readonly ListedEntry[], endorserKey: string, email?: string): ListedEntry {
  const valid = history.filter((entry) => entry.status === 'valid' && entry.endorserKey !== endorserKey);
  const fitting = valid.filter((entry) => email === undefined || entry.email === email);
  const newest = fitting.toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime())[0];
  if (newest === undefined) {
    const whose = email === undefined ? 'of another endorser' : `of ${email} (who must be another than you)`;
    throw new VouchError('not-found', `There is no valid entry ${whose} about this image.`);
  }
  return newest;
}
