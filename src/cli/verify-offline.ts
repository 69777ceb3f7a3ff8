import { hasError, VouchError } from '../errors.ts';
import { BUNDLE_BYTES_LIMIT, readEntryBundle } from '../peer/entry-bundle.ts';
import { type BundleVerdict, verifyEntryBundle } from '../peer/verify-entry-bundle.ts';
import type { RevocationMode } from '../x509/crl-check.ts';
import type { Call } from './call.ts';
import { EXIT } from './exit-code.ts';
import { readLogKeyOption, readWitnessesOption } from './log-address.ts';
import { readTime } from './read-moment.ts';
import { sayProof } from './say-proof.ts';
import { type Judgement, tellJudgement, toVerdictJson } from './tell-judgement.ts';
import { needTrust, openTrust, openWorld } from './world.ts';

interface OfflineOptions {
  readonly draft?: boolean;
  readonly timestamp?: string;
  readonly at?: string;
  readonly crl?: RevocationMode;
  readonly logKey?: string;
  readonly witnesses?: string;
  readonly json?: boolean;
}

/** What no bundle can prove (design L6 level C). */
const COMPLETENESS = 'completeness: not proven';

/** Judges bundles by nothing but themselves, and says what that establishes; exit code 0 only if every entry is valid. */
export async function verifyOffline(call: Call<OfflineOptions>): Promise<number> {
  const { terminal, settings, options, words } = call;
  if (options.draft === true || options.timestamp !== undefined) {
    throw new VouchError('usage', '--offline judges bundles: drafts and time-stamps have no place there.');
  }
  if (options.logKey === undefined) {
    throw new VouchError('usage', 'Whose log to believe is not said: give --log-key with the public key of the log.');
  }
  const log = readLogKeyOption(options.logKey);
  const policy = await readWitnessesOption(options.witnesses, terminal);
  const at = options.at === undefined ? new Date() : readTime(options.at, '--at');
  const trust = await openTrust(needTrust(settings.trust), terminal, options.crl);
  using world = await openWorld();
  let areAllValid = true;
  for (const file of words) {
    const bundle = readEntryBundle(await terminal.read(file, BUNDLE_BYTES_LIMIT));
    const verdict = await verifyEntryBundle(bundle, { log, at, trust, ...(policy && { policy }) }, world);
    const judgement = toJudgement(verdict);
    areAllValid &&= judgement.isValid;
    if (options.json === true) terminal.printJson(toBundleJson(file, judgement, verdict));
    else {
      tellJudgement(terminal, file, judgement);
      for (const line of sayProof(verdict.proven)) terminal.print(`  ${line}`);
      terminal.print(`  ${COMPLETENESS}: a newer statement about this image, even its deprecation, may exist.`);
    }
  }
  return areAllValid ? EXIT.yes : EXIT.no;
}

function toJudgement({ verdict, provenAt }: BundleVerdict): Judgement {
  const entry = verdict.valid ? verdict.verified.entry : verdict.entry;
  const isValid = verdict.valid && !hasError(verdict.findings);
  return { isValid, entry, findings: verdict.findings, ...(provenAt && { proven: provenAt }) };
}

function toBundleJson(file: string, judgement: Judgement, { proven }: BundleVerdict): Record<string, unknown> {
  const { index, record, checkpoint, cosignatures } = proven;
  const log = { origin: checkpoint.origin, size: checkpoint.size, index, acceptedAt: record.at };
  const witnesses = cosignatures.map(({ key, at }) => ({ name: key.name, at: at?.toISOString() }));
  return { ...toVerdictJson(file, judgement), log, witnesses, completeness: 'not proven' };
}
