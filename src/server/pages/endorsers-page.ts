import { html } from 'hono/html';
import type { EndorserSummary } from '../../catalog/catalog.ts';
import type { Face } from '../face.ts';
import { age } from './age.ts';
import { day, endorserLink } from './entry-words.ts';
import { asOfField, layout, toJsonHref } from './layout.ts';
import { type Markup, several, table, toCount, written } from './markup.ts';
import { originMark } from './origin-note.ts';

/** Orders of the list, as the `sort` parameter has them. */
export const ENDORSER_ORDERS = ['recent', 'entries', 'email'] as const;
type EndorserOrder = (typeof ENDORSER_ORDERS)[number];

const ORDER_WORDS: Readonly<Record<EndorserOrder, string>> = {
  recent: 'who signed last first',
  entries: 'most entries first',
  email: 'by e-mail address',
};
/** Endorsers on a page. */
const SHOWN = 50;

/** Which endorsers are shown: those with all the words in address or names, from one of them on. */
export interface EndorsersView {
  readonly words: string;
  readonly sort: EndorserOrder;
  readonly from: number;
}

/** True for a value of the `sort` parameter. */
export function isEndorserOrder(text: string): text is EndorserOrder {
  return ENDORSER_ORDERS.some((order) => order === text);
}

/** Everybody who has ever endorsed an image here, a page at a time. */
export function endorsersPage(
  face: Face,
  endorsers: readonly EndorserSummary[],
  view: EndorsersView,
  at: Date,
): Markup {
  const found = find(endorsers, view);
  const shown = found.slice(view.from, view.from + SHOWN);
  return layout(
    face,
    { title: 'Endorsers', section: '/endorsers', alternates: [['application/json', toJsonHref(face)]] },
    html`<h1>Endorsers</h1>
<p class="lead">Who signs entries here. An endorser is a certificate subject and its issuer; the e-mail address is a label.</p>
${
  endorsers.length === 0
    ? html`<div class="note"><p><strong>Nobody has endorsed an image here yet.</strong>
<a href="${face.href('/upload')}">Upload the first entry</a>.</p></div>`
    : html`${form(face, view)}
${
  found.length === 0
    ? html`<div class="note"><p><strong>Nobody has all of “${written(view.words)}”</strong> in address or names.
<a href="${face.href('/endorsers')}">Show everybody</a></p></div>`
    : endorserTable(face, `${toCount(found.length, 'endorser', 'endorsers')}, ${ORDER_WORDS[view.sort]}`, shown, at)
}
${pages(face, view, found.length)}`
}`,
  );
}

function find(endorsers: readonly EndorserSummary[], { words, sort }: EndorsersView): readonly EndorserSummary[] {
  const wanted = words.toLowerCase().split(/\s+/);
  const found = endorsers.filter(({ email, subject, issuers }) => {
    const text = [email, subject, ...issuers].join('\n').toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  // by address they come
  if (sort === 'email') return found;
  const toNumber = ({ entries, lastAt }: EndorserSummary) => (sort === 'entries' ? entries : lastAt.getTime());
  return found.sort((one, other) => toNumber(other) - toNumber(one));
}

function form(face: Face, { words, sort }: EndorsersView): Markup {
  return html`<form class="search" role="search" action="${face.href('/endorsers')}" method="get">
<label class="grow">Part of an address or name<input type="search" name="q" maxlength="200" value="${words}" autocomplete="off"></label>${asOfField(face)}
<label>Order<select name="sort">${ENDORSER_ORDERS.map(
    (order) => html`<option value="${order}"${order === sort ? html` selected` : ''}>${ORDER_WORDS[order]}</option>`,
  )}</select></label>
<button>Search</button></form>`;
}

function pages({ asOf }: Face, view: EndorsersView, total: number): Markup | '' {
  if (total <= SHOWN && view.from === 0) return '';
  const link = (from: number) => {
    const search = new URLSearchParams({ sort: view.sort, from: String(from) });
    if (view.words !== '') search.set('q', view.words);
    if (asOf !== undefined) search.set('asOf', asOf.text);
    return `?${search}`;
  };
  return html`<nav class="row" aria-label="Pages of the list">
${view.from === 0 ? '' : html`<a class="button" rel="prev" href="${link(Math.max(0, view.from - SHOWN))}">Previous page</a>`}
${view.from + SHOWN >= total ? '' : html`<a class="button" rel="next" href="${link(view.from + SHOWN)}">Next page</a>`}
</nav>`;
}

/** The same people as a table: one row for each certificate identity. */
export function endorserTable(face: Face, caption: string, endorsers: readonly EndorserSummary[], at: Date): Markup {
  const columns = ['E-mail', 'Subject and issuer', 'First signed', 'Last signed'];
  return table(
    caption,
    [...columns.map((name) => html`<th scope="col">${name}</th>`), html`<th scope="col" class="number">Entries</th>`],
    endorsers.map(
      (endorser) => html`<tr>
<td>${endorserLink(face, endorser.email)} ${originMark(face, endorser)}</td>
<td data-label="Subject and issuer">${written(endorser.subject)}<div class="quiet small">issued by ${several(endorser.issuers.map(written))}</div></td>
<td data-label="First signed" class="time">${day(endorser.firstAt)}</td>
<td data-label="Last signed" class="time">${age(endorser.lastAt, at)}</td>
<td data-label="Entries" class="number">${endorser.entries}</td>
</tr>`,
    ),
    'cards',
  );
}
