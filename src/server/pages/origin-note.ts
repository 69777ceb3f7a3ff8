import { html } from 'hono/html';
import type { CatalogEntry } from '../../catalog/catalog.ts';
import { toEntryPath } from '../../catalog/entry-path.ts';
import type { Face } from '../face.ts';
import { logOf } from '../shown.ts';
import { entryHref, moment } from './entry-words.ts';
import { type Markup, written } from './markup.ts';

/** Which log an entry is in, in a few words; nothing where there is only one. */
export function originMark({ registry }: Face, { origin, isFollowed }: Pick<CatalogEntry, 'origin' | 'isFollowed'>) {
  if (origin === undefined) return '';
  if (isFollowed !== true) return html`<span class="quiet small">own</span>`;
  const { followed } = logOf(registry, { origin, isFollowed });
  return html`<span class="quiet small">from ${written(followed === undefined ? origin : hostOf(followed.url))}</span>`;
}

/** The host and path of a registry, for people. */
export function hostOf(url: string): string {
  return url.replace(/^https?:\/\//, '');
}

/** Says who answers for an entry that another registry took, and what was checked here; nothing for an own one. */
export function followedNote({ registry }: Face, entry: CatalogEntry): Markup | '' {
  const { followed } = logOf(registry, entry);
  if (followed === undefined) return '';
  const there = `${followed.url}${toEntryPath(entry.identifier, entry.email, entry.createdAt)}`;
  return html`<div class="note care"><p><strong>Another registry took this entry:</strong> <a href="${there}">${hostOf(followed.url)}</a>.
Who may endorse there, and whether the entry is superseded, is that registry’s word. Checked here were the signature, and that the entry stands
in the log which that registry signs. It was learned ${moment(entry.learnedAt ?? entry.acceptedAt)}.</p></div>
`;
}

/** Before the checks of an entry that another registry took: they are that one's word. */
export function checkedElsewhere({ isFollowed }: CatalogEntry): Markup | '' {
  if (isFollowed !== true) return '';
  return html`<p><strong>So says the registry that took it:</strong> whom it believes, this one may not. Form, signature and time were
checked here again.</p>
`;
}

/** The same document, and newer statements under the same names, in other logs: what one registry says another may not know. */
export function elsewhereNote(face: Face, entry: CatalogEntry, history: readonly CatalogEntry[]): Markup | '' {
  if (entry.origin === undefined) return '';
  const others = history.filter(({ origin }) => origin !== entry.origin);
  const same = others.filter(({ documentSha256 }) => documentSha256 === entry.documentSha256);
  const newer = others.filter(
    (one) =>
      one.endorserKey === entry.endorserKey &&
      one.documentSha256 !== entry.documentSha256 &&
      one.createdAt.getTime() >= entry.createdAt.getTime() &&
      one.supersededBy === undefined,
  );
  const line = (one: CatalogEntry, what: Markup | string) =>
    html`<li>${originMark(face, one)} <a href="${entryHref(face, one)}">${what}, signed ${moment(one.createdAt)}</a></li>`;
  return html`${
    newer.length === 0
      ? ''
      : html`<div class="note care"><p><strong>Under the same names there is a newer statement in another log.</strong> Whether it is of the same
person is for your policy to say.</p><ul class="plain">${newer.map((one) =>
          line(
            one,
            one.deprecated === undefined ? 'A newer statement' : html`A deprecation: ${written(one.deprecated)}`,
          ),
        )}</ul></div>`
  }${
    same.length === 0
      ? ''
      : html`<p>The same document is also in another log:</p><ul class="plain">${same.map((one) => line(one, 'The same entry'))}</ul>`
  }`;
}
