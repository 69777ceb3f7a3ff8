import type { SparqlView } from '../../catalog/sparql/sparql.ts';
import { VouchError } from '../../errors.ts';
import type { SmtpSettings } from '../../mail/smtp.ts';
import type { EndorserLists } from '../../registry/endorser-lists.ts';
import type { EndorserBinding } from '../../verify/conditions.ts';
import type { WebhookTarget } from '../../webhook/webhook.ts';
import type { JournalSettings } from '../journal.ts';
import type { MetricsAccess } from '../routes/metrics.ts';
import { type AccessSetting, type TlsSetting, toAccess, toTls } from './access-setting.ts';
import { type ConfirmationSetting, toConfirmation } from './confirmation-setting.ts';
import { type LimitsSetting, toLimits } from './limits-setting.ts';
import { type LocationsSetting, toLocations } from './locations-setting.ts';
import { type MirrorSetting, toMirror } from './mirror-setting.ts';
import type { FollowSetting } from './read-follow.ts';
import { readSetting, type SettingTypes, toRequirement } from './read-setting.ts';
import { type RemindersSetting, toReminders } from './reminders-setting.ts';
import { SETTINGS, type Setting, type SettingPath } from './setting.ts';
import { readSettingFile, readSettingVariables, type SettingValue, type SettingValues } from './setting-source.ts';
import { toSmtp } from './smtp-setting.ts';
import { type ThemeSetting, toTheme } from './theme-setting.ts';
import { toUsage, type UsageSetting } from './usage-setting.ts';

/** Who may endorse here. */
export type TrustSetting =
  | {
      readonly mode: 'anchors';
      readonly directory: string;
      /** Absent where the layout of the directory decides. */
      readonly crl?: 'require' | 'if-present' | 'off';
      readonly crlGraceHours: number;
      readonly namespaces: 'auto' | 'require' | 'off';
      readonly statuses: readonly string[];
      readonly refreshMinutes: number;
    }
  /** `pinned`: SHA-256 hex, lower-case, at least one. */
  | { readonly mode: 'pinned'; readonly pinned: readonly string[] }
  | { readonly mode: 'open' };

/** How a registry is to run: checked, every path absolute, every default filled in. */
export interface Configuration {
  readonly listen: { readonly host: string; readonly port: number; readonly proxies: readonly string[] };
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly title: string;
  readonly theme: ThemeSetting;
  readonly dataDirectory: string;
  readonly origin: string;
  readonly trust: TrustSetting;
  readonly endorsers: readonly EndorserBinding[];
  /** Whose entries are taken, of those who are trusted. */
  readonly endorsing: EndorserLists;
  readonly access: AccessSetting;
  /** Absent where a proxy in front speaks TLS. */
  readonly tls?: TlsSetting;
  readonly limits: LimitsSetting;
  readonly sparql: {
    /** The server that holds the triples; the registry itself where absent. */
    readonly server?: {
      readonly endpoint: string;
      readonly graphStore: string;
      readonly credentials?: { readonly user: string; readonly password: string };
    };
    /** What a query sees that names no view. */
    readonly view: SparqlView;
    /** Directory of saved queries. */
    readonly queries?: string;
  };
  readonly locations: LocationsSetting;
  /** Absent where the use of images is not counted. */
  readonly usage?: UsageSetting;
  /** Absent where nobody is asked. */
  readonly confirmation?: ConfirmationSetting;
  /** Absent where nobody is reminded. */
  readonly reminders?: RemindersSetting;
  /** Absent where no mail goes out. */
  readonly smtp?: SmtpSettings;
  readonly logs: JournalSettings;
  readonly metrics: { readonly access: MetricsAccess };
  readonly health: { readonly diskMegabytes: number };
  readonly readOnly: boolean;
  readonly witness: {
    /** Verifier keys of the logs that are cosigned here. */
    readonly logs: readonly string[];
    /** The policy file, absent where the log has no witnesses. */
    readonly policy?: string;
    readonly patienceSeconds: number;
    readonly refreshMinutes: number;
    readonly mirrors: readonly string[];
    readonly guard: 'require' | 'warn';
  };
  readonly index: {
    /** After how many records the log states the root of its index; 0 for never. */
    readonly records: number;
  };
  /** Absent for a registry with a log of its own. */
  readonly mirror?: MirrorSetting;
  readonly imports: { readonly keys: readonly string[] };
  readonly webhooks: readonly WebhookTarget[];
  /** Registries whose entries are shown beside the own ones. */
  readonly follow: readonly FollowSetting[];
}

