import { html } from 'hono/html';
import { type Facets, SORT_COLUMNS } from '../../catalog/browse.ts';
import type { EntryPage } from '../../catalog/catalog.ts';
import type { Face } from '../face.ts';
import { STATUS_NAMES } from '../selector.ts';
import { toVisibleText } from '../visible-text.ts';
import { entryTable } from './entry-table.ts';
import { asOfField, layout } from './layout.ts';
import { type Markup, toCount, written } from './markup.ts';

/** The filters of a list as they were asked for, by parameter name. */
export type ListParameters = Readonly<Record<string, string>>;

const FACETS = [
  ['os', 'System'],
  ['arch', 'Architecture'],
  ['kind', 'Kind'],
  ['format', 'Format'],
  ['hypervisor', 'Hypervisor'],
  ['tag', 'Tag'],
  ['email', 'Endorser e-mail'],
] as const;

/** A page of entries with the form that narrows the list. `action` is the path the form asks again. */
export function listPage(
  face: Face,
  list: {
    readonly action: string;
    readonly heading: string;
    readonly parameters: ListParameters;
    readonly page: EntryPage & { readonly facets?: Facets };
    /** The same list narrowed to a value; undefined for taking the filter off. */
    readonly narrowed: (name: string, value: string | undefined) => string;
    readonly at: Date;
    readonly next?: string;
    readonly first?: string;
    readonly alternates: readonly (readonly [string, string])[];
  },
): Markup {
  const { parameters, page } = list;
  const status = parameters.status ?? 'valid';
  const shown = page.entries.length;
  const count = toCount(page.total, 'entry', 'entries');
  return layout(
    face,
    { title: list.heading, section: '/metadata', feed: '/feed', alternates: list.alternates },
    html`<h1><bdi>${toVisibleText(list.heading)}</bdi></h1>
${filterForm(face, list.action, parameters, status)}
${page.facets === undefined ? '' : facetNav(page.facets, parameters, list.narrowed)}
${
  shown === 0
    ? emptyNote(face, parameters, status)
    : entryTable(
        face,
        `${count}, ${toOrder(parameters.sort)}${status === 'all' ? '' : `, status ${status}`}`,
        page.entries,
        list.at,
      )
}
<nav class="row" aria-label="Pages of the list">
${list.first === undefined ? '' : html`<a class="button" href="${list.first}">First page</a>`}
${list.next === undefined ? '' : html`<a class="button" rel="next" href="${list.next}">Next page</a>`}
</nav>
<p class="quiet small">Also as ${list.alternates.map(
      ([type, href], index) =>
        html`${index === 0 ? '' : ', '}<a href="${href}">${type.replace(/^.*\//, '').toUpperCase()}</a>`,
    )}. As of log size ${page.logSize}.</p>`,
  );
}

/** Values a facet shows; more of them are found by the form. */
const SHOWN_VALUES = 12;

function facetNav(
  facets: Facets,
  parameters: ListParameters,
  narrowed: (name: string, value: string | undefined) => string,
): Markup {
  const shown = FACETS.flatMap(([name, label]) => {
    const values = name === 'tag' ? [] : facets[name];
    const chosen = parameters[name];
    if (values.length < 2 && chosen === undefined) return [];
    return [
      html`<li><strong>${label}</strong>: ${values
        .slice(0, SHOWN_VALUES)
        .map(
          ({ value, count }, index) =>
            html`${index === 0 ? '' : ', '}${
              value === chosen
                ? html`<strong>${written(value)}</strong> (<a href="${narrowed(name, undefined)}">any</a>)`
                : html`<a href="${narrowed(name, value)}">${written(value)}</a> <span class="quiet">${count}</span>`
            }`,
        )}</li>`,
    ];
  });
  return shown.length === 0
    ? html``
    : html`<nav aria-label="Narrow the list"><ul class="plain small">${shown}</ul></nav>`;
}

function toOrder(sort: string | undefined): string {
  if (sort === undefined) return 'newest first';
  return sort.startsWith('-') ? `by ${sort.slice(1)}, reversed` : `by ${sort}`;
}

function filterForm(face: Face, action: string, parameters: ListParameters, status: string): Markup {
  const isNarrowed = FACETS.some(([name]) => parameters[name] !== undefined);
  return html`<form class="search" role="search" action="${face.href(action)}" method="get">
<label class="grow">Words in title, description, system, tag, e-mail address, identifier or checksum<input type="search" name="q" maxlength="200" value="${parameters.q ?? ''}" autocomplete="off"></label>${asOfField(face)}
<label>Status<select name="status">${STATUS_NAMES.map(
    (name) => html`<option value="${name}"${name === status ? html` selected` : ''}>${name}</option>`,
  )}</select></label>
<label>Order<select name="sort"><option value="">newest first</option>${SORT_COLUMNS.flatMap((name) => [
    name,
    `-${name}`,
  ]).map(
    (name) => html`<option value="${name}"${name === parameters.sort ? html` selected` : ''}>${toOrder(name)}</option>`,
  )}</select></label>
<button>Search</button>
<details${isNarrowed ? html` open` : ''}><summary>More filters</summary>
<div class="filters">${FACETS.map(
    ([name, label]) =>
      html`<label>${label}<input name="${name}" maxlength="200" value="${parameters[name] ?? ''}" autocomplete="off"></label>`,
  )}</div></details>
</form>`;
}

function emptyNote(face: Face, parameters: ListParameters, status: string): Markup {
  const asked = Object.entries(parameters).filter(
    ([name]) => name !== 'status' && name !== 'limit' && name !== 'after' && name !== 'asOf',
  );
  const wider = new URLSearchParams({ ...Object.fromEntries(asked), status: 'all', ...toAsOf(face) });
  const isPlain = asked.length === 0 && status === 'valid';
  return html`<div class="note"><p><strong>No entry fits.</strong> ${
    asked.length === 0
      ? html`There is no ${status === 'all' ? '' : html`${status} `}entry here.`
      : html`Asked for were ${asked.map(
          ([name, value], index) => html`${index === 0 ? '' : ', '}${toLabel(name)} “${written(value)}”`,
        )}${status === 'all' ? '' : html`, status ${status}`}.`
  }</p>
<ul class="plain">
${status === 'all' ? '' : html`<li><a href="?${wider.toString()}">Look in every status</a>: entries may be expired, deprecated or superseded.</li>`}
${isPlain ? html`<li><a href="${face.href('/upload')}">Upload an entry</a></li>` : html`<li><a href="${face.href('/metadata')}">Show all valid entries</a></li>`}
${parameters.q === undefined ? '' : html`<li>Each word must be the beginning of one in the entry: “deb” finds “debian”, “ebian” does not.</li>`}
</ul></div>`;
}

function toAsOf({ asOf }: Face): Record<string, string> {
  return asOf === undefined ? {} : { asOf: asOf.text };
}

/** A parameter as the form calls it. */
function toLabel(name: string): string {
  const label = FACETS.find(([facet]) => facet === name)?.[1].toLowerCase();
  return label ?? (name === 'q' ? 'words' : name);
}
