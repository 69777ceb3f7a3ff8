import type { Command } from 'commander';
import type { Decision } from '../policy/decision.ts';
import { addRegistryOption, addTrustOption, type Call, openClient } from './call.ts';
import { addFollowingOptions, type FollowingOptions, readFollowing } from './following-option.ts';
import { openShown } from './open-shown.ts';
import { needPolicy } from './policy-option.ts';
import { readTime } from './read-moment.ts';
import { REFERENCE_HELP, readReference } from './reference.ts';
import { addReportOption, countDecision, reportOnce } from './report-use.ts';
import { needTrust, openTrust, openWorld } from './world.ts';

/** How a command decides by the copy of a log on this machine. */
export interface DecisionOptions extends FollowingOptions {
  readonly at?: string;
  readonly explain?: boolean;
  readonly offline?: boolean;
}

/** Adds what a command needs to decide about an image. */
export function addDecisionOptions(command: Command): Command {
  const following = addFollowingOptions(command.argument('<image>', REFERENCE_HELP))
    .option('--explain', 'tell every reason, not only those that decided')
    .option('--at <time>', 'decide as of an earlier time')
    .option('--offline', 'ask no registry: decide from the copies alone');
  return addReportOption(addTrustOption(addRegistryOption(following)));
}

/** Brings the copy of the registry's log up to date, and decides about the image the command line names; `address` is that registry's. */
export async function decideHere(
  call: Call<DecisionOptions>,
): Promise<{ readonly decision: Decision; readonly address: string }> {
  const { terminal, settings, options, words } = call;
  const { openPolicy } = await import('../site/open-policy.ts');
  const { Site } = await import('../site/site.ts');
  const { policy } = openPolicy(needPolicy(settings.policy));
  const at = options.at === undefined ? undefined : readTime(options.at, '--at');
  const image = await toIdentifier(call, words[0]!);
  const trust = await openTrust(needTrust(settings.trust), terminal);
  const isOffline = options.offline === true;
  const following = await readFollowing(call, image.baseUrl ?? settings.url ?? '');
  const settled = { ...following, state: options.state, isOffline };
  const client = openClient(call, image.baseUrl);
  const logs = await openShown(client, settled, terminal);
  let decision: Decision;
  try {
    for (const log of isOffline ? [] : logs) {
      using progress = terminal.progress(`Records of ${log.origin}`, 'count');
      await log.sync({ onProgress: (done, size) => progress.update(done, size) });
    }
    using world = await openWorld();
    decision = await new Site({ logs, policy, trust, world, isOffline }).decide(image.identifier, at);
  } finally {
    for (const log of logs) await log[Symbol.asyncDispose]();
  }
  if (at === undefined) await reportOnce(call, client.baseUrl, (tally) => countDecision(tally, decision));
  return { decision, address: client.baseUrl };
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
