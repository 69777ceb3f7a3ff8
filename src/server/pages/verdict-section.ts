import { html } from 'hono/html';
import type { CatalogEntry } from '../../catalog/catalog.ts';
import type { Certificate, PublicKey } from '../../x509/certificate.ts';
import { writeName } from '../../x509/name.ts';
import type { EntryBasis } from '../entry-basis.ts';
import type { Face } from '../face.ts';
import { toShortText } from '../visible-text.ts';
import { blobHref, day, moment } from './entry-words.ts';
import { type Markup, table, written } from './markup.ts';

/** Characters of a name in the path; the whole of it is in the certificate, which the path links. */
const LONGEST_NAME = 200;

/** One check that an entry passed on arrival: what was asked, how it came out, and what the answer rests on. */
interface Check {
  readonly name: string;
  readonly question: string;
  /** `open` where nobody could answer, and the entry was taken all the same. */
  readonly result: 'holds' | 'open';
  readonly basis: Markup;
}

/** Every check of an accepted entry with its result, and the certificate path as a picture. */
export function verdictSection(face: Face, entry: CatalogEntry, basis: EntryBasis, at: Date): Markup {
  const checks = toChecks(face, entry, basis);
  const when = basis.judgedAt === undefined ? 'on arrival' : html`on ${moment(basis.judgedAt)}`;
  return html`<p>An entry with a single error is not taken in. This one was checked ${when}${
    basis.rules === undefined ? '' : html`, by the rules of version ${written(basis.rules)}`
  }:</p>
${table(
  'Checks, their results, and what they rest on',
  ['Check', 'What was asked', 'Result', 'What it rests on'].map((name) => html`<th scope="col">${name}</th>`),
  checks.map(
    ({ name, question, result, basis: rest }) => html`<tr>
<td>${name}</td><td data-label="What was asked">${question}</td>
<td data-label="Result"><span class="${result}">${result === 'holds' ? 'holds' : 'not known'}</span></td>
<td data-label="What it rests on">${rest}</td>
</tr>`,
  ),
  'cards',
)}
${certificatePath(face, entry, basis, at)}`;
}

function toChecks(face: Face, entry: CatalogEntry, basis: EntryBasis): Check[] {
  return [
    {
      name: 'Form',
      question: 'Is it written as an entry must be, and does what it says fit together?',
      result: 'holds',
      basis: html`${entry.isImported ? 'The rules of the original marketplace' : 'The schema and the rules of this registry'}`,
    },
    {
      name: 'Signature',
      question: 'Are these the bytes that were signed?',
      result: 'holds',
      basis: html`<code>${entry.signatureAlgorithm}</code>, by the key of the certificate
<code>${entry.signerSha256.slice(0, 16)}…</code>`,
    },
    pathCheck(face, entry, basis),
    addressCheck(basis),
    {
      name: 'Time',
      question: 'Was it signed while it could be, and not dated ahead?',
      result: 'holds',
      basis: html`Signed ${moment(entry.createdAt)} by the endorser’s clock, taken in ${moment(entry.acceptedAt)} by the registry’s`,
    },
  ];
}

function pathCheck(face: Face, entry: CatalogEntry, { trustMode, trustDigest, revocationLists }: EntryBasis): Check {
  const name = 'Certificate';
  const question = 'Does somebody who is believed here vouch for the signer?';
  const snapshot =
    trustDigest === undefined
      ? ''
      : html` <a href="${blobHref(face, entry, trustDigest)}">What was believed then</a> stands in the log.`;
  const lists = html`${revocationLists.map(
    ({ issuer, number, thisUpdate }) =>
      html` Revocation list${number === undefined ? '' : html` ${written(number)}`} of ${written(issuer)}${
        thisUpdate === undefined ? '' : html`, made ${day(thisUpdate)}`
      }.`,
  )}`;
  const noList =
    revocationLists.length === 0 && trustMode === 'anchors' ? ' No revocation list was there to be looked at.' : '';
  switch (trustMode) {
    case 'anchors':
      return {
        ...{ name, question, result: 'holds' },
        basis: html`A path to an authority the operator believes, drawn below.${snapshot}${lists}${noList}`,
      };
    case 'pinned':
      return {
        ...{ name, question, result: 'holds' },
        basis: html`The operator lists this very certificate.${snapshot}`,
      };
    case 'manifest':
      return {
        ...{ name, question, result: 'open' },
        basis: html`The operator signed that this document stood in the older marketplace; nobody judged its signer anew.`,
      };
    case 'open':
    case 'any':
      return {
        ...{ name, question, result: 'open' },
        basis: html`Nobody vouches for the signer: the registry took any certificate then. It is the same key each time, no more.`,
      };
    default:
      return { name, question, result: 'open', basis: html`The registry kept no evidence of it.` };
  }
}

