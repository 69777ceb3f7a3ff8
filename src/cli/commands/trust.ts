import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import type { AuthorityState } from '../../registry/authority-state.ts';
import type { DirectorySettings, TrustReading } from '../../registry/read-trust.ts';
import type { ListUpdate } from '../../registry/update-lists.ts';
import { toVisibleText } from '../../server/visible-text.ts';
import { writeName } from '../../x509/name.ts';
import type { TrustStore } from '../../x509/trust-store.ts';
import { addJsonOption, type Bind, type Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { findConfiguration } from './serve.ts';
import { addTrustImport } from './trust-import.ts';

interface TrustOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly allowPrivate?: boolean;
}

/** A revocation list may be large and its server slow. */
const FETCH_TIMEOUT_MS = 60_000;
const LIST_BYTES_LIMIT = 64 * 1024 * 1024;

/** `vouch trust …`: looking after a trust directory. */
export function addTrust(program: Command, bind: Bind): void {
  const trust = program
    .command('trust')
    .summary('look at a trust directory, fetch its revocation lists, make one of a truststore')
    .description('Looks after a directory of trusted certification authorities.')
    .addHelpText('after', '\nExample:\n  vouch trust list /etc/grid-security/certificates');
  const list = trust
    .command('list')
    .summary('tell what is trusted, until when, and how strictly')
    .description(
      'Tells which authorities a trust directory holds, how long they last, who says whom they may name, and the state of their\n' +
        'revocation lists. Files that are passed over are told of. Exit code 0 if all authorities are valid now, else 1.',
    );
  addDirectory(list);
  addJsonOption(list).addHelpText('after', '\nExample:\n  vouch trust list /etc/grid-security/certificates');
  bind<TrustOptions>(list, listTrust);
  const update = trust
    .command('update')
    .summary('fetch the revocation lists')
    .description(
      'Fetches the revocation lists from the addresses that the directory gives (.crl_url, .info), never from those in\n' +
        'certificates, and puts newer ones in place after checking their signatures. Exit code 0 if every authority with an\n' +
        'address has a list in time afterwards, else 1.',
    )
    .option('--allow-private', 'ask addresses in private networks too');
  addDirectory(update);
  addJsonOption(update).addHelpText('after', '\nExample:\n  vouch trust update --config /etc/vouch/vouch.yaml');
  bind<TrustOptions>(update, updateTrust);
  addTrustImport(trust, bind);
}

function addDirectory(command: Command): void {
  command
    .argument('[dir]', 'trust directory (else that of --config, else VOUCH_TRUST, else that of vouch.yaml)')
    .option('--config <file>', 'configuration of a registry');
}

async function listTrust({ terminal, settings, options, words }: Call<TrustOptions>): Promise<number> {
  const { readTrust } = await import('../../registry/read-trust.ts');
  const { readAuthorityStates } = await import('../../registry/authority-state.ts');
  const chosen = await toDirectory({ terminal, settings, options, words });
  const reading = await readTrust(chosen);
  const now = new Date();
  const states = await readAuthorityStates(reading.store!, now, chosen.crlGraceMs);
  const areValid = states.every(({ authority }) => isValid(authority.certificate, now));
  if (options.json === true) terminal.printJson(toJson(chosen.directory, reading, states));
  else {
    for (const warning of reading.warnings) terminal.say(toVisibleText(warning));
    terminal.say(reading.summary);
    terminal.printTable(
      [
        { heading: 'AUTHORITY', least: 20 },
        { heading: 'VALID UNTIL' },
        { heading: 'NAMES', least: 8 },
        { heading: 'REVOCATION LIST', least: 12 },
      ],
      states.map((state) => toRow(state, now)),
    );
  }
  return areValid ? EXIT.yes : EXIT.no;
}

async function updateTrust({ terminal, settings, options, words }: Call<TrustOptions>): Promise<number> {
  const { readTrust } = await import('../../registry/read-trust.ts');
  const { updateLists } = await import('../../registry/update-lists.ts');
  const { fetchPublic } = await import('../../platform/fetch-public.ts');
  const chosen = await toDirectory({ terminal, settings, options, words });
  const { store, warnings } = await readTrust(chosen);
  for (const warning of warnings) terminal.say(toVisibleText(warning));
  const now = new Date();
  const limits = { bytesLimit: LIST_BYTES_LIMIT, timeoutMs: FETCH_TIMEOUT_MS, signal: terminal.io.signal };
  let updates: ListUpdate[];
  {
    using progress = terminal.progress('revocation lists', 'count');
    updates = await updateLists({
      directory: chosen.directory,
      store: store!,
      at: now,
      fetch: (url) => fetchPublic(url, { ...limits, allowsPrivate: options.allowPrivate === true }),
      onProgress: progress.update,
    });
  }
  for (const update of updates) {
    if (options.json === true) terminal.printJson(toUpdateJson(update));
    else {
      for (const fault of update.faults) terminal.say(toVisibleText(fault));
      terminal.print(toVisibleText(toUpdateLine(update)));
    }
  }
  const graceMs = chosen.crlGraceMs ?? 0;
  const isInTime = ({ list }: ListUpdate): boolean =>
    list?.nextUpdate !== undefined && now.getTime() <= list.nextUpdate.getTime() + graceMs;
  const asked = updates.filter(({ outcome }) => outcome !== 'none');
  if (asked.length === 0) terminal.say('The trust directory gives no address of a revocation list (.crl_url, .info).');
  return asked.length > 0 && asked.every(isInTime) ? EXIT.yes : EXIT.no;
}

