import type { Command } from 'commander';
import { VouchError } from '../errors.ts';
import type { ExistenceConditions } from '../verify/prove-existence.ts';
import type { Terminal } from './terminal.ts';
import { openTrust } from './world.ts';

/** Adds the option that says whom to believe about the time. */
export function addTsaTrustOption(command: Command): Command {
  return command.option(
    '--tsa-trust <dir>',
    'directory of certificates of time-stamping authorities, or of who issues those (else VOUCH_TSA_TRUST)',
  );
}

/** Whom to believe about the time, from a directory of certificates and revocation lists; nobody where none is given. Throws `config`, `usage`. */
export async function openTsaTrust(
  setting: string | undefined,
  terminal: Terminal,
): Promise<Pick<ExistenceConditions, 'authorities' | 'lists'> | undefined> {
  if (setting === undefined) return undefined;
  const trust = await openTrust(setting, terminal);
  if (trust.mode !== 'anchors')
    throw new VouchError('usage', 'Not anyone can be believed about the time: give a directory.');
  return { authorities: trust.anchors, lists: trust.rules?.lists ?? [] };
}
