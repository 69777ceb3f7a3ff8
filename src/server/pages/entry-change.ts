import { html } from 'hono/html';
import type { CatalogEntry } from '../../catalog/catalog.ts';
import type { Face } from '../face.ts';
import { ALL_FIELDS } from './entry-field.ts';
import { entryHref, moment } from './entry-words.ts';
import { type Markup, table, toCount } from './markup.ts';

/** What the endorser says differently from his entry before about the same image. */
export function changeSection(face: Face, entry: CatalogEntry, previous: CatalogEntry | undefined): Markup {
  if (previous === undefined) {
    return html`<p>This is the first entry of this endorser about this image.</p>`;
  }
  const changes = ALL_FIELDS.flatMap(({ label, show }) => {
    const [before, now] = [show(face, previous), show(face, entry)];
    return String(before ?? '') === String(now ?? '') ? [] : [{ label, before, now }];
  });
  const link = html`<a href="${entryHref(face, previous)}">the one signed ${moment(previous.createdAt)}</a>`;
  if (changes.length === 0) return html`<p>It says the same as ${link}, signed anew.</p>`;
  return html`<p>Compared with ${link}:</p>
${table(
  toCount(changes.length, 'change', 'changes'),
  ['What', 'Before', 'Now'].map((name) => html`<th scope="col">${name}</th>`),
  changes.map(
    ({ label, before, now }) => html`<tr>
<td>${label}</td>
<td data-label="Before">${before === undefined ? html`<span class="quiet">not said</span>` : html`<del>${before}</del>`}</td>
<td data-label="Now">${now === undefined ? html`<span class="quiet">not said any more</span>` : html`<ins>${now}</ins>`}</td>
</tr>`,
  ),
  'cards',
)}`;
}
