import type { Name } from './certificate.ts';
import { refuse } from './der.ts';
import { toNameKeys } from './name.ts';

/**
 * The forms of name that can be constrained here (RFC 5280 section 4.2.1.10). A name or a base that is not written as its form
 * demands throws `malformed`: what cannot be read cannot be compared, and must not pass.
 */

/** A domain in lower case and without a wildcard's asterisk, checked to consist of labels. */
export function toDomain(text: string, what: string): string {
  const domain = text.toLowerCase();
  if (domain.length > 253 || !/^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/.test(domain)) refuse(`${what} is no domain.`);
  return domain;
}

/** The domain of a dNSName, which may start with a wildcard. */
export function toHost(text: string): string {
  return text.startsWith('*.') ? `*.${toDomain(text.slice(2), 'A DNS name')}` : toDomain(text, 'A DNS name');
}

/**
 * The base of a domain constraint: empty for all domains, or a domain; with a dot in front it stands for those below it only.
 */
export function toDomainBase(text: string): string {
  if (text === '') return '';
  return text.startsWith('.') ? `.${toDomain(text.slice(1), 'A constraint')}` : toDomain(text, 'A constraint');
}

/** True if the DNS name is the base's domain or below it. */
export function isHostWithin(host: string, base: string): boolean {
  return base === '' || host === base || host.endsWith(base.startsWith('.') ? base : `.${base}`);
}

export interface Mailbox {
  /** Compared octet by octet, for only the domain's own mail server knows better. */
  readonly local: string;
  readonly domain: string;
}

/** An e-mail address in its two halves; one with a quoted half is refused. */
export function toMailbox(text: string): Mailbox {
  const [local, domain, ...rest] = text.split('@');
  if (domain === undefined || rest.length > 0 || !/^[^"(),:;<>@[\\\]]+$/.test(local!)) {
    refuse('An e-mail address is not written as local-part@domain.');
  }
  return { local: local!, domain: toDomain(domain, 'The domain of an e-mail address') };
}

/** The base of an e-mail constraint: a mailbox, or a domain as `toDomainBase` reads it. */
export function toMailboxBase(text: string): Mailbox | string {
  return text.includes('@') ? toMailbox(text) : toDomainBase(text);
}

/** True if the address is the mailbox, at the host, or below the dotted domain that the base names. */
export function isMailboxWithin({ local, domain }: Mailbox, base: Mailbox | string): boolean {
  if (typeof base !== 'string') return local === base.local && domain === base.domain;
  return isExactlyWithin(domain, base);
}

/** The host of a URI; refused if it has none, or an address in place of a domain (RFC 5280 demands that). */
export function toUriHost(text: string): string {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@\\]*@)?([^/?#@:[\]\\]+)(?::[0-9]*)?(?:[/?#]|$)/i.exec(text)?.[1];
  if (host === undefined || /^[0-9.]+$/.test(host)) refuse('A URI does not name its host by a domain.');
  return toDomain(host, 'The host of a URI');
}

/** True if the host is the base, or below the dotted domain that the base names. */
export function isExactlyWithin(host: string, base: string): boolean {
  return base === '' || host === base || (base.startsWith('.') && host.endsWith(base));
}

/** An address with its mask, each of 4 or 16 octets. */
export function toAddressBase(content: Uint8Array): Uint8Array {
  if (content.length !== 8 && content.length !== 32) refuse('An address constraint is neither IPv4 nor IPv6.');
  let isOver = false;
  for (const octet of content.subarray(content.length / 2)) {
    const isRun = [0, 0x80, 0xc0, 0xe0, 0xf0, 0xf8, 0xfc, 0xfe, 0xff].includes(octet);
    if (!isRun || (isOver && octet !== 0)) refuse('The mask of an address constraint has gaps.');
    if (octet !== 0xff) isOver = true;
  }
  return content;
}

/** The octets of an IP address. */
export function toAddress(content: Uint8Array): Uint8Array {
  return content.length === 4 || content.length === 16 ? content : refuse('An IP address is neither IPv4 nor IPv6.');
}

/** True if the address is of the same version as the base and in its range. */
export function isAddressWithin(address: Uint8Array, base: Uint8Array): boolean {
  const { length } = address;
  return base.length === 2 * length && address.every((octet, at) => ((octet ^ base[at]!) & base[length + at]!) === 0);
}

/** True if the name begins with all relative names of the base, compared as issuers are. */
export function isNameWithin(name: Name, base: Name): boolean {
  const keys = toNameKeys(name);
  return toNameKeys(base).every((key, index) => keys[index] === key);
}