/** The checked value of each setting. */
export type Values = { readonly [S in (typeof SETTINGS)[number] as S['path']]: SettingTypes[S['type']['kind']] };

/**
 * Reads the configuration: the YAML file, environment variables over it, defaults below both. Throws `config` with one sentence that
 * names the setting, where it was set, and what it must be.
 */
export function readConfiguration({
  file,
  env,
}: {
  readonly file?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Configuration {
  const values = new Map([...(file === undefined ? [] : readSettingFile(file)), ...readSettingVariables(env)]);
  return toConfiguration(values, file);
}

/** Checks what was set and fills in defaults. Throws `config`. */
function toConfiguration(values: SettingValues, file: string | undefined): Configuration {
  const find = <P extends SettingPath>(path: P): Values[P] | undefined => {
    const setting: Setting = SETTINGS.find((one) => one.path === path)!;
    const given = values.get(path);
    const read: unknown = given === undefined ? setting.fallback : readSetting(setting.type, given);
    if (given !== undefined && read === undefined) throw toWrong(setting, given);
    return read as Values[P];
  };
  const need = <P extends SettingPath>(path: P): Values[P] => find(path) ?? missing(path, file);
  const baseUrl = need('baseUrl');
  const mirror = toMirror(values, find, need);
  const tls = toTls(find, need);
  const confirmation = toConfirmation(values, find, need);
  const reminders = toReminders(values, find, need);
  const usage = toUsage(need);
  const smtp = toSmtp(values, confirmation !== undefined || reminders !== undefined, find, need);
  return {
    listen: { host: need('listen.host'), port: need('listen.port'), proxies: need('listen.proxies') },
    baseUrl,
    title: need('title'),
    theme: toTheme(find),
    dataDirectory: need('dataDirectory'),
    origin: find('origin') ?? toOrigin(baseUrl),
    trust: mirror === undefined ? toTrust(values, file, find, need) : NOBODY,
    endorsers: need('endorsers'),
    endorsing: { allow: need('endorsing.allow'), deny: need('endorsing.deny') },
    access: toAccess(values, find, need, tls),
    ...(tls === undefined ? {} : { tls }),
    limits: toLimits(need),
    sparql: toSparql(find, need),
    locations: toLocations(find),
    ...(usage === undefined ? {} : { usage }),
    ...(confirmation === undefined ? {} : { confirmation }),
    ...(reminders === undefined ? {} : { reminders }),
    ...(smtp === undefined ? {} : { smtp }),
    logs: {
      format: need('logs.format') as JournalSettings['format'],
      level: need('logs.level') as JournalSettings['level'],
    },
    metrics: { access: need('metrics.access') as MetricsAccess },
    health: { diskMegabytes: need('health.diskMegabytes') },
    readOnly: need('readOnly'),
    witness: toWitness(find, need),
    index: { records: need('index.records') },
    ...(mirror === undefined ? {} : { mirror }),
    imports: { keys: need('imports.keys') },
    webhooks: need('webhooks'),
    follow: need('follow'),
  };
}

/** A mirror takes nothing from anybody but the log it copies. */
const NOBODY: TrustSetting = { mode: 'pinned', pinned: [] };
/** What only a trust directory has a use for. */
const DIRECTORY_SETTINGS = [
  'trust.directory',
  'trust.crl',
  'trust.crlGraceHours',
  'trust.namespaces',
  'trust.statuses',
  'trust.refreshMinutes',
] as const satisfies readonly SettingPath[];

/** What has no effect in each mode. Where anybody may call himself as he likes, an address cannot be bound to a name. */
const IDLE_SETTINGS: Readonly<Record<TrustSetting['mode'], readonly SettingPath[]>> = {
  anchors: ['trust.pinned'],
  pinned: DIRECTORY_SETTINGS,
  open: [...DIRECTORY_SETTINGS, 'trust.pinned', 'endorsers'],
};

export type Lookup<Missing> = <P extends SettingPath>(path: P) => Values[P] | Missing;

function toSparql(find: Lookup<undefined>, need: Lookup<never>): Configuration['sparql'] {
  const queries = find('sparql.queries');
  const view = need('sparql.view') as SparqlView;
  const saved = queries === undefined ? { view } : { view, queries };
  const others = ['sparql.graphStore', 'sparql.user', 'sparql.password'] as const;
  if (find('sparql.endpoint') === undefined && others.every((path) => find(path) === undefined)) return saved;
  const isNamed = find('sparql.user') !== undefined || find('sparql.password') !== undefined;
  const credentials = isNamed ? { credentials: { user: need('sparql.user'), password: need('sparql.password') } } : {};
  const server = { endpoint: need('sparql.endpoint'), graphStore: need('sparql.graphStore'), ...credentials };
  if (view !== 'history') {
    const message = `The setting sparql.view is ${view}, but the server at sparql.endpoint has the view history and no other.`;
    throw new VouchError('config', message);
  }
  return { server, ...saved };
}

function toWitness(find: Lookup<undefined>, need: Lookup<never>): Configuration['witness'] {
  const policy = find('witness.policy');
  return {
    logs: need('witness.logs'),
    ...(policy === undefined ? {} : { policy }),
    patienceSeconds: need('witness.patienceSeconds'),
    refreshMinutes: need('witness.refreshMinutes'),
    mirrors: need('witness.mirrors'),
    guard: need('witness.guard') as 'require' | 'warn',
  };
}

function toTrust(
  values: SettingValues,
  file: string | undefined,
  find: Lookup<undefined>,
  need: Lookup<never>,
): TrustSetting {
  const mode = need('trust.mode') as TrustSetting['mode'];
  const path = IDLE_SETTINGS[mode].find((one) => values.has(one));
  const idle = path === undefined ? undefined : values.get(path);
  if (idle !== undefined) {
    throw new VouchError(
      'config',
      `The setting ${path} in ${idle.source} has no effect in trust mode ${mode}: take it out or change trust.mode.`,
    );
  }
  if (mode === 'open') {
    if (find('confirmation.mode') !== 'off') return { mode };
    const why = 'needs confirmation.mode unknown or always, since nothing but the mail tells who endorses';
    throw new VouchError('config', `The setting trust.mode open ${why}.`);
  }
  if (mode === 'anchors') {
    const crl = find('trust.crl') as 'require' | 'if-present' | 'off' | undefined;
    return {
      mode: 'anchors',
      directory: need('trust.directory'),
      ...(crl === undefined ? {} : { crl }),
      crlGraceHours: need('trust.crlGraceHours'),
      namespaces: need('trust.namespaces') as 'auto' | 'require' | 'off',
      statuses: need('trust.statuses'),
      refreshMinutes: need('trust.refreshMinutes'),
    };
  }
  const pinned = find('trust.pinned') ?? [];
  return pinned.length === 0 ? missing('trust.pinned', file) : { mode: 'pinned', pinned };
}

export function missing(path: SettingPath, file: string | undefined): never {
  const setting: Setting = SETTINGS.find((one) => one.path === path)!;
  const where = file === undefined ? 'in a configuration file (--config)' : `in ${file}`;
  throw new VouchError(
    'config',
    `The setting ${path} is missing: set it ${where} or as ${setting.variable}; it must be ${toRequirement(setting.type)}.`,
  );
}

function toWrong(setting: Setting, given: SettingValue): VouchError {
  const shown = setting.type.kind === 'secret' ? 'here' : (JSON.stringify(given.value) ?? 'nothing');
  const value = shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
  return new VouchError(
    'config',
    `The setting ${setting.path} in ${given.source} is ${value}; it must be ${toRequirement(setting.type)}.`,
  );
}

function toOrigin(baseUrl: string): string {
  const { host, pathname } = new URL(baseUrl);
  return `${host}${pathname.replace(/\/+$/, '')}/log`;
}
