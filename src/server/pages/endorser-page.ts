import { html } from 'hono/html';
import { type EndorserSummary, type EntryPage, statusOf, type TagSummary } from '../../catalog/catalog.ts';
import type { Face } from '../face.ts';
import { endorserTable } from './endorsers-page.ts';
import { entryTable } from './entry-table.ts';
import { badge, day, entryHref, toEndorserPath, toEntryName, toTagPath } from './entry-words.ts';
import { layout, toJsonHref } from './layout.ts';
import { type Markup, table, written } from './markup.ts';

/** The page of one e-mail address: the certificate identities that use it, their tags and entries. */
export function endorserPage(
  face: Face,
  email: string,
  parts: {
    readonly identities: readonly EndorserSummary[];
    readonly tags: readonly TagSummary[];
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
      alternates: [['application/json', toJsonHref(face)]],
    },
    html`<h1>${written(email)}</h1>
${
  parts.identities.length > 1
    ? html`<div class="note care"><p>${parts.identities.length} different certificate identities use this address: look who signed.</p></div>`
    : ''
}
${endorserTable(face, 'Who signs with this address', parts.identities)}
<h2>Tags</h2>
${tagTable(face, email, parts.tags, parts.at)}
<h2>Entries</h2>
${entryTable(face, 'What this endorser has signed, newest first, in every status', parts.page.entries, parts.at)}
${parts.next === undefined ? '' : html`<p><a class="button" rel="next" href="${parts.next}">All entries, from the next on</a></p>`}`,
  );
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
