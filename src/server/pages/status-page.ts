import { html } from 'hono/html';
import type { Following } from '../../registry/follow-log.ts';
import type { TrustStanding } from '../../registry/standing.ts';
import type { Face } from '../face.ts';
import type { RegistryStatus, SeenBy } from '../registry-status.ts';
import { age, toAgeText } from './age.ts';
import { moment } from './entry-words.ts';
import { layout } from './layout.ts';
import { facts, type Markup, several, toCount } from './markup.ts';

/** How the registry stands: whether readers get what the log says, and what they can hold it to. */
export function statusPage(face: Face, status: RegistryStatus, at: Date): Markup {
  const { log, followers, lags, trust, mirror } = status;
  return layout(
    face,
    { title: 'Status', section: '/status', alternates: [['application/json', '?format=json']] },
    html`<h1>Status</h1>
${summary(status)}
<div class="panels">
<section><h2>This registry</h2>
${facts([
  ['Name', html`<bdi>${status.title}</bdi>`],
  ['Address', html`<a href="${face.href('/')}">${status.baseUrl}</a>`],
  ['Uploads', status.uploads === 'taken' ? html`taken` : html`refused. ${status.whyRefused}`],
  ['Program', html`Vouch ${status.version}`],
])}</section>
<section><h2>Readers</h2>
${facts([
  ['Lists', follower(followers.catalog, lags.catalog ?? 0)],
  ['SPARQL', follower(followers.sparql, lags.sparql ?? 0)],
  [
    'Lists with the entries of others',
    followers.shown === undefined
      ? undefined
      : html`${follower(followers.shown, lags.shown ?? 0)} <a href="${face.href('/origins')}">Whose they are</a>`,
  ],
])}
<p class="small quiet">Both take in the log by themselves and can be made anew from it; until they have all of it, their answers are old.</p></section>
<section class="broad"><h2>Log</h2>
${facts([
  ['Records', html`${log.size.toLocaleString('en-GB')}`],
  ['Last one', log.lastAt === undefined ? html`none yet` : age(log.lastAt, at)],
  ['Origin', html`<code>${log.origin}</code>`],
  [
    'Checkpoint',
    html`<a href="${face.href('/log/checkpoint')}">of ${toCount(log.checkpoint.size, 'record', 'records')}</a>`,
  ],
  ['Root hash', html`<code>${log.checkpoint.rootHex}</code>`],
  ['Public key', html`<code>${log.key}</code>`],
  [
    'Witnesses',
    several(log.checkpoint.seenBy.map((one) => witness(one, at))) ?? html`No witness signed this checkpoint.`,
  ],
])}
<p class="small quiet">Every record is covered by a signed checkpoint, so that nothing can be changed or taken away unseen. Keep one and
<code>vouch log monitor</code> will hold the registry to it.</p></section>
${trust === undefined ? '' : trustSection(face, trust, at)}
${mirror === undefined ? '' : mirrorSection(mirror, at)}
</div>
<p class="quiet small">Also as <a href="?format=json">JSON</a>. Programs that only ask whether to send readers here take
<a href="${face.href('/health/ready')}">/health/ready</a>.</p>`,
  );
}

function summary({ state, reasons }: RegistryStatus): Markup {
  if (state === 'ready') {
    return html`<div class="note good"><p><strong>Everything is in order.</strong> What is shown here is what the log says.</p></div>`;
  }
  const words =
    state === 'degraded'
      ? html`<strong>What is shown here is what the log says,</strong> and something needs the operator:`
      : html`<strong>Answers are older than the log:</strong>`;
  return html`<div class="note care"><p>${words}</p><ul class="plain">${reasons.map(({ message }) => html`<li>${message}</li>`)}</ul></div>`;
}

function follower(position: number, lag: number): Markup {
  const size = position + lag;
  if (lag <= 0) return html`<span class="status valid">up to date</span>`;
  return html`<span class="status expired">${toCount(lag, 'record', 'records')} behind</span> <meter min="0" max="${size}" value="${position}">${position} of ${size}</meter>`;
}

function witness({ name, at: seenAt }: SeenBy, at: Date): Markup {
  return html`<code>${name}</code>${seenAt === undefined ? '' : html`, ${toAgeText(seenAt, at)} <span class="quiet small">${moment(seenAt)}</span>`}`;
}

function trustSection(face: Face, trust: TrustStanding, at: Date): Markup {
  const lists =
    trust.lists === 0
      ? html`none held`
      : html`${trust.lists.toLocaleString('en-GB')} held${trust.overdueLists === 0 ? '' : html`, <span class="status expired">${trust.overdueLists} out of time</span>`}`;
  return html`<section class="broad"><h2>Trust</h2>
${facts([
  ['Settings read', age(trust.readAt, at)],
  [
    'State',
    trust.isFailing
      ? html`<span class="status expired">last reading failed</span> What was read before stays in force.`
      : html`<span class="status valid">in force</span>`,
  ],
  ['Revocation lists', lists],
  ['Next list due', trust.nextListDue === undefined ? undefined : moment(trust.nextListDue)],
  ['Snapshot', html`<a href="${face.href(`/log/blob/${trust.digest}`)}"><code>${trust.digest}</code></a>`],
])}
<p class="small quiet">The snapshot says which authorities and lists count now. Each change of it is a record of the log.</p></section>`;
}

const MIRROR_WORDS: Readonly<Record<Following['state'], Markup>> = {
  following: html`<span class="status valid">following</span>`,
  'catching-up': html`<span class="status expired">catching up</span>`,
  waiting: html`<span class="status expired">waiting</span> It tries again by itself.`,
  forked: html`<span class="status deprecated">forked</span> The log told two histories; this copy keeps the one it saw first.`,
  stopped: html`<span class="status deprecated">stopped</span> This copy cannot be written.`,
};

function mirrorSection(mirror: Following, at: Date): Markup {
  return html`<section class="broad"><h2>The registry it copies</h2>
${facts([
  ['Source', html`${mirror.source}`],
  ['State', MIRROR_WORDS[mirror.state]],
  [
    'Records here',
    html`${mirror.size.toLocaleString('en-GB')}${mirror.targetSize === undefined ? '' : ` of ${mirror.targetSize.toLocaleString('en-GB')}`}`,
  ],
  ['Found in order', mirror.checkedAt === undefined ? undefined : age(mirror.checkedAt, at)],
  [
    'Problem',
    mirror.problem === undefined ? undefined : html`${mirror.problem.message} (since ${moment(mirror.problem.since)})`,
  ],
])}</section>`;
}