function addressCheck({ address, confirmedAt, trustMode }: EntryBasis): Check {
  const name = 'Endorser';
  const question = 'Is the person it names the one who signed?';
  switch (address) {
    case 'certificate':
      return { name, question, result: 'holds', basis: html`Name and e-mail address are those in the certificate` };
    case 'operator':
      return {
        ...{ name, question, result: 'holds' },
        basis: html`The name is the one in the certificate; the operator says that the e-mail address belongs to it`,
      };
    case 'confirmed':
      return {
        ...{ name, question, result: 'holds' },
        basis: html`The name is the one in the certificate; the owner of the e-mail address confirmed
${confirmedAt === undefined ? 'by mail' : html`by mail on ${moment(confirmedAt)}`} to be the signer. Only the registry can say so`,
      };
    default:
      return {
        ...{ name, question, result: trustMode === undefined || trustMode === 'manifest' ? 'open' : 'holds' },
        basis: html`The name is the one in the certificate; nothing says whose e-mail address it is`,
      };
  }
}

/** Who vouches for whom, from the authority down to the document. */
function certificatePath(face: Face, entry: CatalogEntry, { path, trustMode }: EntryBasis, at: Date): Markup {
  if (path.length === 0) return html``;
  const last = path.length - 1;
  const boxes = path
    .map(({ sha256, certificate }, place) => {
      const role =
        place === last && trustMode === 'anchors'
          ? 'Authority that the operator believes'
          : place === 0
            ? 'Signer'
            : 'Authority in between';
      return html`<li${place === last ? '' : html` data-by="vouches for"`}><span class="role">${role}</span>
${certificate === undefined ? html`<strong>A certificate that cannot be shown here</strong>` : certificateFacts(certificate, at)}
<p class="small quiet">SHA-256 <a href="${blobHref(face, entry, sha256)}"><code>${sha256}</code></a></p></li>`;
    })
    .reverse();
  return html`<h3 class="plain-heading">The path of certificates</h3>
<ol class="path">${boxes}
<li class="end" data-by="signed"><span class="role">This entry</span>
<strong>What ${written(entry.email)} says about image <code>${entry.identifier}</code></strong></li></ol>`;
}

function certificateFacts(certificate: Certificate, at: Date): Markup {
  const { notBefore, notAfter, publicKey } = certificate;
  const isOver = notAfter.getTime() < at.getTime();
  const name = toShortText(writeName(certificate.subject) || `serial ${certificate.serial}`, LONGEST_NAME);
  return html`<strong><bdi>${name}</bdi></strong>
<p class="small">${toKeyText(publicKey)}, valid from ${day(notBefore)} to ${day(notAfter)}${
    isOver ? html` <span class="status expired">expired since</span>` : ''
  }</p>`;
}

function toKeyText(key: PublicKey): string {
  switch (key.kind) {
    case 'rsa':
      return `RSA key of ${key.bits} bits`;
    case 'ec':
      return `Elliptic curve key, ${key.curve}`;
    case 'ed25519':
      return 'Ed25519 key';
    case 'unsupported':
      return 'A key of another kind';
  }
}
