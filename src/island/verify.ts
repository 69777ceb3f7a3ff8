/*
 * "Verify in this browser" on the page of an entry. Nothing of the verification is loaded before the visitor asks for it.
 */
import type { DocumentReport, DocumentRequest } from '../browser/verify-document.ts';
import { add } from './page/element.ts';
import { loadDocument } from './page/load-document.ts';
import { WorkerLine } from './page/worker-line.ts';

const MOST_BYTES = 16_777_216;

const place = document.querySelector<HTMLElement>('[data-verify]');
if (place !== null) offer(place);

/** The button, a place for the visitor's own anchors, and where the answer is said. */
function offer(place: HTMLElement): void {
  const button = add(place, 'button', 'Verify in this browser');
  button.type = 'button';
  const label = add(place, 'label', 'Certificates of authorities you believe (PEM), optional ');
  const anchors = add(label, 'input');
  anchors.type = 'file';
  anchors.accept = '.pem,.crt,.cer,.der';
  const answer = add(place, 'div');
  answer.setAttribute('role', 'status');
  button.addEventListener('click', async () => {
    button.disabled = true;
    answer.replaceChildren();
    add(answer, 'p', 'Verifying …');
    try {
      const file = anchors.files?.[0];
      if (file !== undefined && file.size > MOST_BYTES) throw new Error('The file of certificates is too large.');
      const request: DocumentRequest = {
        bytes: await loadDocument(place.dataset.verify ?? ''),
        profile: place.dataset.profile === 'legacy' ? 'legacy' : 'current',
        at: new Date(),
        ...(file === undefined ? {} : { anchors: new Uint8Array(await file.arrayBuffer()) }),
      };
      const report = await verify(request, place.dataset.worker ?? '');
      show(answer, report, place.dataset);
    } catch (thrown) {
      answer.replaceChildren();
      const why = thrown instanceof Error ? thrown.message : 'unknown';
      const note = add(answer, 'div');
      note.className = 'note bad';
      add(note, 'p', `Nothing could be verified: ${why}`);
    } finally {
      button.disabled = false;
    }
  });
}

/** Asks a worker of its own, which ends with the answer. */
async function verify(request: DocumentRequest, worker: string): Promise<DocumentReport> {
  const line = new WorkerLine<DocumentRequest, DocumentReport>(worker);
  try {
    return await line.ask(request);
  } finally {
    line.end();
  }
}

/** Says the verdict, what it rests on, and what it does not prove. */
function show(answer: HTMLElement, report: DocumentReport, expected: DOMStringMap): void {
  const { words, path, anchors } = report;
  const isThisOne =
    words !== null &&
    words.identifier === expected.identifier &&
    words.email === expected.email &&
    words.createdAt.toISOString() === expected.created &&
    report.documentSha256 === expected.sha256;
  const isGood = report.isValid && isThisOne;
  answer.replaceChildren();
  const note = add(answer, 'div');
  note.className = `note ${!isGood ? 'bad' : anchors.length > 0 ? 'good' : 'care'}`;
  add(add(note, 'p'), 'strong', toSentence(report, isThisOne));
  if (report.isValid && words !== null) {
    add(note, 'p', `Signed by the words of the document: ${words.email}, ${words.createdAt.toISOString()}.`);
  }
  if (path.length > 0) add(note, 'p', `Certificate path, signer first: ${path.join(' ← ')}`);
  for (const { name, sha256 } of anchors) add(note, 'p', `Believed because you chose it: ${name}, SHA-256 ${sha256}`);
  for (const warning of report.warnings) add(note, 'p', warning);
  const list = add(note, 'ul');
  for (const { message, code, where } of report.findings) {
    const line = where?.line === undefined ? '' : ` (line ${where.line})`;
    add(list, 'li', `${message}${line} [${code}]`);
  }
  if (report.findings.length === 0) list.remove();
  add(note, 'p', toLimits(anchors.length > 0));
}

function toSentence({ isValid, anchors }: DocumentReport, isThisOne: boolean): string {
  if (!isValid) return 'Refused: the document the server sends does not verify.';
  if (!isThisOne) return 'Refused: the document verifies, but it is not the entry this page tells of.';
  return anchors.length > 0
    ? 'Verified in this browser: form, signature, times and certificate path hold.'
    : 'Form, signature and times hold. Who signed is not proven: choose the certificates you believe.';
}

function toLimits(isPathJudged: boolean): string {
  const path = isPathJudged ? 'whether a certificate was revoked' : 'whether an authority vouches for the signer';
  return `Not proven here: ${path}, and that the entry stands in the log; the receipt proves that. The script itself comes from this server; vouch verify does the same from your own disk.`;
}
