import type { DocumentReport } from '../../browser/verify-document.ts';
import { toVisible } from '../../x509/certificate-label.ts';
import { add, addNote } from './element.ts';

/** What the visitor took for true when he asked, and what the page says of the entry. */
export interface AskedWith {
  readonly anchors: 'own' | 'offered' | 'none';
  readonly logKey: 'own' | 'offered' | 'none';
  /** Data of the page: which entry it tells of, and how the registry came to believe it. */
  readonly page: DOMStringMap;
}

/** Holds a path of the greatest depth, each name in it shortened by itself. */
const LONGEST_SENTENCE = 4_000;

type Result = 'holds' | 'open' | 'refused';

/** Says the verdict, each check with what it rests on, and what is not proven. */
export function showAnswer(answer: HTMLElement, report: DocumentReport, asked: AskedWith): void {
  const { page } = asked;
  const { words, log } = report;
  const isThisOne =
    words !== null &&
    words.identifier === page.identifier &&
    words.email === page.email &&
    words.createdAt.toISOString() === page.created &&
    report.documentSha256 === page.sha256;
  const isRefused = !report.isValid || !isThisOne || log?.isProven === false;
  const isOwn = asked.anchors === 'own' && asked.logKey !== 'offered';
  answer.replaceChildren();
  const tone = isRefused ? 'bad' : isOwn && report.address !== 'none' ? 'good' : 'care';
  const note = addNote(answer, tone, toSentence(report, isThisOne, asked));
  if (report.isValid && words !== null) {
    say(add(note, 'p'), `Signed by the words of the document: ${words.email}, ${words.createdAt.toISOString()}.`);
  }
  const checks = add(note, 'ul');
  checks.className = 'plain checks';
  const check = (result: Result, sentence: string) => {
    const line = add(checks, 'li');
    line.className = result;
    say(line, sentence);
  };
  if (report.isValid) {
    check('holds', 'Form, signature and times hold.');
    sayPath(check, report, asked);
    sayAddress(check, report, page);
  }
  sayLog(check, report, asked);
  for (const warning of report.warnings) check('open', warning);
  for (const { message, code, where, severity } of report.findings) {
    const line = where?.line === undefined ? '' : ` (line ${where.line})`;
    check(severity === 'warning' ? 'open' : 'refused', `${message}${line} [${code}]`);
  }
  add(note, 'p', toLimits(asked));
}

function say(parent: Element, sentence: string): void {
  add(parent, 'bdi', toVisible(sentence, LONGEST_SENTENCE));
}

function toSentence({ isValid, log }: DocumentReport, isThisOne: boolean, { anchors, logKey }: AskedWith): string {
  if (!isValid) return 'Refused: the document the server sends does not verify.';
  if (!isThisOne) return 'Refused: the document verifies, but it is not the entry this page tells of.';
  if (log?.isProven === false) return 'Refused: the document verifies, but its receipt does not.';
  const place = log === undefined ? '' : ', and it stands in the log';
  if (anchors === 'none') {
    return `Form, signature and times hold${place}. Who signed is not proven: choose the certificates you believe.`;
  }
  const proven = `Verified in this browser: form, signature, times and certificate path hold${place}.`;
  const isOffered = anchors === 'offered' || logKey === 'offered';
  return isOffered ? `${proven} Part of it rests on what this server itself offers.` : proven;
}

type Check = (result: Result, sentence: string) => void;

function sayPath(check: Check, { path, anchors }: DocumentReport, asked: AskedWith): void {
  if (asked.anchors === 'none') {
    const isOpen = asked.page.trust === 'open';
    const why = isOpen
      ? 'Nobody vouches for the signer: this registry took any certificate then, also one that somebody made for himself.'
      : 'The certificate path was not judged: no authority was chosen.';
    check('open', why);
    return;
  }
  const because = asked.anchors === 'own' ? 'Believed because you chose it' : 'Offered by this server, not by you';
  // a long name must not push those who vouch for it out of sight
  check('holds', `Certificate path, signer first: ${path.map((name) => toVisible(name)).join(' ← ')}`);
  for (const { name, sha256 } of anchors) {
    check(asked.anchors === 'own' ? 'holds' : 'open', `${because}: ${toVisible(name)}, SHA-256 ${sha256}`);
  }
}

/** A mail that somebody answered is known to the registry alone. */
function sayAddress(check: Check, { address }: DocumentReport, page: DOMStringMap): void {
  if (address === 'certificate') check('holds', 'The e-mail address is one the certificate vouches for.');
  if (address === undefined || address === 'certificate') return;
  const claim =
    page.address === 'confirmed'
      ? 'This registry says that its owner confirmed by mail to be the signer, which nobody else can prove.'
      : 'This registry’s operator may know; the certificate does not.';
  check('open', `Nothing in the certificate says whose e-mail address it is. ${claim}`);
}

function sayLog(check: Check, { log }: DocumentReport, { logKey }: AskedWith): void {
  if (log === undefined) check('open', 'The receipt was not looked at: no key of the log was chosen.');
  else if (log.isProven) {
    const signed = `which signed for it when it had ${log.size} records; taken in ${log.acceptedAt}`;
    check('holds', `Record ${log.index} of ${log.origin}, ${signed}.`);
    if (logKey !== 'offered') return;
    check('open', 'The key of the log is the one this server offers: compare it with one from somewhere else.');
  } else check('refused', `The receipt proves nothing: ${log.why}`);
}

function toLimits({ anchors, logKey }: AskedWith): string {
  const open = [
    anchors === 'none' ? 'whether an authority vouches for the signer' : 'whether a certificate was revoked',
    ...(logKey === 'none' ? ['that the entry stands in the log'] : ['that others are shown the same log']),
    'that no newer statement about the image exists',
  ];
  return `Not proven here: ${open.join(', ')}. The script itself comes from this server; vouch verify and vouch log check do the same from your own disk.`;
}
