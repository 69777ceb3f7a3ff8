import { readFileSync } from 'node:fs';
import { toMessage, VouchError } from '../../errors.ts';
import type { CertificateRule } from '../../x509/certificate-rule.ts';
import type { Lookup } from './configuration.ts';
import type { SettingPath } from './setting.ts';
import type { SettingValues } from './setting-source.ts';

/** Who may read, and who is an administrator. */
export interface AccessSetting {
  readonly mode: 'public' | 'private';
  /** Path of the token file. */
  readonly tokens?: string;
  readonly readers: readonly CertificateRule[];
  readonly administrators: readonly CertificateRule[];
  /** What a proxy shows that ended TLS in place of this server. */
  readonly proxySecret?: string;
}

/** TLS by this server itself; paths of PEM files. */
export interface TlsSetting {
  readonly certificate: string;
  readonly key: string;
  /** Authorities whose certificates clients may show; nobody is asked for one where absent. */
  readonly clientAuthorities?: string;
}

/** Reads who may come in. Throws `config`: a private registry into which nobody could come is refused. */
export function toAccess(
  values: SettingValues,
  find: Lookup<undefined>,
  need: Lookup<never>,
  tls: TlsSetting | undefined,
): AccessSetting {
  const mode = need('access.mode') as AccessSetting['mode'];
  const tokens = find('access.tokens');
  const proxySecret = toProxySecret(find);
  const hasCertificates = proxySecret !== undefined || tls?.clientAuthorities !== undefined;
  const idle = (['access.readers', 'access.administrators'] as const satisfies readonly SettingPath[]).find(
    (path) => values.has(path) && !hasCertificates,
  );
  if (idle !== undefined) {
    const why = 'since nobody asks for client certificates: set tls.clientAuthorities or access.proxySecretFile';
    throw new VouchError('config', `The setting ${idle} in ${values.get(idle)!.source} has no effect, ${why}.`);
  }
  if (mode === 'private' && tokens === undefined && !hasCertificates) {
    const how = 'set access.tokens, tls.clientAuthorities or access.proxySecretFile';
    throw new VouchError('config', `With access.mode private nobody could come in: ${how}.`);
  }
  return {
    mode,
    ...(tokens === undefined ? {} : { tokens }),
    readers: need('access.readers'),
    administrators: need('access.administrators'),
    ...(proxySecret === undefined ? {} : { proxySecret }),
  };
}

/** Reads how this server ends TLS; undefined where it does not. Throws `config`. */
export function toTls(find: Lookup<undefined>, need: Lookup<never>): TlsSetting | undefined {
  const clientAuthorities = find('tls.clientAuthorities');
  if ([find('tls.certificate'), find('tls.key'), clientAuthorities].every((path) => path === undefined))
    return undefined;
  const [certificate, key] = [need('tls.certificate'), need('tls.key')];
  return { certificate, key, ...(clientAuthorities === undefined ? {} : { clientAuthorities }) };
}

const LEAST_SECRET = 16;

function toProxySecret(find: Lookup<undefined>): string | undefined {
  const given = find('access.proxySecret');
  const file = find('access.proxySecretFile');
  if (given !== undefined && file !== undefined) {
    throw new VouchError('config', 'Only one of access.proxySecret and access.proxySecretFile is given.');
  }
  const secret = given ?? (file === undefined ? undefined : readFirstLine(file));
  if (secret !== undefined && secret.length < LEAST_SECRET) {
    throw new VouchError('config', `The secret of the proxy must have ${LEAST_SECRET} characters or more.`);
  }
  return secret;
}

function readFirstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0]!.trim();
  } catch (cause) {
    throw new VouchError('config', `The file of access.proxySecretFile cannot be read: ${toMessage(cause)}.`, {
      cause,
    });
  }
}
