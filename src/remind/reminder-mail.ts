import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogEntry } from '../catalog/catalog.ts';
import { toEntryPath } from '../catalog/entry-path.ts';
import { writeEntryTime } from '../entry/entry-time.ts';
import { toMessage, VouchError } from '../errors.ts';
import { toMailLine } from '../mail/mail-line.ts';
import { type MailTemplate, readMailTemplate } from '../mail/mail-template.ts';
import type { Mail } from '../mail/smtp.ts';
import { isUnused, toTimes, USE_KINDS, type UseKind } from '../usage/use-count.ts';
import { writeUseDay } from '../usage/use-day.ts';
import { type ImageUse, RECENT_DAYS } from '../usage/use-report.ts';

/** What a reminder is about. */
export const REMINDER_KINDS = ['expiry', 'deprecation', 'summary'] as const;
export type ReminderKind = (typeof REMINDER_KINDS)[number];

const NAMES = ['registry', 'registryUrl', 'email', 'count'] as const;
const PARTS = ['list', 'unsubscribeUrl'] as const;

type Name = (typeof NAMES)[number] | (typeof PARTS)[number];

/** The mail of each kind, with its gaps. */
export type ReminderTemplates = Readonly<Record<ReminderKind, MailTemplate<Name>>>;

const OWN = new URL('../../templates/', import.meta.url).pathname;
/** Entries one mail tells of; the rest is counted. */
export const LISTED = 50;

/** Reads `expiry.txt`, `deprecation.txt` and `summary.txt` from a directory; this package's own where none is given. Throws `config`. */
export function readReminderTemplates(directory = OWN): ReminderTemplates {
  const read = (kind: ReminderKind): MailTemplate<Name> => {
    const file = join(directory, `${kind}.txt`);
    let content: string;
    try {
      content = readFileSync(file, 'utf8');
    } catch (cause) {
      throw new VouchError('config', `The mail template ${file} cannot be read: ${toMessage(cause)}.`, { cause });
    }
    return readMailTemplate<Name>(content, file, { names: NAMES, links: PARTS });
  };
  return { expiry: read('expiry'), deprecation: read('deprecation'), summary: read('summary') };
}

/** What a mail says, and to whom. */
export interface Reminder {
  readonly kind: ReminderKind;
  readonly email: string;
  /** The entries it is about: the reader's own, or for `deprecation` those of others. */
  readonly entries: readonly CatalogEntry[];
  /** How their images were used, where that is told. */
  readonly uses?: ReadonlyMap<string, ImageUse>;
  /** Random; the same for every attempt. */
  readonly id: string;
}

/** The registry that writes. */
export interface ReminderSender {
  readonly baseUrl: string;
  readonly title: string;
  readonly templates: ReminderTemplates;
}

/** The mail of a reminder. Everything that comes from an entry becomes one short line without links. */
export function toReminderMail(
  { kind, email, entries, uses, id }: Reminder,
  { baseUrl, title, templates }: ReminderSender,
  unsubscribeUrl: string,
): Mail {
  const listed = entries.slice(0, LISTED).map((entry) => writeItem(kind, entry, uses?.get(entry.identifier), baseUrl));
  const more = entries.length - listed.length;
  const rest = more === 0 ? [] : [`and ${more} more: ${baseUrl}/endorsers/${encodeURIComponent(email)}`];
  const { subject, text } = templates[kind].fill({
    registry: title,
    registryUrl: baseUrl,
    email,
    count: String(entries.length),
    list: [...listed, ...rest].join('\n\n'),
    unsubscribeUrl,
  });
  const messageId = `${id}@${new URL(baseUrl).hostname}`;
  return { to: email, senderName: title, subject, text, messageId, unsubscribeUrl };
}

function writeItem(kind: ReminderKind, entry: CatalogEntry, use: ImageUse | undefined, baseUrl: string): string {
  const { identifier, email, createdAt, validUntil, deprecated, documentSha256 } = entry;
  const until = validUntil === undefined ? 'without an end' : writeEntryTime(validUntil);
  const lines = [
    `- ${toMailLine(entry.title ?? '(no title)')}`,
    ...(kind === 'deprecation' ? [`deprecated by ${toMailLine(email)}: ${toMailLine(deprecated ?? '')}`] : []),
    ...(kind === 'deprecation' ? [] : [`valid until ${until}`]),
    ...(use === undefined ? [] : [writeUse(use)]),
    `${baseUrl}${toEntryPath(identifier, email, createdAt)}`,
    ...(kind === 'expiry'
      ? [
          `vouch renew ${identifier}/${email} --url ${baseUrl}`,
          `${baseUrl}/endorse?act=renew&document=${documentSha256}`,
        ]
      : []),
  ];
  return lines.map((line, at) => (at === 0 ? line : `  ${line}`)).join('\n');
}

const USE_WORDS: Readonly<Record<UseKind, string>> = {
  lookups: 'looked up',
  checks: 'checked',
  allowed: 'allowed at sites',
  denied: 'denied at sites',
  downloaded: 'downloaded by sites',
};

function writeUse({ since, last, recent }: ImageUse): string {
  if (last === undefined) return `not used since ${writeUseDay(since)}, when counting began`;
  if (isUnused(recent)) return `last used on ${writeUseDay(last)}`;
  const told = USE_KINDS.filter((kind) => recent[kind] > 0).map(
    (kind) => `${USE_WORDS[kind]} ${toTimes(recent[kind])}`,
  );
  return `in the last ${RECENT_DAYS} days ${told.join(', ')}`;
}
