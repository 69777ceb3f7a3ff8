import { html } from 'hono/html';
import type { SortColumn } from '../../catalog/browse.ts';
import { type CatalogEntry, statusOf } from '../../catalog/catalog.ts';
import type { Face } from '../face.ts';
import { age } from './age.ts';
import { badge, endorserLink, entryHref, imageHref, toEntryName, toShortSize, toSystemText } from './entry-words.ts';
import { type Markup, table, toCount, written } from './markup.ts';
import { originMark } from './origin-note.ts';

/** How entries are shown: each a row of a table, or a card; where undefined a table that becomes cards on a phone. */
export type EntryView = 'table' | 'cards' | undefined;

/** What a table of entries can tell besides the entries themselves. */
export interface EntryTableOptions {
  /** Who endorses each image now, by identifier. */
  readonly endorsing?: ReadonlyMap<string, readonly string[]>;
  readonly view?: EntryView;
  /** The `sort` parameter the rows are in the order of, and links to the same list in another order. */
  readonly order?: { readonly sort: string; readonly by: (sort: string) => string };
}

const COLUMNS: readonly (readonly [string, SortColumn])[] = [
  ['Entry', 'title'],
  ['System', 'os'],
  ['Endorsers', 'email'],
  ['Signed', 'created'],
  ['Status', 'status'],
  ['Size', 'size'],
];
/** Columns whose largest values are wanted first. */
const LARGEST_FIRST: readonly SortColumn[] = ['created', 'size'];

/** Entries in the order given, as a table or as cards. */
export function entryTable(
  face: Face,
  caption: string,
  entries: readonly CatalogEntry[],
  at: Date,
  options: EntryTableOptions = {},
): Markup {
  if (options.view === 'cards') {
    return html`<ul class="deck" aria-label="${caption}">${entries.map((entry) => card(face, entry, at, options))}</ul>`;
  }
  return table(
    caption,
    COLUMNS.map(([name, column]) => heading(name, column, options.order)),
    entries.map(
      (entry) => html`<tr>
<td>${title(face, entry)}
<div class="small"><a class="quiet" href="${imageHref(face, entry.identifier)}">image <code>${entry.identifier}</code></a> ${originMark(face, entry)}</div></td>
<td data-label="System">${system(entry)}</td>
<td data-label="Endorsers">${endorsers(face, entry, options)}</td>
<td data-label="Signed" class="time">${age(entry.createdAt, at)}</td>
<td data-label="Status">${badge(statusOf(entry, at))}</td>
<td data-label="Size" class="number">${toShortSize(entry.sizeBytes)}</td>
</tr>`,
    ),
    options.view === 'table' ? 'entries' : 'entries cards',
  );
}

/** A heading that sorts, where the list can: the same column again turns the order round. */
function heading(name: string, column: SortColumn, order: EntryTableOptions['order']): Markup {
  const kind = column === 'size' ? html` class="number"` : '';
  if (order === undefined) return html`<th scope="col"${kind}>${name}</th>`;
  const [first, second] = LARGEST_FIRST.includes(column) ? [`-${column}`, column] : [column, `-${column}`];
  const isSorted = order.sort.replace(/^-/, '') === column;
  if (!isSorted) return html`<th scope="col"${kind}><a href="${order.by(first)}">${name}</a></th>`;
  const isDescending = order.sort.startsWith('-');
  return html`<th scope="col"${kind} aria-sort="${isDescending ? 'descending' : 'ascending'}"><a href="${order.by(order.sort === first ? second : first)}">${name} <span aria-hidden="true">${isDescending ? '↓' : '↑'}</span></a></th>`;
}

function card(face: Face, entry: CatalogEntry, at: Date, options: EntryTableOptions): Markup {
  const runs = toSystemText(entry);
  return html`<li><article>
<h3>${title(face, entry)}</h3>
<p class="facts-line">${badge(statusOf(entry, at))}${runs === '' ? '' : html` <span><bdi>${runs}</bdi></span>`}</p>
<div>${endorsers(face, entry, options)}</div>
<p class="small">${toShortSize(entry.sizeBytes)}, signed ${age(entry.createdAt, at)}</p>
<p class="small"><a class="quiet" href="${imageHref(face, entry.identifier)}">image <code>${entry.identifier}</code></a> ${originMark(face, entry)}</p>
</article></li>`;
}

/** The identifier stands below, so that it is no name here. */
function title(face: Face, entry: CatalogEntry): Markup {
  const known = toEntryName(entry);
  const name =
    known === entry.identifier ? html`Untitled ${written(entry.type ?? 'image')}` : html`<bdi>${known}</bdi>`;
  return html`<a href="${entryHref(face, entry)}" data-hit>${name}</a>`;
}

/** Who signed the entry, and how many others endorse the same image. */
function endorsers(face: Face, entry: CatalogEntry, { endorsing }: EntryTableOptions): Markup {
  const others = (endorsing?.get(entry.identifier) ?? []).filter((email) => email !== entry.email);
  const signer = endorserLink(face, entry.email);
  if (others.length === 0) return signer;
  return html`${signer} <div class="small"><a class="quiet" href="${imageHref(face, entry.identifier)}" title="${others.slice(0, 5).join(', ')}">and ${toCount(others.length, 'other endorses', 'others endorse')} it</a></div>`;
}

function system(entry: CatalogEntry): Markup | '' {
  const text = toSystemText(entry);
  return text === '' ? '' : html`<bdi>${text}</bdi>`;
}
