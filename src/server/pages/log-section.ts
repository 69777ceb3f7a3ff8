import { html } from 'hono/html';
import type { CatalogEntry } from '../../catalog/catalog.ts';
import type { Face } from '../face.ts';
import { logOf } from '../shown.ts';
import { commandBlock } from './commands.ts';
import { blobHref, moment } from './entry-words.ts';
import { facts, type Markup, toCount } from './markup.ts';

/** How an entry stands in the log. */
export interface LogPlace {
  /** Number of records the log has. */
  readonly logSize: number;
  /** Public key of the log as text. */
  readonly logKey: string;
  /** The receipt, as text. */
  readonly receipt: string;
}

/** For people who have never heard of a transparency log: what it does for them, and what to keep. */
export function logNote(face: Face, index: number): Markup {
  return html`<div class="note good"><p><strong>Recorded as number ${index}</strong> of a list that only grows. Nobody, this registry included,
can change the entry or take it out unnoticed: <a href="${face.href(`/log/receipt/${index}`)}" type="text/plain">keep its receipt</a>, and you can
prove that it was there. <a href="${face.href('/docs/receipt')}">What a receipt proves</a>.</p></div>`;
}

/** The same of an entry that may be in the log of another registry, which gives the receipt it gave. */
function placeNote(face: Face, entry: CatalogEntry): Markup {
  const { followed } = logOf(face.registry, entry);
  if (followed === undefined) return logNote(face, entry.index);
  return html`<div class="note"><p><strong>Recorded as number ${entry.index}</strong> of the log <code>${followed.origin}</code>, which only grows:
<a href="${`${followed.url}/log/receipt/${entry.index}`}" type="text/plain">its receipt</a> is with that registry, the one below is of the copy here.
How fresh that is, is told <a href="${face.href('/origins')}">by origin</a>.</p></div>`;
}

/** Number, receipt and key, and how to check them without this page. */
export function logSection(face: Face, entry: CatalogEntry, place: LogPlace): Markup {
  const checkpoint = place.receipt.slice(place.receipt.indexOf('\n\n') + 2);
  const [, size = ''] = checkpoint.split('\n');
  const isNumber = /^\d+$/.test(size);
  return html`${placeNote(face, entry)}
${facts([
  ['Number', html`${entry.index}, counted from 0; the log has ${toCount(place.logSize, 'record', 'records')} now`],
  ['Taken in', moment(entry.acceptedAt)],
  ['How it came', entry.isImported ? 'imported from an older marketplace' : 'uploaded'],
  ['Place in the image’s history', entry.sequence],
  ['Signed for', isNumber ? html`when the log had ${toCount(Number(size), 'record', 'records')}` : undefined],
  [
    'Document',
    html`SHA-256 <a href="${blobHref(face, entry, entry.documentSha256)}"><code>${entry.documentSha256}</code></a>`,
  ],
  ['Key of the log', html`<code>${place.logKey}</code> <span class="quiet small">by this registry’s own word</span>`],
])}
<p>With receipt and document on your disk, this checks both, whatever becomes of this registry. Take the key from somebody you trust:</p>
${commandBlock(
  'command to check the receipt',
  `vouch log check record-${entry.index}.tlog-proof entry.xml --log-key '${place.logKey}'`,
)}
<details><summary>The receipt</summary><pre tabindex="0" aria-label="Receipt">${place.receipt}</pre></details>`;
}
