import { readFileSync } from 'node:fs';
import { toMessage, VouchError } from '../errors.ts';
import type { Lookup } from './configuration.ts';
import type { SettingPath } from './setting.ts';
import type { SettingValues } from './setting-source.ts';

/** Whether endorsers are asked by mail, and over which server. */
export interface ConfirmationSetting {
  readonly mode: 'unknown' | 'always';
  readonly expireHours: number;
  readonly pending: number;
  readonly pendingPerAddress: number;
  readonly templates?: string;
  readonly smtp: {
    readonly host: string;
    readonly port: number;
    readonly security: 'starttls' | 'tls' | 'none';
    /** PEM. */
    readonly authorities?: string;
    readonly from: string;
    readonly login?: { readonly user: string; readonly password: string };
  };
}

/** What only confirmation has a use for. */
const MAIL_SETTINGS = [
  'confirmation.expireHours',
  'confirmation.pending',
  'confirmation.pendingPerAddress',
  'confirmation.templates',
  'smtp.host',
  'smtp.port',
  'smtp.security',
  'smtp.authorities',
  'smtp.from',
  'smtp.user',
  'smtp.password',
  'smtp.passwordFile',
] as const satisfies readonly SettingPath[];

export const CONFIRMATION_SETTINGS = ['confirmation.mode', ...MAIL_SETTINGS] as const satisfies readonly SettingPath[];

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1)$/;

/** Reads the settings of confirmation; undefined where nobody is asked. Throws `config`. */
export function toConfirmation(
  values: SettingValues,
  find: Lookup<undefined>,
  need: Lookup<never>,
): ConfirmationSetting | undefined {
  const mode = need('confirmation.mode') as 'off' | ConfirmationSetting['mode'];
  if (mode === 'off') {
    const idle = MAIL_SETTINGS.find((one) => values.has(one));
    if (idle === undefined) return undefined;
    const { source } = values.get(idle)!;
    throw new VouchError('config', `The setting ${idle} in ${source} has no effect with confirmation.mode off.`);
  }
  const host = need('smtp.host');
  const security = need('smtp.security') as ConfirmationSetting['smtp']['security'];
  const login = toLogin(find);
  if (security === 'none' && login !== undefined && !LOOPBACK.test(host)) {
    throw new VouchError('config', 'The setting smtp.security cannot be none: the password would travel in the clear.');
  }
  const templates = find('confirmation.templates');
  const authorities = find('smtp.authorities');
  return {
    mode,
    expireHours: need('confirmation.expireHours'),
    pending: need('confirmation.pending'),
    pendingPerAddress: need('confirmation.pendingPerAddress'),
    ...(templates === undefined ? {} : { templates }),
    smtp: {
      host,
      port: need('smtp.port'),
      security,
      from: need('smtp.from'),
      ...(authorities === undefined ? {} : { authorities: readText(authorities, 'smtp.authorities') }),
      ...(login === undefined ? {} : { login }),
    },
  };
}

function toLogin(find: Lookup<undefined>): ConfirmationSetting['smtp']['login'] {
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
