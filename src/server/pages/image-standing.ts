import { html } from 'hono/html';
import { type CatalogEntry, statusOf } from '../../catalog/catalog.ts';
import { CURRENT_LIMIT, type ImageOverview } from '../../catalog/image-overview.ts';
import { compareChecksums } from '../checksum-agreement.ts';
import type { Face } from '../face.ts';
import { endorserLink, entryHref, imageHref, moment } from './entry-words.ts';
import { type Markup, toCount, written } from './markup.ts';
import { originMark } from './origin-note.ts';

/** Lines of a note; what is left is counted. */
const SHOWN = 10;

type Standing = keyof ImageOverview['standing'];

/** Who vouches for the image, who withdrew it and why, whose word has run out, and whether they speak of the same bytes. */
export function standingNotes(face: Face, image: ImageOverview, at: Date): Markup {
  const isPast = face.asOf !== undefined;
  const vouching =
    image.standing.valid === 0
      ? html`<div class="note care"><p><strong>Nobody ${isPast ? 'vouched for this image then' : 'vouches for this image now'}.</strong></p></div>`
      : note('good', `Endorsed ${isPast ? 'then' : 'now'} by`, lines(face, image, 'valid', at, validity));
  const withdrawn =
    image.standing.deprecated === 0
      ? ''
      : note(
          'bad',
          'Deprecated by',
          lines(face, image, 'deprecated', at, (entry) => html`: ${written(entry.deprecated ?? '')}`),
        );
  const lapsed =
    image.standing.expired === 0
      ? ''
      : note('care', 'Expired statements of', lines(face, image, 'expired', at, validity));
  return html`${withdrawn}${vouching}${lapsed}${agreementNote(image)}`;
}

function note(tone: string, heading: string, content: Markup): Markup {
  return html`<div class="note ${tone}"><p><strong>${heading}</strong></p>${content}</div>`;
}

function validity(entry: CatalogEntry): Markup | string {
  return entry.validUntil === undefined ? '' : html`, valid until ${moment(entry.validUntil)}`;
}

function lines(
  face: Face,
  image: ImageOverview,
  standing: Standing,
  at: Date,
  toRest: (entry: CatalogEntry) => Markup | string,
): Markup {
  const entries = image.current.filter((entry) => statusOf(entry, at) === standing);
  const [first] = entries;
  const left = image.standing[standing] - Math.min(SHOWN, entries.length);
  const line = (entry: CatalogEntry) =>
    html`<li>${endorserLink(face, entry.email)}, <a href="${entryHref(face, entry)}">signed ${moment(entry.createdAt)}</a>${toRest(entry)} ${originMark(face, entry)}</li>`;
  return html`<ul class="plain">${entries.slice(0, SHOWN).map(line)}</ul>${
    left === 0 || first === undefined
      ? ''
      : html`<p><a href="${listHref(face, first.identifier, standing)}">and ${toCount(left, 'more endorser', 'more endorsers')}</a></p>`
  }`;
}

function listHref(face: Face, identifier: string, standing: Standing): string {
  const { pathname, search } = new URL(imageHref(face, identifier), 'http://here/');
  const parameters = new URLSearchParams(search);
  parameters.set('status', standing);
  parameters.set('sort', '-created');
  return `${pathname}?${parameters}`;
}

/** Those who withdraw the image know its bytes as well. */
function agreementNote({ current, standing }: ImageOverview): Markup {
  const agreement = compareChecksums(current);
  if (agreement.conflicts.length > 0) {
    return html`<div class="note bad"><p><strong>The endorsers contradict each other</strong> about
${agreement.conflicts.join(', ')}. They share the SHA-1, which can be forged: do not use the image before it is clear who is right.</p></div>`;
  }
  if (agreement.statements < 2) return html``;
  const isAll = Object.values(standing).every((count) => count <= CURRENT_LIMIT);
  const all = agreement.statements === 2 ? 'Both' : `${isAll ? 'All' : 'The newest'} ${agreement.statements}`;
  const names = agreement.agreed.map(
    (name, index) => html`${index === 0 ? '' : ', '}<span class="nowrap">${name}</span>`,
  );
  return html`<p>${all} current statements agree on ${names}.</p>`;
}
