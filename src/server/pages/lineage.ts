import { html } from 'hono/html';
import type { CatalogEntry } from '../../catalog/catalog.ts';
import type { RelatedEntry } from '../../catalog/image-overview.ts';
import { RELATIONS, type Relation } from '../../catalog/store-key.ts';
import type { Face } from '../face.ts';
import { endorserLink, entryHref, imageHref, toEntryName, toTagPath } from './entry-words.ts';
import { type Markup, several, table, written } from './markup.ts';

/** What a tag of the image's endorsers leads to. */
export interface TagTarget {
  readonly email: string;
  readonly tag: string;
  /** Undefined where every entry with the tag is deprecated. */
  readonly entry: CatalogEntry | undefined;
}

/** How a relation reads from the image that states it, and from the one that is named. */
const WORDS: Readonly<Record<Relation, readonly [stated: string, named: string]>> = {
  replaces: ['Replaces', 'Replaced by'],
  isReplacedBy: ['Replaced by', 'Replaces'],
  isVersionOf: ['Is a version of', 'Has the version'],
};

/** Images named by one relation that are shown, and endorsers who name one. */
const NAMED = 5;
const SAYERS = 5;

/** How the image relates to others, by whose word; an image may have no relatives. */
export function lineageSection(
  face: Face,
  identifier: string,
  current: readonly CatalogEntry[],
  related: readonly RelatedEntry[],
  tags: readonly TagTarget[],
): Markup {
  const rows = [...statedRows(face, current), ...related.map((one) => relatedRow(face, one))];
  const followed = tagLines(face, identifier, tags);
  if (rows.length === 0 && followed.length === 0) return html``;
  return html`<h2>Its relatives</h2>
${
  rows.length === 0
    ? ''
    : table(
        'How this image relates to others, and who says so',
        ['Relation', 'Image', 'Said by'].map((name) => html`<th scope="col">${name}</th>`),
        rows,
        'cards',
      )
}
${followed.length === 0 ? '' : html`<ul class="plain">${followed}</ul>`}`;
}

function row(relation: string, image: Markup, saidBy: Markup): Markup {
  return html`<tr><td>${relation}</td><td data-label="Image">${image}</td><td data-label="Said by">${saidBy}</td></tr>`;
}

/** What the image's own endorsers say, each thing once with everybody who says it. */
function statedRows(face: Face, current: readonly CatalogEntry[]): Markup[] {
  return RELATIONS.flatMap((relation) => {
    const named = [...new Set(current.flatMap((entry) => entry[relation] ?? []))];
    return named.slice(0, NAMED).map((other) => {
      const saying = current.filter((entry) => entry[relation] === other);
      const emails = [...new Set(saying.map(({ email }) => email))].slice(0, SAYERS);
      return row(
        WORDS[relation][0],
        html`<a href="${imageHref(face, other)}"><code>${other}</code></a>`,
        several(emails.map((email) => endorserLink(face, email))) ?? html``,
      );
    });
  });
}

function relatedRow(face: Face, { relation, entry, isByEndorser }: RelatedEntry): Markup {
  const image = html`<a href="${entryHref(face, entry)}"><bdi>${toEntryName(entry)}</bdi></a>
<div class="small"><a class="quiet" href="${imageHref(face, entry.identifier)}">image <code>${entry.identifier}</code></a></div>`;
  const stranger = html` <span class="quiet small">who has said nothing about this image</span>`;
  return row(WORDS[relation][1], image, html`${endorserLink(face, entry.email)}${isByEndorser ? '' : stranger}`);
}

/** Tags that lead here in one line, each other one in its own. */
function tagLines(face: Face, identifier: string, tags: readonly TagTarget[]): Markup[] {
  const name = ({ email, tag }: TagTarget) =>
    html`<a href="${face.href(toTagPath(email, tag))}">${written(tag)}</a> of ${endorserLink(face, email)}`;
  const here = tags.filter(({ entry }) => entry?.identifier === identifier);
  const elsewhere = tags.flatMap((target) => {
    const { entry, tag, email } = target;
    if (entry === undefined)
      return [html`<li>Tag ${written(tag)} of ${endorserLink(face, email)} leads nowhere now.</li>`];
    if (entry.identifier === identifier) return [];
    return [
      html`<li>Tag ${name(target)} leads to another image: <a href="${entryHref(face, entry)}"><bdi>${toEntryName(entry)}</bdi></a>.</li>`,
    ];
  });
  if (here.length === 0) return elsewhere;
  const names = here.map((target, index) => html`${index === 0 ? '' : ', '}${name(target)}`);
  return [...elsewhere, html`<li>${here.length === 1 ? 'A tag leads' : 'Tags lead'} here: ${names}.</li>`];
}
