import type { CatalogEntry } from '../catalog/catalog.ts';
import { isMailAddress } from '../mail/mail-line.ts';
import { type Mailer, toSmtpMailer } from '../mail/smtp.ts';
import type { Registry } from '../registry/registry.ts';
import type { ReminderTimes } from '../remind/due.ts';
import { type ReminderTemplates, readReminderTemplates } from '../remind/reminder-mail.ts';
import { Reminders } from '../remind/reminders.ts';
import type { Configuration } from '../server/configuration/configuration.ts';
import type { Usage } from '../usage/usage.ts';

/** Who is reminded by mail, of what, and how. */
export interface RemindSettings {
  readonly mode: 'confirmed' | 'all';
  readonly times: ReminderTimes;
  readonly templates: ReminderTemplates;
  readonly mailer: Mailer;
  /** Addresses the operator vouches for. */
  readonly bound: readonly string[];
  readonly onNews: (sentence: string) => void;
  readonly now?: () => Date;
  readonly roundMs?: number;
}

/** What the configuration says of reminders; undefined where nobody is reminded. Throws `config` for a template that is none. */
export function toRemindSettings(
  { reminders, smtp, endorsers }: Configuration,
  onNews: (sentence: string) => void,
): RemindSettings | undefined {
  if (reminders === undefined || smtp === undefined) return undefined;
  const { mode, firstDays, lastDays, summaryDays, roundMinutes, templates } = reminders;
  return {
    mode,
    times: { beforeDays: [firstDays, lastDays], summaryDays },
    templates: readReminderTemplates(templates),
    mailer: toSmtpMailer(smtp),
    bound: endorsers.map(({ email }) => email),
    onNews,
    roundMs: roundMinutes * 60_000,
  };
}

/** Opens the reminders of a registry; nothing goes out before they are started. */
export function openReminders(
  registry: Registry,
  directory: string,
  settings: RemindSettings,
  usage?: Pick<Usage, 'ofImages'>,
): Promise<Reminders> {
  const { mode, bound, templates, now = () => new Date(), ...rest } = settings;
  const { baseUrl, title, catalog, log, confirmation } = registry;
  const isReachable = ({ isImported, email, endorserKey }: CatalogEntry): boolean => {
    // Originals came in by their bytes: nobody checked whose address they name.
    if (isImported || !isMailAddress(email)) return false;
    return mode === 'all' || bound.includes(email) || confirmation?.isConfirmed(endorserKey, email) === true;
  };
  return Reminders.open({
    ...rest,
    directory,
    catalog,
    origin: log.origin,
    sender: { baseUrl, title, templates },
    isReachable,
    isActive: () => !registry.isReadOnly && catalog.position() >= log.size(),
    now,
    ...(usage === undefined ? {} : { useOf: (identifiers) => usage.ofImages(identifiers) }),
  });
}
