import { html } from 'hono/html';
import type { Answer } from '../../confirm/confirmation.ts';
import type { Ending, Pending } from '../../confirm/pending.ts';
import type { Finding } from '../../errors.ts';
import type { Face } from '../face.ts';
import { moment } from './entry-words.ts';
import { findingTable } from './finding-table.ts';
import { layout } from './layout.ts';
import { facts, type Markup, written } from './markup.ts';

const ANSWERS = {
  confirm: {
    title: 'Confirm an entry',
    lead: 'If the statement below is yours, confirm it: it becomes part of a log that only grows, and everybody sees it.',
    button: 'Confirm: this is my statement',
  },
  reject: {
    title: 'Reject an entry',
    lead: 'If the statement below is not yours, or you have changed your mind, reject it: it is dropped, and nobody sees it.',
    button: 'Reject: drop this statement',
  },
  report: {
    title: 'Report abuse',
    lead: 'If somebody uses your address without your consent, report it: the statement is dropped, the operator is told, and the registry does not write to you for 30 days.',
    button: 'Report: I did not ask for this',
  },
} as const satisfies Record<Answer, { title: string; lead: string; button: string }>;

/** What a link of the mail leads to: what it is about, and one button. Looking at it, as mail scanners do, changes nothing. */
export function askPage(face: Face, pending: Pending, answer: Answer): Markup {
  const { title, lead, button } = ANSWERS[answer];
  return layout(
    face,
    { title },
    html`<h1>${title}</h1>
<p class="lead">${lead}</p>
${statementFacts(pending)}
<form class="search" method="post"><button>${button}</button></form>
<p class="quiet small">The links of this mail work once, until ${moment(new Date(pending.expiresAt))}.</p>`,
  );
}

const ENDINGS = {
  accepted: ['good', 'Confirmed', 'The entry was confirmed and accepted.'],
  refused: ['bad', 'Confirmed, but refused', 'The address is confirmed; the entry itself is no longer acceptable:'],
  rejected: ['care', 'Rejected', 'The entry was rejected and dropped.'],
  reported: ['care', 'Reported', 'The entry was reported and dropped; the operator of the registry is told.'],
  expired: [
    'care',
    'Too late',
    'The entry was not confirmed in time and was dropped. Its endorser may upload it again.',
  ],
  undeliverable: ['bad', 'Not delivered', 'The mail could not be delivered to the address, and the entry was dropped.'],
} as const satisfies Record<Ending, readonly [tone: string, title: string, sentence: string]>;

/** What became of a submission whose link was used, or has run out. */
export function answeredPage(face: Face, { state, path, findings = [], expiresAt }: Pending): Markup {
  if (state === 'waiting' || state === 'confirmed') return unconfirmedPage(face, expiresAt);
  return endingPage(face, state, findings, path);
}

/** How a submission ended that waited for its endorser. */
export function endingPage(face: Face, ending: Ending, findings: readonly Finding[], path?: string): Markup {
  const [tone, title, sentence] = ENDINGS[ending];
  return layout(
    face,
    { title, section: '/upload' },
    html`<h1>${title}</h1>
<div class="note ${tone}"><p><strong>${sentence}</strong> ${path === undefined ? '' : html`<a href="${face.href(path)}">See the entry</a>`}</p></div>
${findings.length === 0 ? '' : findingTable(face, 'What was found', findings)}`,
  );
}

/** For whoever handed it in. */
export function unconfirmedPage(face: Face, expiresAt: string): Markup {
  return layout(
    face,
    { title: 'Waiting for confirmation', section: '/upload' },
    html`<h1>Waiting for confirmation</h1>
<div class="note care"><p><strong>The entry waits for its endorser.</strong> A mail went, or goes, to the address it names, with a link to confirm it.
Load this page again to see what became of it.</p></div>
${facts([['Can be confirmed until', moment(new Date(expiresAt))]])}`,
  );
}

function statementFacts(pending: Pending): Markup {
  return facts([
    ['What', pending.isDeprecation ? 'withdraws an image' : 'endorses an image'],
    ['Title', pending.title === '' ? undefined : written(pending.title)],
    ['Image', html`<code>${pending.identifier}</code>`],
    ['Signed', moment(new Date(pending.signedAt))],
    ['Address', written(pending.email)],
    ['Subject', written(pending.subject)],
    ['Issuer', written(pending.issuer)],
    ['Certificate', html`SHA-256 <code>${pending.signerSha256}</code>`],
  ]);
}
