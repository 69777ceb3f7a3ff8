import { VouchError } from '../errors.ts';
import { toMailLine } from './mail-line.ts';

/** What a template becomes: a subject of one line, and plain text. */
export interface FilledTemplate {
  readonly subject: string;
  readonly text: string;
}

/** A mail with gaps: `{{name}}`. */
export interface MailTemplate<Name extends string> {
  /** Every value becomes one line of bounded length, so that none can add a header or a line; addresses of our own are kept whole. */
  fill(values: Readonly<Record<Name, string>>): FilledTemplate;
}

/** What a template may name, and what it has to. */
export interface TemplateNames<Name extends string> {
  readonly names: readonly Name[];
  /** Links: without them the mail is of no use, and they go in as they are. */
  readonly links: readonly Name[];
}

const HEAD = /^Subject: ([^\r\n]{1,200})\r?\n\r?\n([\s\S]+)$/;
const GAP = /\{\{([^{}]*)\}\}/g;

/**
 * Reads a template: `Subject: …`, an empty line, the text. Throws `config`, naming `file`, if it has another form, names what there is
 * not, lacks a link, or has one in its subject.
 */
export function readMailTemplate<Name extends string>(
  content: string,
  file: string,
  { names, links }: TemplateNames<Name>,
): MailTemplate<Name> {
  const [, subject, text] = HEAD.exec(content) ?? [];
  if (subject === undefined || text === undefined) {
    throw wrong(file, 'must begin with a line "Subject: …" and an empty line');
  }
  const gapsOf = (part: string): string[] => [...part.matchAll(GAP)].map(([, name]) => name!);
  const all: readonly string[] = [...names, ...links];
  const unknown = gapsOf(content).find((name) => !all.includes(name));
  if (unknown !== undefined) throw wrong(file, `names {{${unknown}}}; there are ${all.join(', ')}`);
  const missing = links.find((link) => !gapsOf(text).includes(link));
  if (missing !== undefined) throw wrong(file, `lacks {{${missing}}}`);
  if (links.some((link) => gapsOf(subject).includes(link))) throw wrong(file, 'has a link in its subject');
  const fillPart = (part: string, values: Readonly<Record<Name, string>>): string =>
    part.replace(GAP, (_, name: Name) => (links.includes(name) ? values[name] : toMailLine(values[name])));
  return {
    fill: (values) => ({ subject: toMailLine(fillPart(subject, values), 200), text: fillPart(text, values) }),
  };
}

function wrong(file: string, what: string): VouchError {
  return new VouchError('config', `The mail template ${file} ${what}.`);
}
