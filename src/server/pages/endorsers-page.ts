import { html } from 'hono/html';
import type { EndorserSummary } from '../../catalog/catalog.ts';
import type { Face } from '../face.ts';
import { day, endorserLink } from './entry-words.ts';
import { layout, toJsonHref } from './layout.ts';
import { type Markup, several, table, toCount, written } from './markup.ts';

/** Everybody who has ever endorsed an image here. */
export function endorsersPage(face: Face, endorsers: readonly EndorserSummary[]): Markup {
  return layout(
    face,
    { title: 'Endorsers', section: '/endorsers', alternates: [['application/json', toJsonHref(face)]] },
    html`<h1>Endorsers</h1>
<p class="lead">Who signs entries here. An endorser is a certificate subject and its issuer; the e-mail address is a label.</p>
${
  endorsers.length === 0
    ? html`<div class="note"><p><strong>Nobody has endorsed an image here yet.</strong>
<a href="${face.href('/upload')}">Upload the first entry</a>.</p></div>`
    : endorserTable(face, toCount(endorsers.length, 'endorser', 'endorsers'), endorsers)
}`,
  );
}

/** The same people as a table: one row for each certificate identity. */
export function endorserTable(face: Face, caption: string, endorsers: readonly EndorserSummary[]): Markup {
  const columns = ['E-mail', 'Subject and issuer', 'First signed', 'Last signed'];
  return table(
    caption,
    [...columns.map((name) => html`<th scope="col">${name}</th>`), html`<th scope="col" class="number">Entries</th>`],
    endorsers.map(
      (endorser) => html`<tr>
<td>${endorserLink(face, endorser.email)}</td>
<td data-label="Subject and issuer">${written(endorser.subject)}<div class="quiet small">issued by ${several(endorser.issuers.map(written))}</div></td>
<td data-label="First signed" class="time">${day(endorser.firstAt)}</td>
<td data-label="Last signed" class="time">${day(endorser.lastAt)}</td>
<td data-label="Entries" class="number">${endorser.entries}</td>
</tr>`,
    ),
    'cards',
  );
}
