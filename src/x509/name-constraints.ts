import { VouchError } from '../errors.ts';
import { EMAIL_ADDRESS } from './attribute-type.ts';
import type { Certificate, Name } from './certificate.ts';
import { toVisible } from './certificate-label.ts';
import {
  isAddressWithin,
  isExactlyWithin,
  isHostWithin,
  isMailboxWithin,
  isNameWithin,
  toAddress,
  toAddressBase,
  toDomainBase,
  toHost,
  toMailbox,
  toMailboxBase,
  toUriHost,
} from './constrained-name.ts';
import { DerReader, refuse, TAG } from './der.ts';
import { readDerName } from './der-name.ts';
import { EXTENSION, readExtensions } from './extension.ts';
import { GENERAL_NAME, type GeneralName, readAsciiName } from './general-name.ts';
import { writeName } from './name.ts';
import { toHex } from './octets.ts';

/** Comparisons of one authority's constraints with one certificate's names; more are not made. */
const COMPARISON_LIMIT = 10_000;

/** SmtpUTF8Mailbox (RFC 8398): an e-mail address that an e-mail constraint concerns although its form is otherName. */
const SMTP_UTF8_MAILBOX = '1.3.6.1.5.5.7.8.9';

/** How the bases and names of one form are read and compared. */
interface Form<B, N> {
  readonly title: string;
  readonly readBase: (content: Uint8Array) => B;
  readonly readName: (content: Uint8Array) => N;
  readonly isWithin: (name: N, base: B) => boolean;
}

/** Hides what the values of a form are: a form only ever compares what it read itself. */
function form<B, N>(whole: Form<B, N>): Form<unknown, unknown> {
  return whole as Form<unknown, unknown>;
}

const ascii = (content: Uint8Array): string => readAsciiName(content, 'A name or constraint');

const FORMS: ReadonlyMap<number, Form<unknown, unknown>> = new Map([
  [
    GENERAL_NAME.email,
    form({
      title: 'e-mail address',
      readBase: (content) => toMailboxBase(ascii(content)),
      readName: (content) => toMailbox(ascii(content)),
      isWithin: isMailboxWithin,
    }),
  ],
  [
    GENERAL_NAME.dns,
    form({
      title: 'DNS name',
      readBase: (content) => toDomainBase(ascii(content)),
      readName: (content) => toHost(ascii(content)),
      isWithin: isHostWithin,
    }),
  ],
  [
    GENERAL_NAME.uri,
    form({
      title: 'URI',
      readBase: (content) => toDomainBase(ascii(content)),
      readName: (content) => toUriHost(ascii(content)),
      isWithin: isExactlyWithin,
    }),
  ],
  [
    GENERAL_NAME.ipAddress,
    form({ title: 'IP address', readBase: toAddressBase, readName: toAddress, isWithin: isAddressWithin }),
  ],
  [
    GENERAL_NAME.directoryName,
    form({ title: 'name', readBase: toDirectoryName, readName: toDirectoryName, isWithin: isNameWithin }),
  ],
]);

/** A constraint's bases by form; undefined for a form that is not supported. */
type Subtrees = ReadonlyMap<number, readonly unknown[] | undefined>;

interface NameConstraints {
  readonly permitted: Subtrees;
  readonly excluded: Subtrees;
}

const known = new WeakMap<Certificate, NameConstraints | string>();
const faults = new WeakMap<Certificate, WeakMap<Certificate, { readonly fault: string | undefined }>>();

/** Why the certificate's name constraints cannot be read, as a sentence; undefined if they can, or it has none. */
export function findConstraintsFault(authority: Certificate): string | undefined {
  const constraints = constraintsOf(authority);
  return typeof constraints === 'string' ? constraints : undefined;
}

/**
 * How the names of `certificate` break the name constraints of `authority` (RFC 5280 section 6.1.3 b and c), as the end of a
 * sentence about the certificate, or undefined. Names that cannot be read, and forms that cannot be compared, count as broken
 * where they are constrained. Bounded, and judged once for each pair of certificate objects.
 */
export function findNameFault(authority: Certificate, certificate: Certificate): string | undefined {
  const constraints = constraintsOf(authority);
  if (constraints === undefined || typeof constraints === 'string') return undefined;
  let row = faults.get(authority);
  if (row === undefined) {
    row = new WeakMap();
    faults.set(authority, row);
  }
  let judged = row.get(certificate);
  if (judged === undefined) {
    judged = { fault: judge(constraints, certificate) };
    row.set(certificate, judged);
  }
  return judged.fault;
}

function constraintsOf(authority: Certificate): NameConstraints | string | undefined {
  const extension = authority.extensions.find(({ oid }) => oid === EXTENSION.nameConstraints);
  if (extension === undefined) return undefined;
  let constraints = known.get(authority);
  if (constraints === undefined) {
    constraints = orFault(() => readNameConstraints(extension.value));
    known.set(authority, constraints);
  }
  return constraints;
}

