import { html } from 'hono/html';
import type { Face } from '../face.ts';
import { toShortText } from '../visible-text.ts';
import { badge, day, endorserLink } from './entry-words.ts';
import { type Markup, table, toCount } from './markup.ts';
import { type Lane, type Timeline, toAxisLabels } from './timeline.ts';

const LANE_HEIGHT = 50;
const AXIS_HEIGHT = 30;
/** Percents of the width that are left free at both sides, for marks at the ends. */
const MARGIN = 2;

/** The timeline as a picture, and the same as a table for who would rather read. */
export function timelineFigure(face: Face, timeline: Timeline): Markup {
  const { lanes, left } = timeline;
  const others = left === 0 ? '' : html` ${toCount(left, 'more endorser has', 'more endorsers have')} no line here.`;
  return html`<figure class="timeline">
${lanesPicture({
  name: 'timeline',
  title: 'Who vouched for the image when',
  from: timeline.from,
  to: timeline.to,
  lanes: lanes.map((lane) => ({ ...lane, label: lane.email, text: toLaneText(lane) })),
})}
<figcaption class="quiet small"><span class="key endorsed">vouched for</span> <span class="key deprecated">withdrawn</span>
A dot is an endorsement, a cross a deprecation; where there is no bar, no word of this endorser held.${others}</figcaption>
<details><summary>The picture as a table</summary>
${laneTable(face, lanes)}</details>
</figure>`;
}

/** One line of a picture: its name, what it says in words, and what is drawn. */
export interface DrawnLane extends Pick<Lane, 'stretches' | 'marks'> {
  readonly label: string;
  readonly text: string;
}

/** Lines over time. `name` begins the ids in it; the words of all lines describe the picture to who does not see it. */
export function lanesPicture(picture: {
  readonly name: string;
  readonly title: string;
  readonly from: Date;
  readonly to: Date;
  readonly lanes: readonly DrawnLane[];
}): Markup {
  const { name, title, from, to, lanes } = picture;
  const height = lanes.length * LANE_HEIGHT + AXIS_HEIGHT;
  return html`<svg role="img" aria-labelledby="${name}-title ${name}-what" width="100%" height="${height}">
<title id="${name}-title">${title}</title>
<desc id="${name}-what">${lanes.map(({ text }) => text).join(' ')}</desc>
<defs><path id="${name}-endorsed" class="mark endorsed" d="M0 0h0"/><path id="${name}-deprecated" class="mark deprecated" d="M-5-5l10 10m0-10l-10 10"/></defs>
${axis(from, to, height)}
${lanes.map((lane, place) => laneGroup(name, lane, place * LANE_HEIGHT))}
</svg>`;
}

function laneGroup(name: string, lane: DrawnLane, top: number): Markup {
  const middle = top + 32;
  return html`<g><title>${lane.text}</title>
<text x="${MARGIN}%" y="${top + 16}">${toShortText(lane.label, 48)}</text>
<line class="line" x1="${MARGIN}%" x2="${100 - MARGIN}%" y1="${middle}" y2="${middle}"/>
${lane.stretches.map(
  ({ kind, from, to }) =>
    html`<rect class="bar ${kind}" x="${toPercent(from)}%" width="${toWidth(to - from)}%" y="${middle - 6}" height="12"/>`,
)}${lane.marks.map(({ kind, at }) => html`<use href="#${name}-${kind}" x="${toPercent(at)}%" y="${middle}"/>`)}</g>
`;
}

/** First and last moment of the picture, and some between. */
function axis(from: Date, to: Date, height: number): Markup {
  const base = height - AXIS_HEIGHT + 4;
  return html`<g class="axis">${toAxisLabels(from, to).map(({ at, text }) => {
    const anchor = at === 0 ? 'start' : at === 1 ? 'end' : 'middle';
    return html`<line x1="${toPercent(at)}%" x2="${toPercent(at)}%" y1="0" y2="${base}"/><text x="${toPercent(at)}%" y="${base + 18}" text-anchor="${anchor}">${text}</text>`;
  })}</g>`;
}

function toPercent(part: number): string {
  return (MARGIN + part * (100 - 2 * MARGIN)).toFixed(1);
}

function toWidth(part: number): string {
  return (part * (100 - 2 * MARGIN)).toFixed(1);
}

function toLaneText(lane: Lane): string {
  const said = [
    ...(lane.endorsements === 0 ? [] : [toCount(lane.endorsements, 'endorsement', 'endorsements')]),
    ...(lane.deprecations === 0 ? [] : [toCount(lane.deprecations, 'deprecation', 'deprecations')]),
  ].join(' and ');
  const [first, last] = [lane.firstAt, lane.lastAt].map((at) => at.toISOString().slice(0, 10));
  const when = first === last ? `on ${first}` : `from ${first} to ${last}`;
  return `${toShortText(lane.email, 80)}: ${said} ${when}, now ${lane.standing}.`;
}

function laneTable(face: Face, lanes: readonly Lane[]): Markup {
  const now = face.asOf === undefined ? 'Stands now' : 'Stood then';
  return table(
    'Who vouched for the image when, by endorser',
    ['Endorser', 'First signed', 'Last signed', 'Endorsements', 'Deprecations', now].map(
      (name) => html`<th scope="col">${name}</th>`,
    ),
    lanes.map(
      (lane) => html`<tr>
<td>${endorserLink(face, lane.email)}${lane.isSharedAddress ? html` <span class="quiet small">one of several certificates with this address</span>` : ''}</td>
<td data-label="First signed" class="time">${day(lane.firstAt)}</td>
<td data-label="Last signed" class="time">${day(lane.lastAt)}</td>
<td data-label="Endorsements">${lane.endorsements}</td>
<td data-label="Deprecations">${lane.deprecations}</td>
<td data-label="${now}">${badge(lane.standing)}</td>
</tr>`,
    ),
    'cards',
  );
}
