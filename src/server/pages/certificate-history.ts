import { html } from 'hono/html';
import { writeName } from '../../x509/name.ts';
import type { UsedCertificate } from '../endorser-certificate.ts';
import type { Face } from '../face.ts';
import { toShortText } from '../visible-text.ts';
import { day } from './entry-words.ts';
import { type Markup, table, toCount, written } from './markup.ts';
import { type DrawnLane, lanesPicture } from './timeline-picture.ts';

const PLACES = 120;
const SHORTEST_MS = 86_400_000;

/** The certificates an endorser signed with: how long each counts, when it was used, and by whom it was issued. */
export function certificateHistory(face: Face, used: readonly UsedCertificate[], at: Date): Markup {
  const known = used.filter(({ certificate }) => certificate !== undefined);
  return html`${known.length === 0 ? '' : picture(known, at)}
${table(
  'Certificates, the one used last first',
  ['Certificate', 'Issued by', 'Counts from', 'Counts until', 'Used'].map((name) => html`<th scope="col">${name}</th>`),
  used.map((one) => row(face, one, at)),
  'cards',
)}`;
}

function row(face: Face, { sha256, certificate, usedAt }: UsedCertificate, at: Date): Markup {
  const digest = html`<code>${sha256.slice(0, 16)}…</code>`;
  const times = toCount(usedAt.length, 'time', 'times');
  const use = html`${times}, last ${day(usedAt[0]!)}`;
  if (certificate === undefined) {
    return html`<tr><td>${digest} <span class="quiet small">not kept here</span></td><td></td><td></td><td></td><td data-label="Used">${use}</td></tr>`;
  }
  const isOver = certificate.notAfter.getTime() < at.getTime();
  return html`<tr>
<td>${written(writeName(certificate.subject))}
<div class="small"><a class="quiet" href="${face.href(`/log/blob/${sha256}`)}">SHA-256 ${digest}</a></div></td>
<td data-label="Issued by">${written(writeName(certificate.issuer))}</td>
<td data-label="Counts from" class="time">${day(certificate.notBefore)}</td>
<td data-label="Counts until" class="time">${day(certificate.notAfter)}${isOver ? html` <span class="status expired">expired</span>` : ''}</td>
<td data-label="Used">${use}</td>
</tr>`;
}

/** From the first certificate's beginning, or its first use, to now. */
function picture(used: readonly UsedCertificate[], at: Date): Markup {
  const begins = used.flatMap(({ certificate, usedAt }) => [certificate!.notBefore, usedAt.at(-1)!]);
  const toMs = at.getTime();
  const fromMs = Math.min(toMs - SHORTEST_MS, ...begins.map((begin) => begin.getTime()));
  const toPart = (time: Date) => {
    const part = (Math.min(toMs, Math.max(fromMs, time.getTime())) - fromMs) / (toMs - fromMs);
    return Math.round(part * PLACES) / PLACES;
  };
  const lanes = used.map(({ sha256, certificate, usedAt }): DrawnLane => {
    const { notBefore, notAfter, issuer } = certificate!;
    const [from, to] = [toPart(notBefore), toPart(notAfter)];
    const span = `${notBefore.toISOString().slice(0, 10)} to ${notAfter.toISOString().slice(0, 10)}`;
    const label = `${sha256.slice(0, 8)}… of ${toShortText(writeName(issuer), 60)}`;
    return {
      label,
      text: `${label}: counts from ${span}, used ${toCount(usedAt.length, 'time', 'times')}.`,
      stretches: to > from ? [{ kind: 'endorsed', from, to }] : [],
      marks: [...new Set(usedAt.map(toPart))].map((place) => ({ kind: 'endorsed', at: place })),
    };
  });
  return html`<figure>
${lanesPicture({ name: 'certificates', title: 'Which certificate counted when, and when it was used', from: new Date(fromMs), to: at, lanes })}
<figcaption class="quiet small">A bar is the time in which the certificate counts, a dot an entry signed with it.</figcaption>
</figure>`;
}
