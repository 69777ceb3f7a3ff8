import type { CatalogEntry } from '../catalog/catalog.ts';
import { toEntryPath } from '../catalog/entry-path.ts';
import { writeEntryTime } from '../entry/entry-time.ts';
import { toEntryName, toSystemText } from './pages/entry-words.ts';
import { toVisibleText } from './visible-text.ts';
import { writeElement } from './xml-text.ts';

/** What an Atom document says besides its entries; paths are below the base URL. */
export interface AtomFeed {
  readonly title: string;
  /** Of the feed itself, its identity for ever. */
  readonly path: string;
  /** Of the page about the same. */
  readonly pagePath: string;
  /** Of this document, where it is not the feed itself. */
  readonly archivePath?: string;
  /** Of the document with what was accepted before (RFC 5005). */
  readonly previousPath?: string;
}

const NEVER = '1970-01-01T00:00:00Z';

/** Writes an Atom document (RFC 4287) of entries in the order of the log; the newest comes first. */
export function writeAtom(feed: AtomFeed, entries: readonly CatalogEntry[], baseUrl: string): string {
  const link = (rel: string, path: string, type = 'application/atom+xml') =>
    writeElement('link', { rel, type, href: `${baseUrl}${path}` }, '');
  const isArchive = feed.archivePath !== undefined;
  const updated = entries.map(({ acceptedAt }) => writeEntryTime(acceptedAt)).reduce(later, NEVER);
  const children = [
    writeElement('id', {}, `${baseUrl}${feed.path}`),
    writeElement('title', { type: 'text' }, toVisibleText(feed.title)),
    writeElement('updated', {}, updated),
    link('self', feed.archivePath ?? feed.path),
    link('alternate', feed.pagePath, 'text/html'),
    ...(isArchive ? [writeElement('fh:archive', {}, ''), link('current', feed.path)] : []),
    ...(feed.previousPath === undefined ? [] : [link('prev-archive', feed.previousPath)]),
    ...entries.toReversed().map((entry) => writeEntry(entry, baseUrl)),
  ];
  const namespaces = { xmlns: 'http://www.w3.org/2005/Atom', 'xmlns:fh': 'http://purl.org/syndication/history/1.0' };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${writeElement('feed', namespaces, children)}\n`;
}

function writeEntry(entry: CatalogEntry, baseUrl: string): string {
  const accepted = writeEntryTime(entry.acceptedAt);
  const address = `${baseUrl}${toEntryPath(entry.identifier, entry.email, entry.createdAt)}`;
  const receipt = `${baseUrl}/log/receipt/${entry.index}`;
  const act = entry.deprecated === undefined ? 'endorsed' : 'deprecated';
  const email = toVisibleText(entry.email);
  return writeElement('entry', {}, [
    // The address of an entry is shared by those that one address signed in one second; its place in the log is its own.
    writeElement('id', {}, receipt),
    writeElement('title', { type: 'text' }, `${toEntryName(entry)}: ${act} by ${email}`),
    writeElement('published', {}, accepted),
    writeElement('updated', {}, accepted),
    writeElement('author', {}, [writeElement('name', {}, email)]),
    writeElement('category', { term: act }, ''),
    writeElement('link', { rel: 'alternate', type: 'text/html', href: address }, ''),
    writeElement('link', { rel: 'related', type: 'text/plain', title: 'Receipt of the log', href: receipt }, ''),
    writeElement('summary', { type: 'text' }, toSummary(entry)),
  ]);
}

/** What was stated, in words. */
function toSummary(entry: CatalogEntry): string {
  const { identifier, email, deprecated, validUntil, createdAt, index } = entry;
  const image = `image ${identifier}${toSystemText(entry) === '' ? '' : ` (${toSystemText(entry)})`}`;
  const until = validUntil === undefined ? '' : `, valid until ${writeEntryTime(validUntil)}`;
  const said = deprecated === undefined ? `vouches for ${image}${until}` : `withdraws ${image}: ${deprecated}`;
  const described = entry.description === undefined ? '' : ` ${entry.description}`;
  const signed = `Signed ${writeEntryTime(createdAt)}, log record ${index}.`;
  return toVisibleText(`${email} ${said.replace(/[.\s]*$/, '')}. ${signed}${described}`);
}

function later(one: string, other: string): string {
  return one > other ? one : other;
}
