import type { Command } from 'commander';
import { findToken } from './access-token.ts';
import type { Call } from './call.ts';
import { readLogKeyOption, readWitnessesOption } from './log-address.ts';
import type { FollowOptions } from './open-followed.ts';
import { readHours } from './policy-option.ts';

/** By which policy a command decides, and how it follows the logs that its decisions rest on. */
export interface FollowingOptions {
  readonly policy?: string;
  readonly logKey?: readonly string[];
  readonly trustFirst?: boolean;
  readonly witnesses?: string;
  readonly grace: string;
  readonly state?: string;
}

/** Adds these options. */
export function addFollowingOptions(command: Command): Command {
  return command
    .option('--policy <file>', 'the policy (else VOUCH_POLICY)')
    .option(
      '--log-key <vkey>',
      'public key of a log, name+id+base64, from someone you trust; again for each log that is followed',
      (key: string, before: readonly string[] = []) => [...before, key],
    )
    .option('--trust-first', 'believe the key that a log itself names the first time, and no other after')
    .option('--witnesses <file>', 'which witnesses must have seen a checkpoint (C2SP tlog-policy)')
    .option('--grace <hours>', 'how long a copy serves while its registry is away', '24')
    .option('--state <dir>', 'where the copies lie (default: vouch in $XDG_STATE_HOME or ~/.local/state)');
}

/** What the options say of following the registry at an address. Throws `usage`, `input-output`. */
export async function readFollowing(
  { terminal, settings, options }: Call<FollowingOptions>,
  address: string,
): Promise<Omit<FollowOptions, 'address' | 'directory'>> {
  const witnesses = await readWitnessesOption(options.witnesses, terminal);
  return {
    keys: (options.logKey ?? []).map(readLogKeyOption),
    trustFirst: options.trustFirst === true,
    graceMs: readHours(options.grace, '--grace'),
    signal: terminal.io.signal,
    ...findToken(settings, address),
    ...(witnesses === undefined ? {} : { witnesses }),
  };
}
