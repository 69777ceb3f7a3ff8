import { html } from 'hono/html';
import type { Facets } from '../../catalog/browse.ts';
import { FACET_LABELS, type ListParameters, toLabel, toNarrowing } from './list-words.ts';
import { type Markup, toCount, written } from './markup.ts';

/** The same list with a parameter set to a value, or taken off, from its first page on. */
export type Narrow = (name: string, value: string | undefined) => string;

/** Values of a facet that are seen at once; the others unfold. */
const SEEN_VALUES = 6;

/**
 * What the list can be narrowed to, with how many entries would be left. It is folded on a phone; on a wide screen the style sheet keeps
 * it open, where the browser can.
 */
export function facetNav(facets: Facets, parameters: ListParameters, narrowed: Narrow): Markup {
  const groups = FACET_LABELS.flatMap(([name, label]) => {
    const values = facets[name];
    const chosen = name === 'status' ? (parameters.status ?? 'valid') : parameters[name];
    if (values.length < 2 && (chosen === undefined || name === 'status')) return [];
    // what is chosen can be taken off also where nothing has it
    const isLost = name !== 'status' && chosen !== undefined && !values.some(({ value }) => value === chosen);
    const told = isLost ? [{ value: chosen, count: 0 }, ...values] : values;
    const rows = told.map(({ value, count }) => facetRow(name, value, count, value === chosen, narrowed));
    if (name === 'status') rows.push(everyStatus(facets, chosen === 'all', narrowed));
    const rest = rows.slice(SEEN_VALUES);
    return [
      html`<section><h3>${label}</h3><ul>${rows.slice(0, SEEN_VALUES)}</ul>${
        rest.length === 0
          ? ''
          : html`<details><summary>${toCount(rest.length, 'more', 'more')}</summary><ul>${rest}</ul></details>`
      }</section>`,
    ];
  });
  if (groups.length === 0) return html``;
  const chosen = toNarrowing(parameters).filter(([name]) => name !== 'q').length;
  return html`<details class="narrow"><summary>Narrow the list${chosen === 0 ? '' : ` (${toCount(chosen, 'choice', 'choices')} made)`}</summary>
<nav aria-label="Narrow the list">${groups}</nav></details>`;
}

function facetRow(name: string, value: string, count: number, isChosen: boolean, narrowed: Narrow): Markup {
  if (!isChosen) return row(narrowed(name, value), written(value), count);
  const off = name === 'status' ? narrowed(name, 'all') : narrowed(name, undefined);
  return html`<li><a class="chosen" href="${off}" aria-current="true"><span>${written(value)}<span class="unseen">: chosen, take it off</span></span><span class="tally">${count.toLocaleString('en-GB')}</span></a></li>`;
}

function everyStatus(facets: Facets, isChosen: boolean, narrowed: Narrow): Markup {
  const count = facets.status.reduce((sum, one) => sum + one.count, 0);
  if (!isChosen) return row(narrowed('status', 'all'), html`every status`, count);
  return html`<li><a class="chosen" href="${narrowed('status', undefined)}" aria-current="true"><span>every status<span class="unseen">: chosen, take it off</span></span><span class="tally">${count.toLocaleString('en-GB')}</span></a></li>`;
}

function row(href: string, label: Markup, count: number): Markup {
  return html`<li><a href="${href}"><span>${label}</span><span class="tally">${count.toLocaleString('en-GB')}</span></a></li>`;
}

/** What the list is narrowed by now, each with a link that takes it off. Words stand in the search field already. */
export function chosenNav(parameters: ListParameters, narrowed: Narrow): Markup | '' {
  const chosen = toNarrowing(parameters).filter(([name]) => name !== 'q');
  if (chosen.length === 0) return '';
  return html`<nav aria-label="Chosen"><ul class="chips">${chosen.map(
    ([name, value]) =>
      html`<li><a href="${narrowed(name, undefined)}"><span class="unseen">Take off </span>${toLabel(name)}: ${written(value)} <span aria-hidden="true">×</span></a></li>`,
  )}</ul></nav>`;
}
