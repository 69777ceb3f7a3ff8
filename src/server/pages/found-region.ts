import { html } from 'hono/html';
import type { BrowsePage } from '../../catalog/browse.ts';
import type { Face } from '../face.ts';
import { toVisibleText } from '../visible-text.ts';
import { type EntryView, entryTable } from './entry-table.ts';
import { chosenNav, facetNav, type Narrow } from './facet-nav.ts';
import { type ListParameters, NEWEST_SORT, toOfferedOrders, toOrderWords } from './list-words.ts';
import { type Markup, toCount } from './markup.ts';

/** A part of a list, and how the rest of it is reached. */
export interface FoundList {
  readonly parameters: ListParameters;
  readonly page: BrowsePage;
  /** Who endorses each image on the page, by identifier. */
  readonly endorsing: ReadonlyMap<string, readonly string[]>;
  readonly at: Date;
  readonly narrowed: Narrow;
  readonly next?: string;
  readonly previous?: string;
  readonly first?: string;
  /** Where the whole list is, of which this is only the beginning. */
  readonly all?: string;
}

/** Parameters that a new search in the field above keeps, besides the order. */
const KEPT = [
  'status',
  'os',
  'arch',
  'kind',
  'format',
  'hypervisor',
  'email',
  'origin',
  'tag',
  'created',
  'identifier',
];

/**
 * What a search found: the facets, the entries and the ways to more. The script of the search field exchanges it as a whole; `nothing` is
 * what stands in place of entries where there are none.
 */
export function foundRegion(face: Face, list: FoundList, nothing: () => Markup): Markup {
  const { parameters, page, narrowed } = list;
  const isEmpty = page.entries.length === 0;
  const view = parameters.view as EntryView;
  return html`<div id="found" class="browse">
${facetNav(page.facets, parameters, narrowed)}
<section class="found" aria-labelledby="count">
<div class="bar"><h2 id="count">${toCountText(list)}</h2>${isEmpty ? '' : controls(parameters, narrowed)}</div>
${hiddenFields(parameters)}${chosenNav(parameters, narrowed)}
${
  isEmpty
    ? nothing()
    : entryTable(face, `${toCountText(list)}, ${toOrderWords(parameters.sort)}`, page.entries, list.at, {
        endorsing: list.endorsing,
        view,
        order: { sort: parameters.sort ?? NEWEST_SORT, by: (sort) => narrowed('sort', sort) },
      })
}
${pageNav(list)}
</section>
</div>`;
}

/** How many entries of which status there are, and with which words. */
function toCountText({ parameters, page }: FoundList): string {
  const status = parameters.status ?? 'valid';
  const count = page.total === 0 ? 'No entry' : toCount(page.total, 'entry', 'entries');
  const counted = status === 'all' ? count : count.replace(/ /, ` ${status} `);
  return parameters.q === undefined ? counted : `${counted} for “${toVisibleText(parameters.q)}”`;
}

/** Order and view. They belong to the search form, which stands above. */
function controls(parameters: ListParameters, narrowed: Narrow): Markup {
  const sort = parameters.sort ?? NEWEST_SORT;
  const views = (['table', 'cards'] as const).map((view) => {
    const isShown = parameters.view === view;
    return html`<li><a href="${narrowed('view', isShown ? undefined : view)}"${isShown ? html` aria-current="true"` : ''}>${view === 'table' ? 'Table' : 'Cards'}</a></li>`;
  });
  return html`<div class="controls"><label><span>Order</span> <select name="sort" form="search">${toOfferedOrders(
    parameters.sort,
  ).map(
    (one) =>
      html`<option value="${one === NEWEST_SORT ? '' : one}"${one === sort ? html` selected` : ''}>${toOrderWords(one)}</option>`,
  )}</select></label><button class="apply" form="search">Apply</button>
<nav aria-label="How the list is shown"><ul class="toggle${parameters.view === undefined ? ' by-width' : ''}">${views}</ul></nav></div>`;
}

function hiddenFields(parameters: ListParameters): Markup {
  return html`${[...KEPT, 'view', 'limit'].map((name) =>
    parameters[name] === undefined
      ? ''
      : html`<input type="hidden" form="search" name="${name}" value="${parameters[name]}">`,
  )}`;
}

function pageNav({ page, next, previous, first, all }: FoundList): Markup | '' {
  if (all !== undefined)
    return html`<p><a class="button" href="${all}">Browse all ${toCount(page.total, 'entry', 'entries')}</a></p>`;
  if (next === undefined && previous === undefined) return '';
  const [from, to] = [page.before + 1, page.before + page.entries.length].map((place) => place.toLocaleString('en-GB'));
  return html`<nav class="row pages" aria-label="Pages of the list">
${first === undefined ? '' : html`<a class="button plainly" href="${first}">First</a>`}
${previous === undefined ? '' : html`<a class="button plainly" rel="prev" href="${previous}">Previous</a>`}
<span class="quiet">${from} to ${to} of ${toCount(page.total, 'entry', 'entries')}</span>
${next === undefined ? '' : html`<a class="button" rel="next" href="${next}">Next</a>`}
</nav>`;
}
