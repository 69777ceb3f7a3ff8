import { html } from 'hono/html';
import type { ShownOrigin } from '../../registry/overlay.ts';
import type { Face } from '../face.ts';
import { toMirrorPath } from '../shown.ts';
import { moment } from './entry-words.ts';
import { layout } from './layout.ts';
import { type Markup, table, toCount, written } from './markup.ts';
import { hostOf } from './origin-note.ts';

/** Whose entries are shown, and how the copy of each log stands to it. */
export function originsPage(face: Face, origins: readonly ShownOrigin[], fault: string | undefined): Markup {
  const columns = ['Registry', 'Log', 'Shown', 'State', 'Last in order'];
  return layout(
    face,
    { title: 'Origins', section: '/metadata', alternates: [['application/json', '?format=json']] },
    html`<h1>Origins</h1>
<p class="lead">Whose entries are shown here. Each log is the word of the registry that signs it; copies of the logs of others are verified
record by record, document by document.</p>
${fault === undefined ? '' : html`<div class="note care" role="alert"><p>${fault}</p></div>`}
${table(
  toCount(origins.length, 'log', 'logs'),
  columns.map((name) => html`<th scope="col">${name}</th>`),
  origins.map(
    ({ origin, url, learned, following }) => html`<tr>
<td><a href="${url}">${hostOf(url)}</a>${following === undefined ? html` <span class="quiet small">this registry</span>` : ''}</td>
<td data-label="Log"><a href="${face.href(`${following === undefined ? '/log' : toMirrorPath(origin)}/checkpoint`)}"><code>${written(origin)}</code></a></td>
<td data-label="Shown"><a href="${face.href(`/metadata?${new URLSearchParams({ origin, status: 'all' })}`)}">${toCount(learned, 'record', 'records')}</a></td>
<td data-label="State">${following === undefined ? 'own log' : toStateText(following)}</td>
<td data-label="Last in order">${following?.checkedAt === undefined ? (following === undefined ? '' : 'not yet') : moment(following.checkedAt)}</td>
</tr>`,
  ),
  'cards',
)}`,
  );
}

function toStateText(following: NonNullable<ShownOrigin['following']>): Markup {
  const { state, size, targetSize, problem } = following;
  const behind = Math.max(0, (targetSize ?? size) - size);
  const words = {
    following: 'in step',
    'catching-up': 'catching up',
    waiting: 'cannot be followed now',
    forked: 'told two histories: the first one is kept, nothing newer is taken, the proof is with the operator',
    stopped: 'its copy cannot be written',
  }[state];
  return html`${words}${behind === 0 ? '' : html`, ${toCount(behind, 'record', 'records')} behind`}${
    problem === undefined || state === 'forked'
      ? ''
      : html`<div class="small">${written(problem.message)} Since ${moment(problem.since)}.</div>`
  }`;
}
