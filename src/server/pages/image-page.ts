import { html } from 'hono/html';
import { type CatalogEntry, statusOf } from '../../catalog/catalog.ts';
import { type ChecksumAgreement, compareChecksums } from '../checksum-agreement.ts';
import type { Face } from '../face.ts';
import { badge, endorserLink, entryHref, location, moment, toEntryName, toSizeText } from './entry-words.ts';
import { layout } from './layout.ts';
import { facts, type Markup, several, table, toCount, written } from './markup.ts';

/** The page of one image: who vouches for it now, who withdrew it and why, and everything that was ever said. `history` is not empty. */
export function imagePage(
  face: Face,
  history: readonly CatalogEntry[],
  at: Date,
  alternates: readonly (readonly [string, string])[],
): Markup {
  const current = history.filter((entry) => statusOf(entry, at) !== 'superseded');
  const byStatus = (status: string) => current.filter((entry) => statusOf(entry, at) === status).reverse();
  const valid = byStatus('valid');
  const shown = valid[0] ?? current.at(-1) ?? history.at(-1)!;
  return layout(
    face,
    { title: toEntryName(shown), section: '/metadata', feed: `/metadata/${shown.identifier}/feed`, alternates },
    html`<h1><bdi>${toEntryName(shown)}</bdi></h1>
<p class="quiet">Image <code>${shown.identifier}</code></p>
${standing(face, valid, byStatus('deprecated'), byStatus('expired'))}
${agreementNote(compareChecksums(current))}
${locations(face, valid)}
<h2>What identifies the image</h2>
${facts([
  ['Size', toSizeText(shown.sizeBytes)],
  ...shown.checksums.map(({ algorithm, value }) => [algorithm, html`<code>${value}</code>`] as const),
])}
<h2>History</h2>
${historyTable(face, history, at)}
<p class="quiet small">Also as ${alternates.map(
      ([type, href], index) =>
        html`${index === 0 ? '' : ', '}<a href="${href}">${type.replace(/^.*\//, '').toUpperCase()}</a>`,
    )}.</p>`,
  );
}

function standing(
  face: Face,
  valid: readonly CatalogEntry[],
  deprecated: readonly CatalogEntry[],
  expired: readonly CatalogEntry[],
): Markup {
  const line = (entry: CatalogEntry, rest: Markup | string) =>
    html`<li>${endorserLink(face, entry.email)}, <a href="${entryHref(face, entry)}">signed ${moment(entry.createdAt)}</a>${rest}</li>`;
  const vouchedThen = face.asOf !== undefined;
  const vouching =
    valid.length === 0
      ? html`<div class="note care"><p><strong>Nobody ${vouchedThen ? 'vouched for this image then' : 'vouches for this image now'}.</strong></p></div>`
      : html`<div class="note good"><p><strong>Endorsed ${vouchedThen ? 'then' : 'now'} by</strong></p><ul class="plain">${valid.map(
          (entry) => line(entry, entry.validUntil === undefined ? '' : html`, valid until ${moment(entry.validUntil)}`),
        )}</ul></div>`;
  const withdrawn =
    deprecated.length === 0
      ? ''
      : html`<div class="note bad"><p><strong>Deprecated by</strong></p><ul class="plain">${deprecated.map((entry) =>
          line(entry, html`: ${written(entry.deprecated ?? '')}`),
        )}</ul></div>`;
  const lapsed =
    expired.length === 0
      ? ''
      : html`<div class="note care"><p><strong>Expired statements of</strong></p><ul class="plain">${expired.map(
          (entry) => line(entry, entry.validUntil === undefined ? '' : html`, valid until ${moment(entry.validUntil)}`),
        )}</ul></div>`;
  return html`${vouching}${withdrawn}${lapsed}`;
}

/** Where those who vouch for the image say its bytes are, each place once with everybody who names it. */
function locations(face: Face, valid: readonly CatalogEntry[]): Markup {
  const places = [...new Set(valid.flatMap((entry) => entry.locations))];
  if (places.length === 0) return html``;
  const namedBy = (place: string) =>
    [...new Set(valid.filter((entry) => entry.locations.includes(place)).map(({ email }) => email))].map(
      (email, index) => html`${index === 0 ? '' : ', '}${endorserLink(face, email)}`,
    );
  return html`<h2>Where the bytes are</h2>
<ul class="plain">${places.map(
    (place) => html`<li>${location(place)} <span class="quiet small">named by ${namedBy(place)}</span></li>`,
  )}</ul>
<p class="quiet small">Compare what you fetch with size and checksums before you use it.</p>`;
}

function agreementNote(agreement: ChecksumAgreement): Markup {
  if (agreement.conflicts.length > 0) {
    return html`<div class="note bad"><p><strong>The endorsers contradict each other</strong> about
${agreement.conflicts.join(', ')}. They share the SHA-1, which can be forged: do not use the image before it is clear who is right.</p></div>`;
  }
  if (agreement.statements < 2) return html``;
  const all = agreement.statements === 2 ? 'Both' : `All ${agreement.statements}`;
  const names = agreement.agreed.map(
    (name, index) => html`${index === 0 ? '' : ', '}<span class="nowrap">${name}</span>`,
  );
  return html`<p>${all} current statements agree on ${names}.</p>`;
}

function historyTable(face: Face, history: readonly CatalogEntry[], at: Date): Markup {
  const columns = ['Signed', 'Endorser', 'Status', 'Says', 'Log number'];
  return table(
    `Everything said about this image: ${toCount(history.length, 'statement', 'statements')}${history.length === 1 ? '' : ', newest first'}`,
    columns.map((name) => html`<th scope="col">${name}</th>`),
    history.toReversed().map(
      (entry) => html`<tr>
<td class="time"><a href="${entryHref(face, entry)}">${moment(entry.createdAt)}</a></td>
<td data-label="Endorser">${endorserLink(face, entry.email)}</td>
<td data-label="Status">${badge(statusOf(entry, at))}</td>
<td data-label="Says">${several(toWords(entry))}</td>
<td data-label="Log number">${entry.index}</td>
</tr>`,
    ),
    'cards',
  );
}

function toWords(entry: CatalogEntry): Markup[] {
  const words: Markup[] = [];
  if (entry.deprecated !== undefined) words.push(html`withdraws it: ${written(entry.deprecated)}`);
  else if (entry.validUntil !== undefined) words.push(html`vouches until ${moment(entry.validUntil)}`);
  else words.push(html`vouches, without an end`);
  if (entry.title !== undefined) words.push(html`<span class="quiet"><bdi>${toEntryName(entry)}</bdi></span>`);
  return words;
}
