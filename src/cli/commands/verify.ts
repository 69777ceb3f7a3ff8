import { type Command, Option } from 'commander';
import { byCheck, hasError, VouchError } from '../../errors.ts';
import type { Conditions, Trust, World } from '../../verify/conditions.ts';
import { proveExistence } from '../../verify/prove-existence.ts';
import type { Profile } from '../../verify/verdict.ts';
import { verifyDraft, verifyEntry } from '../../verify/verify-entry.ts';
import type { RevocationMode } from '../../x509/crl-check.ts';
import { addJsonOption, addTrustOption, type Bind, type Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { readTime } from '../read-moment.ts';
import { type Judgement, tellJudgement, toVerdictJson } from '../tell-judgement.ts';
import { addTsaTrustOption, openTsaTrust } from '../tsa-trust.ts';
import { verifyOffline } from '../verify-offline.ts';
import { needTrust, openTrust, openWorld } from '../world.ts';

interface VerifyOptions {
  readonly profile: Profile;
  readonly draft?: boolean;
  readonly at?: string;
  readonly crl?: RevocationMode;
  readonly timestamp?: string;
  readonly offline?: boolean;
  readonly logKey?: string;
  readonly witnesses?: string;
  readonly json?: boolean;
}

/** `vouch verify ENTRY…`: every finding; exit code 0 only if every entry is valid. */
export function addVerify(program: Command, bind: Bind): void {
  const command = program
    .command('verify')
    .summary('check entries and tell every finding')
    .description(
      'Checks entries exactly as a registry does and tells every finding. Exit code 0 only if all are valid.',
    )
    .argument('<entry...>', 'entries, or - for standard input')
    .addOption(
      new Option('--profile <name>', 'rules: current, or legacy for original StratusLab entries')
        .choices(['current', 'legacy'])
        .default('current'),
    )
    .option('--draft', 'check everything but the signature')
    .option('--at <time>', 'judge at this time instead of now')
    .addOption(
      new Option(
        '--crl <mode>',
        'revocation lists of the trust directory (default: require in the layout of grids)',
      ).choices(['require', 'if-present', 'off']),
    );
  command
    .option('--timestamp <file>', 'reply of a time-stamping authority, which proves when the entry was signed')
    .option('--offline', 'judge bundles of "vouch log bundle" with their receipts, without any network')
    .option('--log-key <vkey>', 'of a bundle: public key of its log, name+id+base64, from someone you trust')
    .option('--witnesses <file>', 'of a bundle: which witnesses must have seen its receipt (C2SP tlog-policy)');
  addJsonOption(addTsaTrustOption(addTrustOption(command))).addHelpText(
    'after',
    '\nExamples:\n  vouch verify entry.xml --trust /etc/grid-security/certificates\n  vouch verify --json --trust any *.xml\n  vouch verify --draft draft.xml\n  vouch verify --offline entry.bundle --log-key marketplace.example.org/log+89eebc94+AW… --trust /etc/grid-security/certificates',
  );
  bind<VerifyOptions>(command, (call) => (call.options.offline === true ? verifyOffline(call) : verify(call)));
}

async function verify(call: Call<VerifyOptions>): Promise<number> {
  const { terminal, settings, options, words } = call;
  const at = options.at === undefined ? new Date() : readTime(options.at, '--at');
  const isDraft = options.draft === true;
  const trust: Trust = isDraft ? { mode: 'any' } : await openTrust(needTrust(settings.trust), terminal, options.crl);
  const stamp = await openTimestamp(call);
  using world = await openWorld();
  let areAllValid = true;
  for (const file of words) {
    const bytes = await terminal.read(file);
    const judgement = isDraft
      ? judgeDraft(bytes, options.profile, world)
      : await judge(bytes, { profile: options.profile, at, trust }, world, stamp);
    areAllValid &&= judgement.isValid;
    if (options.json === true) terminal.printJson(toVerdictJson(file, judgement));
    else tellJudgement(terminal, file, judgement);
  }
  return areAllValid ? EXIT.yes : EXIT.no;
}

/** A time-stamp, and whom to believe about the time. */
interface Timestamp {
  readonly bytes: Uint8Array;
  readonly trust: NonNullable<Awaited<ReturnType<typeof openTsaTrust>>>;
}

async function openTimestamp({
  terminal,
  settings,
  options: { timestamp, draft },
  words,
}: Call<VerifyOptions>): Promise<Timestamp | undefined> {
  if (timestamp === undefined) return undefined;
  if (words.length > 1 || draft === true) throw new VouchError('usage', 'A time-stamp belongs to one signed entry.');
  const trust = await openTsaTrust(settings['tsa-trust'], terminal);
  if (trust !== undefined) return { bytes: await terminal.read(timestamp), trust };
  const hint = 'give --tsa-trust with a directory of their certificates, or set VOUCH_TSA_TRUST';
  throw new VouchError('usage', `Which time-stamping authorities to trust is not said: ${hint}.`);
}

async function judge(
  bytes: Uint8Array,
  conditions: Conditions,
  world: World,
  stamp: Timestamp | undefined,
): Promise<Judgement> {
  const { profile, at } = conditions;
  const proof = stamp && (await proveExistence(bytes, stamp.bytes, { profile, at, ...stamp.trust }, world));
  const proven = proof?.proven;
  const verdict = await verifyEntry(bytes, { ...conditions, ...(proven && { provenAt: proven }) }, world);
  const entry = verdict.valid ? verdict.verified.entry : verdict.entry;
  // A time-stamp that was given is meant to count, so one that proves nothing is told even where the entry is good without.
  const findings = [...verdict.findings, ...(proof?.findings ?? [])].sort(byCheck);
  return { isValid: !hasError(findings) && verdict.valid, entry, findings, ...(proven && { proven }) };
}

function judgeDraft(bytes: Uint8Array, profile: Profile, world: World): Judgement {
  const findings = verifyDraft(bytes, { profile }, world);
  return { isValid: !hasError(findings), entry: null, findings };
}
