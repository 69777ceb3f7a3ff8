import { html } from 'hono/html';
import type { EndorserActivity, MonthActivity } from '../../catalog/endorser-activity.ts';
import { type Markup, table, toCount } from './markup.ts';

/** Columns a picture has at most; where there are more months, each stands for several. */
const COLUMNS = 48;
const HEIGHT = 130;
const BASE = HEIGHT - 26;
const TOP = 12;
const MARGIN = 2;

/** Months in one column, and what was signed in them. */
interface Column {
  readonly first: string;
  readonly last: string;
  readonly endorsements: number;
  readonly deprecations: number;
}

/** How much was signed when, as a picture, and the same as a table. */
export function activityFigure(activity: EndorserActivity, at: Date): Markup {
  const columns = toColumns(activity.months, at);
  if (columns.length === 0) return html``;
  const most = Math.max(...columns.map(({ endorsements, deprecations }) => endorsements + deprecations));
  const width = (100 - 2 * MARGIN) / columns.length;
  const busy = columns.filter(({ endorsements, deprecations }) => endorsements + deprecations > 0);
  return html`<figure>
<svg role="img" aria-labelledby="activity-title activity-what" width="100%" height="${HEIGHT}">
<title id="activity-title">What was signed when</title>
<desc id="activity-what">${busy.map(toColumnText).join(' ')}</desc>
<g class="axis"><line x1="${MARGIN}%" x2="${100 - MARGIN}%" y1="${BASE}" y2="${BASE}"/>
<text x="${MARGIN}%" y="${BASE + 18}">${columns[0]!.first}</text><text x="${100 - MARGIN}%" y="${BASE + 18}" text-anchor="end">${columns.at(-1)!.last}</text></g>
${columns.map((column, place) => bars(column, MARGIN + place * width, width, most))}</svg>
<figcaption class="quiet small"><span class="key endorsed">endorsements</span> <span class="key deprecated">deprecations</span>
The highest column is ${toCount(most, 'entry', 'entries')}.</figcaption>
<details><summary>The picture as a table</summary>
${table(
  'What was signed when',
  ['Time', 'Endorsements', 'Deprecations'].map((name) => html`<th scope="col">${name}</th>`),
  busy.map(
    (column) => html`<tr><td>${toSpan(column)}</td><td data-label="Endorsements">${column.endorsements}</td>
<td data-label="Deprecations">${column.deprecations}</td></tr>`,
  ),
  'cards',
)}</details>
</figure>`;
}

function bars(column: Column, left: number, width: number, most: number): Markup | '' {
  const { endorsements, deprecations } = column;
  if (endorsements + deprecations === 0) return '';
  const toHeight = (count: number) => (count === 0 ? 0 : Math.max(3, Math.round((count / most) * (BASE - TOP))));
  const [green, red] = [toHeight(endorsements), toHeight(deprecations)];
  const [x, wide] = [(left + width * 0.12).toFixed(2), (width * 0.76).toFixed(2)];
  const bar = (kind: string, y: number, height: number) =>
    height === 0 ? '' : html`<rect class="bar ${kind}" x="${x}%" width="${wide}%" y="${y}" height="${height}"/>`;
  return html`<g><title>${toColumnText(column)}</title>${bar('endorsed', BASE - green, green)}${bar('deprecated', BASE - green - red, red)}</g>`;
}

/** Every month from the first one on, several in one where there are too many. */
function toColumns(months: readonly MonthActivity[], at: Date): Column[] {
  const first = months[0];
  if (first === undefined) return [];
  const from = toNumber(first.month);
  const to = Math.max(toNumber(at.toISOString().slice(0, 7)), toNumber(months.at(-1)!.month));
  const step = Math.ceil((to - from + 1) / COLUMNS);
  const columns = Array.from({ length: Math.ceil((to - from + 1) / step) }, (_, place) => {
    const start = from + place * step;
    return { first: toText(start), last: toText(Math.min(to, start + step - 1)), endorsements: 0, deprecations: 0 };
  });
  for (const { month, endorsements, deprecations } of months) {
    const column = columns[Math.floor((toNumber(month) - from) / step)]!;
    column.endorsements += endorsements;
    column.deprecations += deprecations;
  }
  return columns;
}

function toColumnText(column: Column): string {
  const said = [
    ...(column.endorsements === 0 ? [] : [toCount(column.endorsements, 'endorsement', 'endorsements')]),
    ...(column.deprecations === 0 ? [] : [toCount(column.deprecations, 'deprecation', 'deprecations')]),
  ];
  return `${toSpan(column)}: ${said.join(', ')}.`;
}

function toSpan({ first, last }: Column): string {
  return first === last ? first : `${first} to ${last}`;
}

function toNumber(month: string): number {
  const [year, number] = month.split('-').map(Number);
  return year! * 12 + number! - 1;
}

function toText(number: number): string {
  return `${String(Math.floor(number / 12)).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}`;
}
