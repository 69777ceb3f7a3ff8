import { VouchError } from '../../errors.ts';
import type { Lookup } from './configuration.ts';
import type { SettingPath } from './setting.ts';
import type { SettingValues } from './setting-source.ts';

/** Whether endorsers are asked by mail. */
export interface ConfirmationSetting {
  readonly mode: 'unknown' | 'always';
  readonly expireHours: number;
  readonly pending: number;
  readonly pendingPerAddress: number;
  readonly templates?: string;
}

/** What only confirmation has a use for. */
const IDLE_SETTINGS = [
  'confirmation.expireHours',
  'confirmation.pending',
  'confirmation.pendingPerAddress',
  'confirmation.templates',
] as const satisfies readonly SettingPath[];

export const CONFIRMATION_SETTINGS = ['confirmation.mode', ...IDLE_SETTINGS] as const satisfies readonly SettingPath[];

/** Reads the settings of confirmation; undefined where nobody is asked. Throws `config`. */
export function toConfirmation(
  values: SettingValues,
  find: Lookup<undefined>,
  need: Lookup<never>,
): ConfirmationSetting | undefined {
  const mode = need('confirmation.mode') as 'off' | ConfirmationSetting['mode'];
  if (mode === 'off') {
    const idle = IDLE_SETTINGS.find((one) => values.has(one));
    if (idle === undefined) return undefined;
    const { source } = values.get(idle)!;
    throw new VouchError('config', `The setting ${idle} in ${source} has no effect with confirmation.mode off.`);
  }
  const templates = find('confirmation.templates');
  return {
    mode,
    expireHours: need('confirmation.expireHours'),
    pending: need('confirmation.pending'),
    pendingPerAddress: need('confirmation.pendingPerAddress'),
    ...(templates === undefined ? {} : { templates }),
  };
}
