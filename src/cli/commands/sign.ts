import type { Command } from 'commander';
import { endorse } from '../../sign/endorse.ts';
import { verifyEntry } from '../../verify/verify-entry.ts';
import { addEndorserOptions, addTrustOption, type Bind, type Call } from '../call.ts';
import { openEndorser } from '../endorser.ts';
import { EXIT } from '../exit-code.ts';
import { readValidity } from '../read-moment.ts';
import { sayRefusal, sayValidity } from '../say-endorsing.ts';
import { openTrust, openWorld } from '../world.ts';

interface SignOptions {
  readonly output: string;
  readonly valid?: string;
}

/** `vouch sign DRAFT`: fills the endorsement, signs, and verifies its own result before writing it. */
export function addSign(program: Command, bind: Bind): void {
  const command = program
    .command('sign')
    .summary('endorse and sign a draft')
    .description(
      'Fills the endorsement of a draft from your certificate, signs it, and verifies its own result before anything is written.\n' +
        'A draft that does not say until when it is valid gets one year, or the end of the certificate where that comes first.',
    )
    .argument('<draft>', 'draft, or - for standard input')
    .option('-o, --output <entry>', 'where to write the signed entry', '-')
    .option('--valid <time|span>', 'until when the endorsement holds: 2027-01-31, 90d, 18m, 1y, …');
  addTrustOption(addEndorserOptions(command)).addHelpText(
    'after',
    '\nExamples:\n  vouch sign draft.xml --cert usercert.pem --key userkey.pem -o entry.xml\n  vouch sign draft.xml --p12 me.p12 -o entry.xml\n\nWithout any, ~/.globus/usercert.pem and userkey.pem sign.',
  );
  bind<SignOptions>(command, sign);
}

async function sign(call: Call<SignOptions>): Promise<number> {
  const { terminal, settings, options, words } = call;
  const draft = await terminal.read(words[0] ?? '-');
  const endorser = await openEndorser(call);
  using world = await openWorld();
  const trust = await openTrust(settings.trust ?? 'any', terminal);
  const at = new Date();
  const changes = options.valid === undefined ? {} : { validUntil: readValidity(options.valid, at, '--valid') };
  const endorsing = await endorse(draft, changes, endorser, {
    ...world,
    at,
    verify: (bytes) => verifyEntry(bytes, { profile: 'current', at, trust }, world),
  });
  if (!endorsing.ok) return sayRefusal(terminal, endorsing.findings);
  await terminal.write(options.output, endorsing.bytes);
  sayValidity(terminal, endorsing);
  const { identifier, endorsement } = endorsing.verified.entry;
  terminal.say(`Signed: ${identifier} by ${endorsement.email}`);
  return EXIT.yes;
}
