import { html } from 'hono/html';
import { type EndorserSummary, type EntryPage, statusOf, type TagSummary } from '../../catalog/catalog.ts';
import type { EndorserActivity } from '../../catalog/endorser-activity.ts';
import type { UsedCertificate } from '../endorser-certificate.ts';
import type { Face } from '../face.ts';
import { activityFigure } from './activity-picture.ts';
import { certificateHistory } from './certificate-history.ts';
import { endorserTable } from './endorsers-page.ts';
import { ENTRY_STYLE_ASSET } from './entry-style.ts';
import { entryTable } from './entry-table.ts';
import { badge, day, entryHref, toEndorserPath, toEntryName, toTagPath } from './entry-words.ts';
import { layout, toJsonHref } from './layout.ts';
import { type Markup, table, toCount, written } from './markup.ts';

/** Tags that are shown; the others have a page. */
const TAGS = 20;
/** Certificate identities that are shown. */
const IDENTITIES = 20;

/** The page of one e-mail address: the certificate identities that use it, their tags and entries. */
export function endorserPage(
  face: Face,
  email: string,
  parts: {
    readonly identities: readonly EndorserSummary[];
    readonly tags: readonly TagSummary[];
    readonly activity: EndorserActivity;
    /** Of the newest entries. */
    readonly certificates: readonly UsedCertificate[];
    readonly page: EntryPage;
    readonly next: string | undefined;
    readonly at: Date;
  },
): Markup {
  return layout(
    face,
    {
      title: email,
      section: '/endorsers',
      feed: `${toEndorserPath(email)}/feed`,
      styles: [ENTRY_STYLE_ASSET],
      alternates: [['application/json', toJsonHref(face)]],
    },
    html`<h1>${written(email)}</h1>
${summary(face, parts.activity)}
${
  parts.identities.length > 1
    ? html`<div class="note care"><p>${parts.identities.length} different certificate identities use this address: look who signed.</p></div>`
    : ''
}
${endorserTable(face, 'Who signs with this address', parts.identities.slice(0, IDENTITIES), parts.at)}
<h2>What was signed when</h2>
${activityFigure(parts.activity, parts.at)}
<h2>Certificates over time</h2>
${certificateHistory(face, parts.certificates, parts.at)}
<h2>Tags</h2>
${tagTable(face, email, parts.tags.slice(0, TAGS), parts.at)}
${parts.tags.length > TAGS ? html`<p><a href="${face.href(`${toEndorserPath(email)}/tags`)}">All ${parts.tags.length} tags</a></p>` : ''}
<h2>Entries</h2>
${entryTable(face, 'What this endorser has signed, newest first, in every status', parts.page.entries, parts.at)}
${parts.next === undefined ? '' : html`<p><a class="button" rel="next" href="${parts.next}">All entries, from the next on</a></p>`}
${face.usage === undefined ? '' : useLinks(face, email)}
${face.asOf === undefined ? feeds(face, email) : ''}`,
  );
}

/** What the endorser's word comes to, in figures. */
function summary(face: Face, { entries, images, statuses }: EndorserActivity): Markup {
  const now = face.asOf === undefined ? 'now' : 'then';
  return html`<ul class="figures"><li><strong>${entries.toLocaleString('en-GB')}</strong>${entries === 1 ? 'entry' : 'entries'} about ${toCount(images, 'image', 'images')}</li>
<li><strong>${statuses.valid.toLocaleString('en-GB')}</strong>valid ${now}</li>
<li><strong>${statuses.expired.toLocaleString('en-GB')}</strong>expired</li>
<li><strong>${statuses.deprecated.toLocaleString('en-GB')}</strong>withdrawn</li></ul>`;
}

function useLinks(face: Face, email: string): Markup {
  const path = `${toEndorserPath(email)}/usage`;
  return html`<h2>Use</h2>
<p>How <a href="${face.href(path)}">these images are used</a>, which of them <a href="${face.href(`${path}?show=unused`)}">nobody used for a year</a>,
and which are <a href="${face.href(`${path}?show=withdrawn`)}">asked for though they were withdrawn</a>.</p>`;
}

function feeds(face: Face, email: string): Markup {
  const path = `${toEndorserPath(email)}/feed`;
  return html`<h2>What is new</h2>
<p>Told by this registry as <a href="${face.href(`${path}.atom`)}">Atom feed</a>, as
<a href="${face.href(`${path}.jsonl`)}">JSON Lines</a> for programs, and as <a href="${face.href(`${path}.events`)}">events</a> while they happen.</p>`;
}

/** The tags of an e-mail address, with the entry each resolves to. */
export function tagsPage(face: Face, email: string, tags: readonly TagSummary[], at: Date): Markup {
  return layout(
    face,
    { title: `Tags of ${email}`, section: '/endorsers', alternates: [['application/json', toJsonHref(face)]] },
    html`<h1>Tags of ${written(email)}</h1>
${tagTable(face, email, tags, at)}
<p><a href="${face.href(toEndorserPath(email))}">Everything about this endorser</a></p>`,
  );
}

function tagTable(face: Face, email: string, tags: readonly TagSummary[], at: Date): Markup {
  if (tags.length === 0) {
    return html`<p>No tags. An entry gets one with <code>dcterms:alternative</code>; its link then always leads to the newest
undeprecated entry that carries it.</p>`;
  }
  return table(
    'Each tag leads to the newest undeprecated entry that carries it',
    ['Tag', face.asOf === undefined ? 'Entry now' : 'Entry then', 'Signed', 'Status'].map(
      (name) => html`<th scope="col">${name}</th>`,
    ),
    tags.map(
      ({ tag, entry }) => html`<tr>
<td><a href="${face.href(toTagPath(email, tag))}">${written(tag)}</a></td>
<td data-label="Entry now"><a href="${entryHref(face, entry)}"><bdi>${toEntryName(entry)}</bdi></a></td>
<td data-label="Signed" class="time">${day(entry.createdAt)}</td>
<td data-label="Status">${badge(statusOf(entry, at))}</td>
</tr>`,
    ),
    'cards',
  );
}
