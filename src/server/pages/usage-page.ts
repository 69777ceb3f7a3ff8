import { html } from 'hono/html';
import type { Usage } from '../../usage/usage.ts';
import { toUseDay, writeUseDay } from '../../usage/use-day.ts';
import {
  RECENT_DAYS,
  type SiteUseOfImage,
  type UsedImage,
  type UseReport,
  type WithdrawnUse,
} from '../../usage/use-report.ts';
import type { Face } from '../face.ts';
import { endorserLink } from './entry-words.ts';
import { layout } from './layout.ts';
import { type Markup, several, toCount, written } from './markup.ts';
import { countingNote, useDay, usedTable } from './use-words.ts';

/** Images without use, and where their list goes on. */
export interface UnusedList {
  readonly days: number;
  readonly images: readonly UsedImage[];
  /** Link to the next of them; absent at the end. */
  readonly next: string | undefined;
}

/** What is used most, what although it was withdrawn, and what not at all. */
export function usagePage(
  face: Face,
  usage: Usage,
  report: UseReport,
  unused: UnusedList,
  isShowingNames: boolean,
): Markup {
  const { top, withdrawn, isWhole } = report;
  return layout(
    face,
    { title: 'Use', section: '/usage', alternates: [['application/json', '?format=json']] },
    html`<h1>Use</h1>
<p class="lead">How the images are used that are endorsed here, counted since ${useDay(usage.begun)}${sitesPhrase(usage)}.</p>
${isWhole ? '' : html`<p class="quiet">More images were used than are looked through; those used most recently were.</p>`}
<h2>Withdrawn, and asked for all the same</h2>
${
  withdrawn.length === 0
    ? html`<p>No site has reported in the last ${RECENT_DAYS} days that somebody asked for an image that an endorser withdrew.</p>`
    : html`<p>An endorser withdrew these images, and sites that report were asked for them in the last ${RECENT_DAYS} days.
Allowed means that the policy of the site let one run.${isShowingNames ? '' : ' Administrators of this registry see which sites they are.'}</p>
${usedTable(face, toCount(withdrawn.length, 'image', 'images'), withdrawn, {
  heading: 'Sites',
  cell: (image) => sites((image as WithdrawnUse).sites, isShowingNames),
})}`
}
<h2>Used most</h2>
${
  top.length === 0
    ? html`<p>No image has been used in the last ${RECENT_DAYS} days.</p>`
    : usedTable(face, `In the last ${RECENT_DAYS} days, the most asked for at sites first`, top)
}
<h2>${unusedHeading(unused)}</h2>
${unusedSection(face, usage, unused)}
${countingNote(face, false)}
<p class="quiet small">Also as <a href="?format=json">JSON</a>${
      face.facts === undefined ? '' : html`; <a href="${face.href('/facts')}">SPARQL</a> asks about all of it`
    }.</p>`,
  );
}

/** Images that nobody used for so long, a page of them. */
export function unusedPage(face: Face, usage: Usage, unused: UnusedList): Markup {
  return layout(
    face,
    {
      title: unusedHeading(unused),
      section: '/usage',
      alternates: [['application/json', `?days=${unused.days}&format=json`]],
    },
    html`<h1>${unusedHeading(unused)}</h1>
${unusedSection(face, usage, unused)}
<form class="search" action="${face.href('/usage/unused')}" method="get">
<label>Days without use<input type="number" name="days" min="1" max="3650" value="${unused.days}" required></label>
<button type="submit">Show</button></form>
${countingNote(face)}`,
  );
}

function unusedSection(face: Face, usage: Usage, { images, next, days }: UnusedList): Markup {
  if (images.length === 0) {
    const isKnown = toUseDay(face.now()) - usage.begun >= days;
    return isKnown
      ? html`<p>There is none: every image that is here for so long was used since.</p>`
      : html`<p>Nobody can know yet: counting began on ${useDay(usage.begun)}, and this is about ${toCount(days, 'day', 'days')} without use.</p>`;
  }
  return html`${usedTable(
    face,
    `Here for ${toCount(days, 'day', 'days')} or longer and not used in them, the longest unused first`,
    images,
    {
      heading: 'Endorser',
      cell: ({ entry }) => (entry === undefined ? '' : endorserLink(face, entry.email)),
    },
  )}
${next === undefined ? '' : html`<p><a class="button" rel="next" href="${next}">More of them</a></p>`}`;
}

function unusedHeading({ days }: UnusedList): string {
  return days === 365 ? 'Used by nobody for a year' : `Used by nobody for ${toCount(days, 'day', 'days')}`;
}

function sitesPhrase(usage: Usage): string {
  const sites = usage.countSites(RECENT_DAYS);
  return sites === 0
    ? '; no site reports what it launches'
    : `; ${toCount(sites, 'site reports', 'sites report')} what they launch`;
}

function sites(all: readonly SiteUseOfImage[], isShowingNames: boolean): Markup | string {
  const named = isShowingNames ? all.filter(({ site }) => site !== undefined) : [];
  const nameless = all.length - named.length;
  const rest =
    named.length === 0
      ? toCount(nameless, 'site', 'sites')
      : toCount(nameless, 'site without a name', 'sites without a name');
  const lines = named.map(
    ({ site, last }) =>
      html`${written(site!)} <span class="quiet small">last on <time datetime="${writeUseDay(last)}">${writeUseDay(last)}</time></span>`,
  );
  return several([...lines, ...(nameless === 0 ? [] : [html`${rest}`])]) ?? '';
}