/** The directory and its strictness: as named, or as a registry's configuration says. */
async function toDirectory({ terminal, settings, options, words }: Call<TrustOptions>): Promise<DirectorySettings> {
  const [named] = words;
  if (named !== undefined && options.config !== undefined) {
    throw new VouchError('usage', 'Give a directory or --config, not both.');
  }
  const directory = named ?? (options.config === undefined ? settings.trust : undefined);
  if (directory === 'any')
    throw new VouchError('usage', 'Every signer is trusted ("any"): there is nothing to look after.');
  if (directory !== undefined) return { mode: 'anchors', directory };
  const { readConfiguration } = await import('../../server/configuration/configuration.ts');
  const { toTrustSettings } = await import('../run-registry.ts');
  const found = findConfiguration(options.config, terminal.io.env);
  if (found.file === undefined && terminal.io.env.VOUCH_TRUST_DIRECTORY === undefined) {
    throw new VouchError(
      'usage',
      'No trust directory is named: give one, or --config with the configuration of a registry.',
    );
  }
  const chosen = toTrustSettings(readConfiguration(found));
  if (chosen.mode === 'anchors') return chosen;
  throw new VouchError('usage', 'This registry trusts certificates that are listed (trust.pinned), and no directory.');
}

type Validity = { readonly notBefore: Date; readonly notAfter: Date };

function isValid({ notBefore, notAfter }: Validity, now: Date): boolean {
  return notBefore <= now && now <= notAfter;
}

function toRow({ authority, policies, ...state }: AuthorityState, now: Date): string[] {
  const { subject, notAfter } = authority.certificate;
  const until = toDay(notAfter) + (isValid(authority.certificate, now) ? '' : ' (not valid now)');
  return [writeName(subject), until, policies.join(' ') || '-', toListText(state)];
}

function toListText({ list, listState, reason }: Pick<AuthorityState, 'list' | 'listState' | 'reason'>): string {
  if (list === undefined) return listState === 'unusable' ? `unusable: ${reason}` : listState;
  const number = list.number === undefined ? 'no number' : `number ${list.number}`;
  const due = list.nextUpdate?.toISOString().slice(0, 16).replace('T', ' ');
  return `${listState}, ${number}, ${list.size} revoked, next ${due}`;
}

function toJson(directory: string, { trust, store, warnings }: TrustReading, states: readonly AuthorityState[]) {
  const strictness = trust.mode === 'anchors' ? { crl: trust.crl, namespaces: trust.hasNamespaces } : {};
  return {
    directory,
    layout: (store as TrustStore).isGridLayout ? 'grid' : 'plain',
    ...strictness,
    digest: trust.digest,
    authorities: states.map(({ authority, policies, list, listState, reason }) => ({
      subject: writeName(authority.certificate.subject),
      notBefore: authority.certificate.notBefore.toISOString(),
      notAfter: authority.certificate.notAfter.toISOString(),
      hashes: authority.hashes,
      policies,
      crlUrls: authority.crlUrls,
      crl: { state: listState, ...(list === undefined ? {} : toListJson(list)), ...(reason ? { reason } : {}) },
    })),
    warnings,
  };
}

function toListJson({ number, thisUpdate, nextUpdate, size }: NonNullable<AuthorityState['list']>) {
  return {
    number: number?.toString() ?? null,
    thisUpdate: thisUpdate.toISOString(),
    nextUpdate: nextUpdate?.toISOString() ?? null,
    revoked: size,
  };
}

function toUpdateJson({ authority, outcome, list, file, faults }: ListUpdate) {
  const subject = writeName(authority.certificate.subject);
  const crl = list === undefined ? {} : { crl: toListJson(list) };
  return { subject, outcome, ...(file === undefined ? {} : { file }), ...crl, faults };
}

function toUpdateLine({ authority, outcome, file, list }: ListUpdate): string {
  const words = {
    updated: `updated, ${file}, next ${list?.nextUpdate?.toISOString() ?? '-'}`,
    held: 'nothing newer',
    failed: list === undefined ? 'failed, there is none' : 'failed, the one held stays',
    none: 'no address',
  };
  return `${writeName(authority.certificate.subject)}: ${words[outcome]}`;
}

function toDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}
