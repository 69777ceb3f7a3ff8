import { html } from 'hono/html';
import type { CatalogEntry } from '../../catalog/catalog.ts';
import { toTimes } from '../../usage/use-count.ts';
import { toDayStart, type UseDay } from '../../usage/use-day.ts';
import type { ImageUse, UsedImage } from '../../usage/use-report.ts';
import type { Face } from '../face.ts';
import { day, imageHref, toEntryName } from './entry-words.ts';
import { type Markup, table, toCount, written } from './markup.ts';

/** A day of use, readable and machine-readable. */
export function useDay(at: UseDay): Markup {
  return day(toDayStart(at));
}

/** An image by the name that an entry gives it, and why it was withdrawn, where it was. */
export function usedImage(face: Face, identifier: string, entry: CatalogEntry | undefined): Markup {
  const name = entry === undefined ? html`<code>${identifier}</code>` : html`<bdi>${toEntryName(entry)}</bdi>`;
  return html`<a href="${imageHref(face, identifier)}">${name}</a>${
    entry?.deprecated === undefined ? '' : html`<div class="small quiet">withdrawn: ${written(entry.deprecated)}</div>`
  }`;
}

/** What a table of used images tells besides their use. */
export interface MoreColumn {
  readonly heading: string;
  readonly cell: (image: UsedImage) => Markup | string;
}

const NUMBERS = [
  ['Allowed', 'allowed'],
  ['Denied', 'denied'],
  ['Downloaded', 'downloaded'],
  ['Looked up', 'lookups'],
  ['Checked', 'checks'],
] as const;

/** Images with how they were used in the last 30 days, as a table that becomes cards on a phone. */
export function usedTable(face: Face, caption: string, images: readonly UsedImage[], more?: MoreColumn): Markup {
  return table(
    caption,
    [
      html`<th scope="col">Image</th>`,
      ...(more === undefined ? [] : [html`<th scope="col">${more.heading}</th>`]),
      ...NUMBERS.map(([heading]) => html`<th scope="col" class="number">${heading}</th>`),
      html`<th scope="col">Last used</th>`,
    ],
    images.map(
      (image) => html`<tr>
<td>${usedImage(face, image.identifier, image.entry)}</td>
${more === undefined ? '' : html`<td data-label="${more.heading}">${more.cell(image)}</td>`}
${NUMBERS.map(([heading, kind]) => html`<td data-label="${heading}" class="number">${image.use.recent[kind].toLocaleString('en-GB')}</td>`)}
<td data-label="Last used" class="time">${lastUsed(image.use)}</td>
</tr>`,
    ),
    'cards',
  );
}

/** The last day of use; where there is none, since when there could have been one. */
export function lastUsed({ last, since }: ImageUse): Markup {
  return last === undefined ? html`<span class="quiet">not since ${useDay(since)}</span>` : useDay(last);
}

/** How an image is used, in a sentence or two, for its own page. */
export function useSentence({ recent, total, last, since, lastAtSites }: ImageUse): Markup {
  if (last === undefined)
    return html`<p class="quiet">Nobody has used this image since counting began on ${useDay(since)}.</p>`;
  const { lookups, checks, allowed, denied, downloaded } = recent;
  const atSites =
    lastAtSites === undefined
      ? ''
      : html` Sites that report allowed it ${toTimes(allowed)}, denied it ${toTimes(denied)} and downloaded it ${toTimes(downloaded)}, last on ${useDay(lastAtSites)}.`;
  return html`<p>Looked up ${toTimes(lookups)} and checked ${toTimes(checks)} in the last 30 days; last used on ${useDay(last)}.${atSites}
<span class="quiet">${toCount(total.lookups + total.checks + total.allowed + total.denied + total.downloaded, 'use', 'uses')} since ${useDay(since)}.</span></p>`;
}

/** What is counted and what is not, where somebody wonders. */
export function countingNote(face: Face, isLinked = true): Markup {
  return html`<p class="quiet small">Counted by day: pages and entries that were fetched, proofs, and what sites report that chose to. Nothing about who asks is
kept: no address, program, account or time of day.${isLinked ? html` <a href="${face.href('/usage')}">Use of all images</a>` : ''}</p>`;
}
