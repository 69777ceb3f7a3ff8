import { html } from 'hono/html';
import { type CatalogEntry, type EntryStatus, statusOf } from '../../catalog/catalog.ts';
import { toEntryAddress } from '../../catalog/entry-path.ts';
import { writeEntryTime } from '../../entry/entry-time.ts';
import type { Face } from '../face.ts';
import { logOf } from '../shown.ts';
import { toShortText, toVisibleText } from '../visible-text.ts';
import { type Markup, written } from './markup.ts';

/** The badge of a status: the word, and a colour that only repeats it. */
export function badge(status: EntryStatus): Markup {
  return html`<span class="status ${status}">${status}</span>`;
}

/** The status of an entry now, in one sentence. */
export function toStatusSentence(entry: CatalogEntry, at: Date): string {
  switch (statusOf(entry, at)) {
    case 'superseded':
      return 'This endorser has made a newer statement about this image.';
    case 'deprecated':
      return 'The endorser has withdrawn the image.';
    case 'expired':
      return 'The time the endorser vouched for has passed.';
    case 'valid':
      return 'The endorser vouches for the image.';
  }
}

/** What to call an entry: its title, else what it runs, else its identifier. Plain text, made visible, at most 120 characters. */
export function toEntryName(entry: CatalogEntry): string {
  const os = [entry.os, entry.osVersion, entry.osArch].filter((part) => part !== undefined).join(' ');
  return toShortText(entry.title?.trim() || os.trim() || entry.identifier, 120);
}

/** Link to the page of one entry. */
export function entryHref(face: Face, entry: CatalogEntry): string {
  return face.href(toEntryAddress(entry));
}

/** Link to a blob in the log of an entry, or in the copy of it that is here. */
export function blobHref(face: Face, entry: CatalogEntry, sha256: string): string {
  return face.href(`${logOf(face.registry, entry).path}/blob/${sha256}`);
}

/** Link to the page of an image. */
export function imageHref(face: Face, identifier: string): string {
  return face.href(`/metadata/${encodeURIComponent(identifier)}`);
}

/** Path of an endorser's page, below the base URL. */
export function toEndorserPath(email: string): string {
  return `/endorsers/${encodeURIComponent(email).replaceAll('%40', '@')}`;
}

/** Path that resolves to the newest undeprecated entry with the tag, below the base URL. */
export function toTagPath(email: string, tag: string): string {
  return `/tag/${encodeURIComponent(email).replaceAll('%40', '@')}/${encodeURIComponent(tag)}`;
}

/** An endorser's e-mail address as a link to the page about the endorser. */
export function endorserLink(face: Face, email: string): Markup {
  return html`<a href="${face.href(toEndorserPath(email))}">${written(email)}</a>`;
}

/** A time, readable and machine-readable, in UTC. */
export function moment(at: Date): Markup {
  const text = writeEntryTime(at);
  return html`<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 16)} UTC</time>`;
}

/** The day of a time in UTC, for tables; the whole time is machine-readable. */
export function day(at: Date): Markup {
  const text = writeEntryTime(at);
  return html`<time datetime="${text}">${text.slice(0, 10)}</time>`;
}

/** A size in bytes: binary units for reading, and the exact number. */
export function toSizeText(bytes: number): string {
  const exact = `${bytes.toLocaleString('en-GB')} ${bytes === 1 ? 'byte' : 'bytes'}`;
  return bytes < 1024 ? exact : `${toShortSize(bytes)} (${exact})`;
}

/** A size in the largest fitting binary unit. */
export function toShortSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(5, Math.floor(Math.log2(bytes) / 10));
  const number = bytes / 1024 ** power;
  return `${number >= 100 ? number.toFixed(0) : number.toFixed(1)} ${'KMGTP'[power - 1]}iB`;
}

/** A location: a link where the scheme is one that fetches bytes and runs nothing, else plain text. */
export function location(uri: string): Markup {
  const isLink = /^(?:https?|ftp):\/\//i.test(uri) && URL.canParse(uri);
  const text = written(uri);
  return isLink ? html`<a href="${uri}" rel="nofollow noopener noreferrer">${text}</a>` : html`<span>${text}</span>`;
}

/** Ports or ICMP types as text; 0 means all. */
export function toPortText(ports: readonly number[]): string | undefined {
  if (ports.length === 0) return undefined;
  return ports.map((port) => (port === 0 ? 'all' : String(port))).join(', ');
}

/** A line of text about the system of an image: os, version, architecture. */
export function toSystemText(entry: CatalogEntry): string {
  return [entry.os, entry.osVersion, entry.osArch]
    .filter((part) => part !== undefined)
    .map((part) => toVisibleText(part))
    .join(' ');
}
