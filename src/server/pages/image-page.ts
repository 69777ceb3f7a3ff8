import { html } from 'hono/html';
import { type CatalogEntry, statusOf } from '../../catalog/catalog.ts';
import type { ImageOverview } from '../../catalog/image-overview.ts';
import type { ImageUse } from '../../usage/use-report.ts';
import type { Face } from '../face.ts';
import { commandSteps } from './commands.ts';
import { ENTRY_STYLE_ASSET } from './entry-style.ts';
import { badge, endorserLink, entryHref, location, moment, toEntryName, toSizeText } from './entry-words.ts';
import { standingNotes } from './image-standing.ts';
import { layout } from './layout.ts';
import { lineageSection, type TagTarget } from './lineage.ts';
import { locationCheck } from './location-check.ts';
import { facts, type Markup, several, table, toCount, written } from './markup.ts';
import { originMark } from './origin-note.ts';
import { toTimeline } from './timeline.ts';
import { timelineFigure } from './timeline-picture.ts';
import { countingNote, useSentence } from './use-words.ts';

/** Places that are shown; more of them are in the entries. */
const PLACES = 20;

/** The page of one image: who vouches for it now, who withdrew it and why, how to get it, and everything that was ever said. */
export function imagePage(
  face: Face,
  image: ImageOverview,
  parts: {
    readonly at: Date;
    readonly tags: readonly TagTarget[];
    /** The list of everything said, from the first statement that is not on this page. */
    readonly next: string | undefined;
    readonly alternates: readonly (readonly [string, string])[];
    /** How it is used; absent where nobody counts. */
    readonly use?: ImageUse | undefined;
  },
): Markup {
  const { at, alternates } = parts;
  const valid = image.current.filter((entry) => statusOf(entry, at) === 'valid');
  const shown = valid[0] ?? image.current[0] ?? image.newest[0]!;
  const { identifier } = shown;
  return layout(
    face,
    {
      title: toEntryName(shown),
      section: '/metadata',
      feed: `/metadata/${identifier}/feed`,
      islands: ['copy'],
      styles: [ENTRY_STYLE_ASSET],
      alternates,
    },
    html`<h1><bdi>${toEntryName(shown)}</bdi></h1>
<p class="quiet">Image <code>${identifier}</code></p>
${standingNotes(face, image, at)}
<h2>Who said what, when</h2>
${timelineFigure(face, toTimeline(image.outlines, image.endorsers, at))}
<h2>Check, download, launch</h2>
${commandSteps(face, identifier, valid[0])}
${locations(face, valid)}
<h2>What identifies the image</h2>
${facts([
  ['Size', toSizeText(shown.sizeBytes)],
  ...shown.checksums.map(({ algorithm, value }) => [algorithm, html`<code>${value}</code>`] as const),
])}
${lineageSection(face, identifier, image.current, image.related, parts.tags)}
${parts.use === undefined ? '' : html`<h2>Use</h2>${useSentence(parts.use)}${countingNote(face)}`}
<h2>History</h2>
${historyTable(face, image, at)}
${parts.next === undefined ? '' : html`<p><a class="button" rel="next" href="${parts.next}">Older statements</a></p>`}
<p class="quiet small">Also as ${alternates.map(
      ([type, href], index) =>
        html`${index === 0 ? '' : ', '}<a href="${href}">${type.replace(/^.*\//, '').toUpperCase()}</a>`,
    )}.</p>`,
  );
}

/** Where those who vouch for the image say its bytes are, each place once with everybody who names it. */
function locations(face: Face, valid: readonly CatalogEntry[]): Markup {
  const places = [...new Set(valid.flatMap((entry) => entry.locations))];
  if (places.length === 0) return html``;
  const namedBy = (place: string) =>
    [...new Set(valid.filter((entry) => entry.locations.includes(place)).map(({ email }) => email))]
      .slice(0, 5)
      .map((email, index) => html`${index === 0 ? '' : ', '}${endorserLink(face, email)}`);
  const left = places.length - PLACES;
  return html`<h2>Where the bytes are</h2>
<ul class="plain">${places
    .slice(0, PLACES)
    .map(
      (place) =>
        html`<li>${location(place)} <span class="quiet small">named by ${namedBy(place)}</span>${locationCheck(face, valid, place)}</li>`,
    )}</ul>
${left > 0 ? html`<p class="quiet small">${toCount(left, 'more place stands', 'more places stand')} in the entries.</p>` : ''}
<p class="quiet small">Compare what you fetch with size and checksums before you use it.</p>`;
}

function historyTable(face: Face, { newest, statements }: ImageOverview, at: Date): Markup {
  const columns = ['Signed', 'Endorser', 'Status', 'Says', 'Log number'];
  return table(
    `${toShare(newest.length, statements)}${statements === 1 ? '' : ', newest first'}`,
    columns.map((name) => html`<th scope="col">${name}</th>`),
    newest.map(
      (entry) => html`<tr>
<td class="time"><a href="${entryHref(face, entry)}">${moment(entry.createdAt)}</a></td>
<td data-label="Endorser">${endorserLink(face, entry.email)}</td>
<td data-label="Status">${badge(statusOf(entry, at))}</td>
<td data-label="Says">${several(toWords(entry))}</td>
<td data-label="Log number">${entry.index} ${originMark(face, entry)}</td>
</tr>`,
    ),
    'cards',
  );
}

function toShare(shown: number, statements: number): string {
  const all = toCount(statements, 'statement', 'statements');
  return shown === statements ? `Everything said about this image: ${all}` : `The newest ${shown} of ${all}`;
}

function toWords(entry: CatalogEntry): Markup[] {
  const words: Markup[] = [];
  if (entry.deprecated !== undefined) words.push(html`withdraws it: ${written(entry.deprecated)}`);
  else if (entry.validUntil !== undefined) words.push(html`vouches until ${moment(entry.validUntil)}`);
  else words.push(html`vouches, without an end`);
  if (entry.title !== undefined) words.push(html`<span class="quiet"><bdi>${toEntryName(entry)}</bdi></span>`);
  return words;
}
