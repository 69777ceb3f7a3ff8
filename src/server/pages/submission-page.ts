import { html } from 'hono/html';
import type { Face } from '../face.ts';
import type { SubmissionStatus } from '../routes/submissions.ts';
import { endingPage, unconfirmedPage } from './confirmation-page.ts';
import { layout } from './layout.ts';
import { facts, type Markup } from './markup.ts';

/** How one submitted document stands. */
export function submissionStatusPage(face: Face, found: SubmissionStatus): Markup {
  if ('findings' in found) return endingPage(face, found.status, found.findings);
  if (found.status === 'unconfirmed') return unconfirmedPage(face, found.expiresAt);
  const isRecorded = found.status === 'recorded';
  return layout(
    face,
    { title: isRecorded ? 'Recorded' : 'Pending', section: '/upload' },
    html`<h1>${isRecorded ? 'Recorded' : 'Pending'}</h1>
${
  isRecorded
    ? html`<div class="note good"><p><strong>The entry is in the log, and shown.</strong> <a href="${found.location}">See the entry</a></p></div>`
    : html`<div class="note care"><p><strong>The entry waits for the witnesses of the log.</strong> It is safe. It is shown as soon as
they have seen it, and nothing need be done for that: look here again in a moment.</p></div>`
}
${facts([
  ['Document (SHA-256)', html`<code>${found.document}</code>`],
  ['Log number', found.index],
  ['Receipt', isRecorded ? html`<a href="${found.receipt}">proof of its place in the log</a>` : undefined],
])}`,
  );
}