function judge(constraints: NameConstraints, certificate: Certificate): string | undefined {
  let comparisons = 0;
  for (const { form: tag, content } of namesOf(certificate)) {
    const permitted = constraints.permitted.get(tag);
    const excluded = constraints.excluded.get(tag);
    if (!constraints.permitted.has(tag) && !constraints.excluded.has(tag)) continue;
    const found = FORMS.get(tag);
    if (found === undefined) return 'has a name of a form that is constrained in a way that is not supported';
    const name = orFault(() => ({ value: found.readName(content) }));
    if (typeof name === 'string') return `has a name that is constrained and cannot be read: ${name}`;
    comparisons += (permitted?.length ?? 0) + (excluded?.length ?? 0);
    if (comparisons > COMPARISON_LIMIT) return 'has too many names to hold against so many constraints';
    if (excluded?.some((base) => found.isWithin(name.value, base)) === true) {
      return `has the ${found.title} ${toText(tag, content)}, which is excluded`;
    }
    if (permitted?.some((base) => found.isWithin(name.value, base)) === false) {
      return `has the ${found.title} ${toText(tag, content)}, which is not among those permitted`;
    }
  }
  return undefined;
}

/** Every name that constraints can concern: the subject, its e-mail addresses, and the alternative names. */
function* namesOf(certificate: Certificate): Generator<GeneralName> {
  const { subject } = certificate;
  // RFC 5280 section 4.2.1.10 exempts a subject that is empty; its names are the alternative ones.
  if (subject.rdns.length > 0) yield { form: GENERAL_NAME.directoryName, content: subject.der };
  for (const { type, value } of subject.rdns.flat()) {
    if (type === EMAIL_ADDRESS) yield { form: GENERAL_NAME.email, content: new TextEncoder().encode(value) };
  }
  for (const name of readExtensions(certificate).alternativeNames ?? []) {
    yield name;
    // Its octets are no plain address, so where e-mail addresses are constrained it is one that cannot be read.
    if (isInternationalMailbox(name)) yield { form: GENERAL_NAME.email, content: name.content };
  }
}

function isInternationalMailbox({ form: tag, content }: GeneralName): boolean {
  if (tag !== GENERAL_NAME.otherName) return false;
  const type = orFault(() => ({ oid: new DerReader(content).oid('The type of another name') }));
  return typeof type !== 'string' && type.oid === SMTP_UTF8_MAILBOX;
}

function readNameConstraints(value: Uint8Array): NameConstraints {
  const what = 'The name constraints';
  const whole = new DerReader(value);
  const sequence = whole.enter(TAG.sequence, what);
  whole.end('the name constraints');
  if (sequence.isAtEnd) refuse('They are empty.');
  const permitted = readSubtrees(sequence, 0xa0);
  const excluded = readSubtrees(sequence, 0xa1);
  sequence.end('the excluded names');
  return { permitted, excluded };
}

function readSubtrees(constraints: DerReader, tag: number): Subtrees {
  const subtrees = new Map<number, unknown[] | undefined>();
  if (constraints.tag !== tag) return subtrees;
  const list = constraints.enter(tag, 'The subtrees');
  if (list.isAtEnd) refuse('A list of them is empty.');
  while (!list.isAtEnd) {
    const subtree = list.enter(TAG.sequence, 'A subtree');
    const base = subtree.tag ?? refuse('A subtree is empty.');
    const content = subtree.content(base, 'The base of a subtree');
    // RFC 5280 leaves `minimum` and `maximum` unused; DER does not write the minimum 0.
    subtree.end('the base of a subtree');
    const found = FORMS.get(base);
    if (found === undefined) subtrees.set(base, undefined);
    else {
      const bases = subtrees.get(base) ?? [];
      bases.push(found.readBase(content));
      subtrees.set(base, bases);
    }
  }
  return subtrees;
}

function toDirectoryName(content: Uint8Array): Name {
  const reader = new DerReader(content);
  const name = readDerName(reader, 'a directory name');
  reader.end('the directory name');
  return name;
}

/** What the reading gives, or the sentence with which it refused. */
function orFault<T extends object>(read: () => T): T | string {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof VouchError) || thrown.code !== 'malformed') throw thrown;
    return thrown.message;
  }
}

/** A name that was read before, for a sentence. */
function toText(tag: number, content: Uint8Array): string {
  if (tag === GENERAL_NAME.directoryName) return `"${toVisible(writeName(toDirectoryName(content)))}"`;
  if (tag === GENERAL_NAME.ipAddress) return toHex(content);
  return `"${toVisible(ascii(content))}"`;
}
