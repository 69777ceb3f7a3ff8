import { type Command, Option } from 'commander';
import { VouchError } from '../errors.ts';
import { findToken } from './access-token.ts';
import { RegistryClient } from './client.ts';
import type { Io } from './io.ts';
import { readAsOf } from './read-moment.ts';
import type { Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** One call of a command: what was said on the command line, and the world it runs in. */
export interface Call<Options> {
  readonly terminal: Terminal;
  readonly settings: Settings;
  readonly options: Options;
  /** The words that are no options, in order. */
  readonly words: readonly string[];
}

/** Gives a command its action; what the action resolves to is the program's exit code. */
export type Bind = <Options>(command: Command, run: (call: Call<Options>) => Promise<number>) => void;

/** Runs another command line in the same program, with parts of its world replaced; gives its exit code. */
export type RunCommand = (words: readonly string[], io: Partial<Io>) => Promise<number>;

/**
 * The registry of `--url`, `VOUCH_URL` or the settings file; `baseUrl` (from an entry's URL) goes before them. Throws `usage` without any.
 * With `--as-of` it answers for then.
 */
export function openClient(
  call: Pick<Call<unknown>, 'terminal' | 'settings'> & { readonly options?: unknown },
  baseUrl?: string,
): RegistryClient {
  const url = baseUrl ?? call.settings.url;
  if (url === undefined) {
    throw new VouchError('usage', 'No registry is named: give --url URL, or set VOUCH_URL.');
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new VouchError(
      'usage',
      `${JSON.stringify(url)} is not the address of a registry: it must begin with http:// or https://.`,
    );
  }
  const { asOf } = (call.options ?? {}) as AsOfOptions;
  return new RegistryClient(url, call.terminal.io.signal, {
    ...findToken(call.settings, url),
    ...(asOf === undefined ? {} : { asOf: readAsOf(asOf, '--as-of') }),
  });
}

/** Adds the option that names the registry. */
export function addRegistryOption(command: Command): Command {
  return addTokenOptions(command.option('--url <url>', 'base URL of the registry (else VOUCH_URL)'));
}

/** Adds the options for the token of a private registry. */
export function addTokenOptions(command: Command): Command {
  return command
    .option('--token-file <file>', 'file with the token of a private registry (else VOUCH_TOKEN)')
    .option('--token <token>', 'the token itself, which others on this machine can see');
}

export interface AsOfOptions {
  readonly asOf?: string;
}

/** Adds the option that asks about the past. */
export function addAsOfOption(command: Command): Command {
  return command.option('--as-of <when>', 'what was said then: a log size, a time, or a day (its first second, UTC)');
}

/** Adds the option for machine-readable output. */
export function addJsonOption(command: Command): Command {
  return command.option('--json', 'write results as JSON');
}

/** Adds the options that say who signs; without any, the grid pair of `~/.globus` does. */
export function addEndorserOptions(command: Command): Command {
  return command
    .option('--cert <file>', 'certificate, PEM, yours first (else VOUCH_CERT)')
    .option('--key <file>', 'private key, PEM (else VOUCH_KEY)')
    .option('--p12 <file>', 'certificate and private key in one PKCS #12 file (else VOUCH_P12)')
    .option('--alias <name>', 'which key, where the PKCS #12 file holds several: its name or number')
    .option('--signer <command>', 'program that signs in place of --key, as for a token (see docs/endorsing.md)')
    .addOption(new Option('--signer-input <what>', 'what the signer is given').choices(['bytes', 'digest']))
    .option('--passphrase-file <file>', 'read the passphrase of the key from here (else VOUCH_PASSPHRASE)')
    .option('--email <address>', 'address to endorse with, where the certificate has none or several');
}

/** Adds the option that says whom to believe. */
export function addTrustOption(command: Command): Command {
  return command.option('--trust <dir|any>', 'directory of trusted CA certificates, or "any" (else VOUCH_TRUST)');
}
