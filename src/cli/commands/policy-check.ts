import type { Command } from 'commander';
import { toDecisionJson, writeDecision } from '../../policy/write-decision.ts';
import { addJsonOption, addRegistryOption, addTrustOption, type Bind, type Call, openClient } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { readLogKeyOption, readWitnessesOption, toStateDirectory } from '../log-address.ts';
import { openFollowed } from '../open-followed.ts';
import { needPolicy, readHours } from '../policy-option.ts';
import { readTime } from '../read-moment.ts';
import { REFERENCE_HELP, readReference } from '../reference.ts';
import { needTrust, openTrust, openWorld } from '../world.ts';

interface CheckOptions {
  readonly policy?: string;
  readonly at?: string;
  readonly explain?: boolean;
  readonly json?: boolean;
  readonly offline?: boolean;
  readonly logKey?: string;
  readonly trustFirst?: boolean;
  readonly witnesses?: string;
  readonly state?: string;
  readonly grace: string;
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
    )
    .argument('<image>', REFERENCE_HELP)
    .option('--policy <file>', 'the policy (else VOUCH_POLICY)')
    .option('--explain', 'tell every reason, not only those that decided')
    .option('--at <time>', 'decide as of an earlier time')
    .option('--offline', 'ask no registry: decide from the copy alone')
    .option('--grace <hours>', 'how long the copy serves while the registry is away', '24')
    .option('--log-key <vkey>', 'public key of the log, name+id+base64, from someone you trust')
    .option('--trust-first', 'believe the key that the log itself names the first time, and no other after')
    .option('--witnesses <file>', 'which witnesses must have seen a checkpoint (C2SP tlog-policy)')
    .option('--state <dir>', 'where the copy lies (default: vouch in $XDG_STATE_HOME or ~/.local/state)');
  addJsonOption(addTrustOption(addRegistryOption(command))).addHelpText(
    'after',
    '\nExample:\n  vouch policy check MMZu9WvwKIro-rtBQfDk4PsKO7_ --policy site.yaml --trust /etc/grid-security/certificates',
  );
  bind<CheckOptions>(command, check);
}

async function check(call: Call<CheckOptions>): Promise<number> {
  const { terminal, settings, options, words } = call;
  const { openPolicy } = await import('../../site/open-policy.ts');
  const { Site } = await import('../../site/site.ts');
  const { policy } = openPolicy(needPolicy(settings.policy));
  const at = options.at === undefined ? undefined : readTime(options.at, '--at');
  const image = await toIdentifier(call, words[0]!);
  const trust = await openTrust(needTrust(settings.trust), terminal);
  const address = openClient(call, image.baseUrl).baseUrl;
  const witnesses = await readWitnessesOption(options.witnesses, terminal);
  await using log = await openFollowed({
    address,
    directory: toStateDirectory(options.state, terminal.io, address),
    trustFirst: options.trustFirst === true,
    graceMs: readHours(options.grace, '--grace'),
    signal: terminal.io.signal,
    keys: options.logKey === undefined ? [] : [readLogKeyOption(options.logKey)],
    ...(witnesses === undefined ? {} : { witnesses }),
  });
  const isOffline = options.offline === true;
  if (!isOffline) {
    using progress = terminal.progress(`Records of ${log.origin}`, 'count');
    await log.sync((done, size) => progress.update(done, size));
  }
  using world = await openWorld();
  const site = new Site({ logs: [log], policy, trust, world, isOffline });
  const decision = await site.decide(image.identifier, at);
  if (options.json === true) terminal.printJson(toDecisionJson(decision));
  else for (const line of writeDecision(decision, options.explain === true)) terminal.print(line);
  return decision.outcome === 'allow' ? EXIT.yes : EXIT.no;
}

/** The image that is asked about. A tag is its endorser's word, which only the registry's list can look up. */
async function toIdentifier(
  call: Call<CheckOptions>,
  text: string,
): Promise<{ readonly identifier: string; readonly baseUrl?: string }> {
  const reference = await readReference(text, call.terminal);
  if (reference.kind === 'image') return reference;
  return { identifier: (await openClient(call).tagged(reference.email, reference.tag)).identifier };
}
