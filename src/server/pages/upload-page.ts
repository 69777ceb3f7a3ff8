import { html } from 'hono/html';
import type { Face } from '../face.ts';
import { findIsland } from '../island.ts';
import type { Problem } from '../problem.ts';
import type { TakenReceipt } from '../submission-receipt.ts';
import { moment, toShortSize } from './entry-words.ts';
import { findingTable } from './finding-table.ts';
import { layout } from './layout.ts';
import { logNote } from './log-section.ts';
import { facts, type Markup, toCount, written } from './markup.ts';
import { TOOL_STYLE_ASSET } from './tool-style.ts';

/** The page that takes signed entries from a browser. */
export function uploadPage(face: Face): Markup {
  return layout(
    face,
    {
      ...{ title: 'Upload', section: '/upload' },
      ...(face.registry.isReadOnly ? {} : { islands: ['upload'], styles: [TOOL_STYLE_ASSET] }),
    },
    html`<h1>Upload a signed entry</h1>
${
  face.registry.isReadOnly
    ? readOnlyNote(face)
    : html`<p class="lead">The registry verifies the file at once. A valid entry is listed; of a refused one nothing is kept, and you see all that is
wrong with it, not only the first fault.</p>
${uploadForm(
  face,
  html` data-upload data-worker="${face.href(findIsland('verify-worker').path)}"
data-limit="${face.registry.documentBytesLimit}" data-base="${face.registry.baseUrl}" data-root="${face.href('')}"`,
)}
<h2>How to make one</h2>
<p><a href="${face.href('/endorse')}">Describe and sign an image in this browser</a>, or on the command line:</p>
<pre tabindex="0" aria-label="Commands"><code>vouch describe image.qcow2 --os debian \\
  --location https://… -o draft.xml
vouch sign draft.xml --cert usercert.pem \\
  --key userkey.pem -o entry.xml</code></pre>
<p>Then choose <code>entry.xml</code> above, or send it from the command line, in either way:</p>
<pre tabindex="0" aria-label="Commands"><code>vouch upload entry.xml \\
  --to ${face.registry.baseUrl}
curl -H 'Content-Type: application/rdf+xml' \\
  --data-binary @entry.xml \\
  ${face.registry.baseUrl}/metadata</code></pre>`
}`,
  );
}

/** What is said where no entries are taken. */
export function readOnlyNote({ registry }: Face): Markup {
  if (registry.mirrored === undefined) {
    return html`<div class="note care"><p><strong>This registry is read-only</strong> and takes no entries.</p></div>`;
  }
  const { writerUrl } = registry.mirrored;
  return html`<div class="note care"><p><strong>This is a mirror</strong> and takes no entries. Upload to
<a href="${writerUrl}/upload">${writerUrl}</a>; what is accepted there comes here by itself.</p></div>`;
}

/** The form; `marks` is what its script reads, and only the upload page has one. */
function uploadForm(face: Face, marks: Markup | '' = ''): Markup {
  return html`<form class="search" action="${face.href('/metadata')}" method="post" enctype="multipart/form-data"${marks}>
<label class="grow">Signed entries: XML files of at most ${toShortSize(face.registry.documentBytesLimit)} each
<input type="file" name="entry" accept=".xml,application/rdf+xml,application/xml,text/xml" multiple required></label>
<button>Upload</button>
</form>`;
}

/** What became of an upload from a browser: receipts, refusals with all findings, and the form to try again. */
export function submissionPage(face: Face, receipts: readonly TakenReceipt[], refusal: Problem | undefined): Markup {
  const isWaiting = receipts.some(({ outcome }) => outcome === 'unconfirmed');
  const taken = isWaiting ? 'Waiting for confirmation' : 'Accepted';
  const title = refusal === undefined ? taken : receipts.length === 0 ? 'Refused' : 'Partly refused';
  return layout(
    face,
    { title, section: '/upload' },
    html`<h1>${title}</h1>
${refusal === undefined ? '' : refusalNote(face, refusal)}
${receipts.map((receipt) => receiptNote(face, receipt))}
<h2>${refusal === undefined ? 'Upload another' : 'Try again'}</h2>
${uploadForm(face)}`,
  );
}

function refusalNote(face: Face, refusal: Problem): Markup {
  const findings = refusal.findings ?? [];
  return html`<div class="note bad"><p><strong>${refusal.title}.</strong> ${
    findings.length === 0 ? refusal.detail : 'Nothing of the refused file was kept. All that was found in it:'
  }</p></div>
${findings.length === 0 ? '' : findingTable(face, toCount(findings.length, 'finding', 'findings'), findings)}`;
}

function receiptNote(face: Face, receipt: TakenReceipt): Markup {
  if (receipt.outcome === 'unconfirmed') {
    return html`<div class="note care"><p><strong>The entry waits for its endorser.</strong> It is valid and kept, and nobody sees it yet: a mail
goes to the address it names, with a link to confirm it. <a href="${receipt.status}">See how it stands</a></p></div>
${facts([
  ['File', receipt.file === undefined ? undefined : written(receipt.file)],
  ['Can be confirmed until', moment(new Date(receipt.expiresAt))],
])}
${receipt.findings.length === 0 ? '' : findingTable(face, 'Worth knowing', receipt.findings)}`;
  }
  if (receipt.outcome === 'pending') {
    return html`<div class="note care"><p><strong>The entry was accepted, and waits for the witnesses of the log.</strong>
It is safe, and is shown as soon as they have seen it; nothing need be done for that.
<a href="${receipt.status}">See how it stands</a></p></div>
${receipt.findings.length === 0 ? '' : findingTable(face, 'Worth knowing', receipt.findings)}`;
  }
  return html`<div class="note good"><p><strong>${
    receipt.outcome === 'accepted' ? 'The entry was accepted.' : 'Exactly these bytes were accepted before.'
  }</strong> <a href="${face.href(receipt.path)}">See the entry</a></p></div>
${logNote(face, receipt.index)}
${facts([
  ['File', receipt.file === undefined ? undefined : written(receipt.file)],
  ['Location', html`<code>${receipt.location}</code>`],
  ['Covered by the checkpoint of', toCount(receipt.size, 'record', 'records')],
])}
${receipt.findings.length === 0 ? '' : findingTable(face, 'Worth knowing', receipt.findings)}
<details><summary>Signed checkpoint of the log</summary><pre tabindex="0" aria-label="Checkpoint">${receipt.checkpoint}</pre></details>`;
}
