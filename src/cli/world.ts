import { VouchError } from '../errors.ts';
import { fromTrustCopy } from '../registry/trust-copy.ts';
import type { Trust, World } from '../verify/conditions.ts';
import type { RevocationMode } from '../x509/crl-check.ts';
import type { Terminal } from './terminal.ts';

/** What verification and signing need on this machine. Loaded when first asked for: searching needs no XML library. */
export async function openWorld(): Promise<World & Disposable> {
  const { openXml } = await import('../xml/open-xml.ts');
  const { readEntrySchemas } = await import('../platform/entry-schemas.ts');
  const { nodeCrypto } = await import('../platform/node-crypto.ts');
  const { SignerCache } = await import('../verify/signer.ts');
  const xml = openXml(readEntrySchemas());
  return { xml, crypto: nodeCrypto, signers: new SignerCache(), [Symbol.dispose]: () => xml[Symbol.dispose]() };
}

/**
 * Whom to believe: a directory of CA certificates, or `any`. Files that were passed over are told of. `crl` says what revocation lists
 * count for; where it does not, the layout of the directory decides as for a registry. Throws `config`.
 */
export async function openTrust(setting: string, terminal: Terminal, crl?: RevocationMode): Promise<Trust> {
  if (setting === 'any') return { mode: 'any' };
  const { readTrust } = await import('../registry/read-trust.ts');
  const chosen = crl === undefined ? {} : { crl };
  const { trust, warnings } = await readTrust({ mode: 'anchors', directory: setting, ...chosen });
  for (const warning of warnings) terminal.say(warning);
  return fromTrustCopy(trust);
}

/** The trust setting; throws `usage` where there is none, since believing anyone must be said. */
export function needTrust(setting: string | undefined): string {
  if (setting !== undefined) return setting;
  const hint = 'give --trust with a directory of CA certificates, or --trust any to accept every signer';
  throw new VouchError('usage', `Whom to trust is not said: ${hint}.`);
}
