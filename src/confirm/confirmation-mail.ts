import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { type MailTemplate, readMailTemplate } from '../mail/mail-template.ts';
import type { Mail } from '../mail/smtp.ts';
import type { Pending } from './pending.ts';

const NAMES = [
  'registry',
  'registryUrl',
  'email',
  'act',
  'title',
  'identifier',
  'signedAt',
  'subject',
  'issuer',
  'certificate',
  'expiresAt',
] as const;
const LINKS = ['confirmUrl', 'rejectUrl', 'reportUrl'] as const;

type Name = (typeof NAMES)[number] | (typeof LINKS)[number];

/** The mail that asks for confirmation, with its gaps. */
export type ConfirmationTemplate = MailTemplate<Name>;

const OWN = new URL('../../templates/', import.meta.url).pathname;

/** Reads `confirm.txt` from a directory of templates; this package's own where none is given. Throws `config`. */
export function readConfirmationTemplate(directory = OWN): ConfirmationTemplate {
  const file = join(directory, 'confirm.txt');
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new VouchError('config', `The mail template ${file} cannot be read: ${toMessage(cause)}.`, { cause });
  }
  return readMailTemplate<Name>(content, file, { names: NAMES, links: LINKS });
}

/** What the mail says of the registry. */
export interface Sender {
  readonly baseUrl: string;
  readonly title: string;
}

/** The mail for one attempt; `token` is what its links carry. */
export function toConfirmationMail(
  template: ConfirmationTemplate,
  pending: Pending,
  token: string,
  { baseUrl, title }: Sender,
): Mail {
  const { subject, text } = template.fill({
    registry: title,
    registryUrl: baseUrl,
    email: pending.email,
    act: pending.isDeprecation ? 'withdraws an image' : 'endorses an image',
    title: pending.title === '' ? '(none)' : pending.title,
    identifier: pending.identifier,
    signedAt: pending.signedAt,
    subject: pending.subject,
    issuer: pending.issuer,
    certificate: pending.signerSha256,
    expiresAt: pending.expiresAt,
    confirmUrl: `${baseUrl}/confirm/${token}`,
    rejectUrl: `${baseUrl}/reject/${token}`,
    reportUrl: `${baseUrl}/report/${token}`,
  });
  const messageId = `${pending.id}@${new URL(baseUrl).hostname}`;
  return { to: pending.email, senderName: title, subject, text, messageId };
}
