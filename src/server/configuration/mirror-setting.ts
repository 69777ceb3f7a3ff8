import { VouchError } from '../../errors.ts';
import type { Lookup } from './configuration.ts';
import { CONFIRMATION_SETTINGS } from './confirmation-setting.ts';
import { UPLOAD_LIMITS } from './limits-setting.ts';
import { REMINDER_SETTINGS } from './reminders-setting.ts';
import type { SettingPath } from './setting.ts';
import type { SettingValues } from './setting-source.ts';
import { SMTP_SETTINGS } from './smtp-setting.ts';

/** Which registry is copied; `logKey` is a verifier key. */
export interface MirrorSetting {
  readonly url: string;
  readonly logKey: string;
  readonly intervalSeconds: number;
  /** Path of the file that holds the token of a private registry. */
  readonly tokenFile?: string;
}

/** What a mirror has no use for. */
const WRITER_SETTINGS = [
  'origin',
  'trust.mode',
  'trust.directory',
  'trust.crl',
  'trust.crlGraceHours',
  'trust.namespaces',
  'trust.statuses',
  'trust.refreshMinutes',
  'trust.pinned',
  'endorsers',
  'endorsing.allow',
  'endorsing.deny',
  ...UPLOAD_LIMITS,
  ...CONFIRMATION_SETTINGS,
  ...REMINDER_SETTINGS,
  ...SMTP_SETTINGS,
  'readOnly',
  'witness.logs',
  'index.records',
  'imports.keys',
  'follow',
  'sparql.endpoint',
  'sparql.graphStore',
  'sparql.user',
  'sparql.password',
] as const satisfies readonly SettingPath[];

/** Reads which registry is copied; undefined for a registry with a log of its own. Throws `config`. */
export function toMirror(
  values: SettingValues,
  find: Lookup<undefined>,
  need: Lookup<never>,
): MirrorSetting | undefined {
  const url = find('mirror.url');
  const wanted = url === undefined ? ['mirror.logKey', 'mirror.tokenFile', 'mirror.intervalSeconds'] : WRITER_SETTINGS;
  const path = wanted.find((one) => values.has(one));
  if (path !== undefined) {
    const why = url === undefined ? 'without mirror.url' : 'in a mirror: take it out, or take out mirror.url';
    throw new VouchError('config', `The setting ${path} in ${values.get(path)!.source} has no effect ${why}.`);
  }
  if (url === undefined) return undefined;
  const tokenFile = find('mirror.tokenFile');
  return {
    url,
    logKey: need('mirror.logKey'),
    intervalSeconds: need('mirror.intervalSeconds'),
    ...(tokenFile === undefined ? {} : { tokenFile }),
  };
}
