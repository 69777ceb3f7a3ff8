import type { Command } from 'commander';
import type { Decision } from '../policy/decision.ts';
import { findToken } from './access-token.ts';
import { addRegistryOption, addTrustOption, type Call, openClient } from './call.ts';
import { readLogKeyOption, readWitnessesOption } from './log-address.ts';
import { openShown } from './open-shown.ts';
import { needPolicy, readHours } from './policy-option.ts';
import { readTime } from './read-moment.ts';
import { REFERENCE_HELP, readReference } from './reference.ts';
import { needTrust, openTrust, openWorld } from './world.ts';

/** How a command decides by the copy of a log on this machine. */
export interface DecisionOptions {
  readonly policy?: string;
  readonly at?: string;
  readonly explain?: boolean;
  readonly offline?: boolean;
  readonly logKey?: readonly string[];
  readonly trustFirst?: boolean;
  readonly witnesses?: string;
  readonly state?: string;
  readonly grace: string;
}

/** Adds what a command needs to decide about an image. */
export function addDecisionOptions(command: Command): Command {
  command
    .argument('<image>', REFERENCE_HELP)
    .option('--policy <file>', 'the policy (else VOUCH_POLICY)')
    .option('--explain', 'tell every reason, not only those that decided')
    .option('--at <time>', 'decide as of an earlier time')
    .option('--offline', 'ask no registry: decide from the copy alone')
    .option('--grace <hours>', 'how long the copy serves while the registry is away', '24')
    .option(
      '--log-key <vkey>',
      'public key of the log, name+id+base64, from someone you trust; again for each log the registry follows',
      (key: string, before: readonly string[] = []) => [...before, key],
    )
    .option('--trust-first', 'believe the key that the log itself names the first time, and no other after')
    .option('--witnesses <file>', 'which witnesses must have seen a checkpoint (C2SP tlog-policy)')
    .option('--state <dir>', 'where the copy lies (default: vouch in $XDG_STATE_HOME or ~/.local/state)');
  return addTrustOption(addRegistryOption(command));
}

/** Brings the copy of the registry's log up to date, and decides about the image the command line names. */
export async function decideHere(call: Call<DecisionOptions>): Promise<Decision> {
  const { terminal, settings, options, words } = call;
  const { openPolicy } = await import('../site/open-policy.ts');
  const { Site } = await import('../site/site.ts');
  const { policy } = openPolicy(needPolicy(settings.policy));
  const at = options.at === undefined ? undefined : readTime(options.at, '--at');
  const image = await toIdentifier(call, words[0]!);
  const trust = await openTrust(needTrust(settings.trust), terminal);
  const witnesses = await readWitnessesOption(options.witnesses, terminal);
  const isOffline = options.offline === true;
  const settled = {
    state: options.state,
    trustFirst: options.trustFirst === true,
    graceMs: readHours(options.grace, '--grace'),
    signal: terminal.io.signal,
    ...findToken(settings, image.baseUrl ?? settings.url ?? ''),
    keys: (options.logKey ?? []).map(readLogKeyOption),
    isOffline,
    ...(witnesses === undefined ? {} : { witnesses }),
  };
  const logs = await openShown(openClient(call, image.baseUrl), settled, terminal);
  try {
    for (const log of isOffline ? [] : logs) {
      using progress = terminal.progress(`Records of ${log.origin}`, 'count');
      await log.sync({ onProgress: (done, size) => progress.update(done, size) });
    }
    using world = await openWorld();
    return await new Site({ logs, policy, trust, world, isOffline }).decide(image.identifier, at);
  } finally {
    for (const log of logs) await log[Symbol.asyncDispose]();
  }
}

/** The image that is asked about. A tag is its endorser's word, which only the registry's list can look up. */
async function toIdentifier(
  call: Call<DecisionOptions>,
  text: string,
): Promise<{ readonly identifier: string; readonly baseUrl?: string }> {
  const reference = await readReference(text, call.terminal);
  if (reference.kind === 'image') return reference;
  return { identifier: (await openClient(call).tagged(reference.email, reference.tag)).identifier };
}
