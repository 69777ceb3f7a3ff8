import { readFileSync } from 'node:fs';
import { toMessage, VouchError } from '../../errors.ts';
import type { SmtpSettings } from '../../mail/smtp.ts';
import type { Lookup } from './configuration.ts';
import type { SettingPath } from './setting.ts';
import type { SettingValues } from './setting-source.ts';

export const SMTP_SETTINGS = [
  'smtp.host',
  'smtp.port',
  'smtp.security',
  'smtp.authorities',
  'smtp.from',
  'smtp.user',
  'smtp.password',
  'smtp.passwordFile',
] as const satisfies readonly SettingPath[];

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1)$/;

/** Reads over which server mail goes out; undefined where none does. Throws `config`. */
export function toSmtp(
  values: SettingValues,
  isNeeded: boolean,
  find: Lookup<undefined>,
  need: Lookup<never>,
): SmtpSettings | undefined {
  if (!isNeeded) {
    const idle = SMTP_SETTINGS.find((one) => values.has(one));
    if (idle === undefined) return undefined;
    const { source } = values.get(idle)!;
    const why = 'with confirmation.mode off and reminders.mode off';
    throw new VouchError('config', `The setting ${idle} in ${source} has no effect ${why}.`);
  }
  const host = need('smtp.host');
  const security = need('smtp.security') as SmtpSettings['security'];
  const login = toLogin(find);
  if (security === 'none' && login !== undefined && !LOOPBACK.test(host)) {
    throw new VouchError('config', 'The setting smtp.security cannot be none: the password would travel in the clear.');
  }
  const authorities = find('smtp.authorities');
  return {
    host,
    port: need('smtp.port'),
    security,
    from: need('smtp.from'),
    ...(authorities === undefined ? {} : { authorities: readText(authorities, 'smtp.authorities') }),
    ...(login === undefined ? {} : { login }),
  };
}

function toLogin(find: Lookup<undefined>): SmtpSettings['login'] {
  const user = find('smtp.user');
  const given = find('smtp.password');
  const file = find('smtp.passwordFile');
  if (user === undefined && given === undefined && file === undefined) return undefined;
  if (user === undefined || (given === undefined) === (file === undefined)) {
    throw new VouchError(
      'config',
      'A login needs smtp.user, and the password from either smtp.password or smtp.passwordFile.',
    );
  }
  const [password = ''] = given === undefined ? readText(file!, 'smtp.passwordFile').split(/\r?\n/, 1) : [given];
  return { user, password };
}

function readText(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new VouchError('config', `The file of ${setting} cannot be read: ${toMessage(cause)}.`, { cause });
  }
}
