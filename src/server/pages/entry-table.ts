import { html } from 'hono/html';
import { type CatalogEntry, statusOf } from '../../catalog/catalog.ts';
import type { Face } from '../face.ts';
import {
  badge,
  day,
  endorserLink,
  entryHref,
  imageHref,
  toEntryName,
  toShortSize,
  toSystemText,
} from './entry-words.ts';
import { type Markup, table, written } from './markup.ts';

/** A table of entries, one row each, in the order given; on a phone each row becomes a card. */
export function entryTable(face: Face, caption: string, entries: readonly CatalogEntry[], at: Date): Markup {
  const columns = ['Entry', 'System', 'Endorser', 'Signed', 'Status'].map((name) => html`<th scope="col">${name}</th>`);
  return table(
    caption,
    [...columns, html`<th scope="col" class="number">Size</th>`],
    entries.map(
      (entry) => html`<tr>
<td><a href="${entryHref(face, entry)}">${name(entry)}</a>
<div class="small"><a class="quiet" href="${imageHref(face, entry.identifier)}">image <code>${entry.identifier}</code></a></div></td>
<td data-label="System">${system(entry)}</td>
<td data-label="Endorser">${endorserLink(face, entry.email)}</td>
<td data-label="Signed" class="time">${day(entry.createdAt)}</td>
<td data-label="Status">${badge(statusOf(entry, at))}</td>
<td data-label="Size" class="number">${toShortSize(entry.sizeBytes)}</td>
</tr>`,
    ),
    'cards',
  );
}

/** The identifier stands below, so that it is no name here. */
function name(entry: CatalogEntry): Markup {
  const known = toEntryName(entry);
  return known === entry.identifier ? html`Untitled ${written(entry.type ?? 'image')}` : html`<bdi>${known}</bdi>`;
}

function system(entry: CatalogEntry): Markup | '' {
  const text = toSystemText(entry);
  return text === '' ? '' : html`<bdi>${text}</bdi>`;
}
