import { VouchError } from '../../errors.ts';
import type { Lookup } from './configuration.ts';
import type { SettingPath } from './setting.ts';
import type { SettingValues } from './setting-source.ts';

/** Who is reminded by mail, and when. */
export interface RemindersSetting {
  readonly mode: 'confirmed' | 'all';
  readonly firstDays: number;
  readonly lastDays: number;
  readonly summaryDays: number;
  readonly roundMinutes: number;
  readonly templates?: string;
}

/** What only reminders have a use for. */
const IDLE_SETTINGS = [
  'reminders.firstDays',
  'reminders.lastDays',
  'reminders.summaryDays',
  'reminders.roundMinutes',
  'reminders.templates',
] as const satisfies readonly SettingPath[];

export const REMINDER_SETTINGS = ['reminders.mode', ...IDLE_SETTINGS] as const satisfies readonly SettingPath[];

/** Reads the settings of reminders; undefined where nobody is reminded. Throws `config`. */
export function toReminders(
  values: SettingValues,
  find: Lookup<undefined>,
  need: Lookup<never>,
): RemindersSetting | undefined {
  const mode = need('reminders.mode') as 'off' | RemindersSetting['mode'];
  if (mode === 'off') {
    const idle = IDLE_SETTINGS.find((one) => values.has(one));
    if (idle === undefined) return undefined;
    const { source } = values.get(idle)!;
    throw new VouchError('config', `The setting ${idle} in ${source} has no effect with reminders.mode off.`);
  }
  const [firstDays, lastDays] = [need('reminders.firstDays'), need('reminders.lastDays')];
  if (lastDays > firstDays) {
    throw new VouchError('config', 'The setting reminders.lastDays must not be more than reminders.firstDays.');
  }
  const templates = find('reminders.templates');
  return {
    mode,
    firstDays,
    lastDays,
    summaryDays: need('reminders.summaryDays'),
    roundMinutes: need('reminders.roundMinutes'),
    ...(templates === undefined ? {} : { templates }),
  };
}
