import { html } from 'hono/html';
import { type CatalogEntry, statusOf } from '../../catalog/catalog.ts';
import type { EntryBasis } from '../entry-basis.ts';
import type { Face } from '../face.ts';
import { findIsland } from '../island.ts';
import { changeSection } from './entry-change.ts';
import { BYTE_FIELDS, IMAGE_FIELDS, toFacts } from './entry-field.ts';
import { ENTRY_STYLE_ASSET } from './entry-style.ts';
import {
  badge,
  blobHref,
  day,
  endorserLink,
  entryHref,
  imageHref,
  location,
  moment,
  toEntryName,
  toStatusSentence,
  toTagPath,
} from './entry-words.ts';
import { layout } from './layout.ts';
import { locationCheck } from './location-check.ts';
import { type LogPlace, logSection } from './log-section.ts';
import { facts, type Markup, several, written } from './markup.ts';
import { checkedElsewhere, elsewhereNote, followedNote } from './origin-note.ts';
import { verdictSection } from './verdict-section.ts';

/** What the page of one entry shows besides the entry. */
export interface EntryPageParts extends LogPlace {
  readonly at: Date;
  readonly basis: EntryBasis;
  /** The same endorser's entry before this one. */
  readonly previous?: CatalogEntry;
  /** The same endorser's entry that superseded this one. */
  readonly newer?: CatalogEntry;
  /** What is said about the image in every log, where there are several. */
  readonly beside: readonly CatalogEntry[];
  /** True if the tag of the entry leads somewhere: not where every entry with it is deprecated. */
  readonly isTagLive: boolean;
  /** Path of the feed about what led here: the image, or the tag. */
  readonly feed: string;
  /** The other formats: name, media type, link. */
  readonly formats: readonly { readonly name: string; readonly mediaType: string; readonly href: string }[];
}

/** The page of one entry: every field in words, its status, what was checked, who signed, where it stands in the log. */
export function entryPage(face: Face, entry: CatalogEntry, parts: EntryPageParts): Markup {
  const status = statusOf(entry, parts.at);
  const tone = status === 'valid' ? 'good' : status === 'deprecated' ? 'bad' : 'care';
  return layout(
    face,
    {
      title: toEntryName(entry),
      section: '/metadata',
      feed: parts.feed,
      islands: ['verify', 'copy'],
      styles: [ENTRY_STYLE_ASSET],
      alternates: parts.formats.map(({ mediaType, href }) => [mediaType, href] as const),
    },
    html`<h1><bdi>${toEntryName(entry)}</bdi></h1>
<p class="quiet">What ${endorserLink(face, entry.email)} stated on ${day(entry.createdAt)} about image
<a href="${imageHref(face, entry.identifier)}"><code>${entry.identifier}</code></a></p>
<div class="note ${tone}"><p>${badge(status)} ${toStatusSentence(entry, parts.at)}</p>
${entry.deprecated === undefined ? '' : html`<p>Reason given: ${written(entry.deprecated)}</p>`}
${entry.validUntil === undefined ? '' : html`<p>Valid until ${moment(entry.validUntil)}.</p>`}
${parts.newer === undefined ? '' : html`<p><a href="${entryHref(face, parts.newer)}">The newer entry, signed ${moment(parts.newer.createdAt)}</a></p>`}
</div>
${entry.description === undefined ? '' : html`<p>${written(entry.description)}</p>`}
${followedNote(face, entry)}${elsewhereNote(face, entry, parts.beside)}
<h2>Where the bytes are</h2>
${places(face, entry)}
<h2>How to know them</h2>
${facts(toFacts(face, entry, BYTE_FIELDS))}
<h2>Who signed</h2>
${entry.trustMode === 'open' ? openNote() : ''}
${endorserFacts(face, entry)}
<h2>What was checked</h2>
${checkedElsewhere(entry)}${verdictSection(face, entry, parts.basis, parts.at)}
${verifyPlace(face, entry, parts)}
<h2>What it is</h2>
${facts([...toFacts(face, entry, IMAGE_FIELDS.slice(0, 1)), tagFact(face, entry, parts.isTagLive), ...toFacts(face, entry, IMAGE_FIELDS.slice(1))])}
<h2>What is new in it</h2>
${changeSection(face, entry, parts.previous)}
<h2>Where it stands in the log</h2>
${logSection(face, entry, parts)}
${endorsingLinks(face, entry)}
<h2>All formats</h2>
<ul class="plain">${parts.formats.map(
      ({ name, mediaType, href }) => html`<li><a href="${href}" type="${mediaType}">${name}</a></li>`,
    )}</ul>`,
  );
}

function tagFact(face: Face, { email, tag }: CatalogEntry, isLive: boolean): readonly [string, Markup | undefined] {
  if (tag === undefined) return ['Tag', undefined];
  return ['Tag', isLive ? html`<a href="${face.href(toTagPath(email, tag))}">${written(tag)}</a>` : written(tag)];
}

function places(face: Face, entry: CatalogEntry): Markup {
  const all = several(entry.locations.map((uri) => html`${location(uri)}${locationCheck(face, [entry], uri)}`));
  return all ?? html`<p>The endorser gives no location.</p>`;
}

/** What an endorser can do from here on, where this registry takes entries. */
function endorsingLinks(face: Face, entry: CatalogEntry): Markup | '' {
  if (face.registry.isReadOnly || face.asOf !== undefined || entry.isFollowed === true) return '';
  const toHref = (act: string) => face.href(`/endorse?act=${act}&document=${entry.documentSha256}`);
  const isCurrent = entry.supersededBy === undefined && entry.deprecated === undefined;
  return html`<h2>For endorsers</h2>
<p>${
    isCurrent
      ? html`Is it yours? <a href="${toHref('renew')}">Renew it</a> or <a href="${toHref('deprecate')}">withdraw the image</a>.
Somebody else’s? <a href="${toHref('second')}">Second it</a> with your copy of the image. `
      : ''
  }<a href="${toHref('new')}">Describe another image</a>, starting from what this says.</p>`;
}

/** Where the script `verify` offers to check the document without this server's word. */
function verifyPlace(face: Face, entry: CatalogEntry, { basis, logKey }: EntryPageParts): Markup {
  const anchor = basis.trustMode === 'anchors' ? basis.path.at(-1) : undefined;
  return html`<div data-verify="${blobHref(face, entry, entry.documentSha256)}"
data-worker="${face.href(findIsland('verify-worker').path)}" data-profile="${entry.isImported ? 'legacy' : 'current'}"
data-identifier="${entry.identifier}" data-email="${entry.email}" data-created="${entry.createdAt.toISOString()}"
data-sha256="${entry.documentSha256}"${
    // The receipt of another registry's log is with that one.
    entry.isFollowed === true
      ? ''
      : html` data-receipt="${face.href(`/log/receipt/${entry.index}`)}" data-log-key="${logKey}"`
  }
data-trust="${basis.trustMode ?? ''}" data-address="${basis.address ?? ''}"${
    anchor?.certificate === undefined
      ? ''
      : html` data-anchor="${blobHref(face, entry, anchor.sha256)}" data-anchor-sha256="${anchor.sha256}"`
  }></div>`;
}

function endorserFacts(face: Face, entry: CatalogEntry): Markup {
  return facts([
    ['Endorser', endorserLink(face, entry.email)],
    ['Subject', written(entry.subject)],
    ['Issuer', several(entry.issuers.map(written))],
    ['Signed', moment(entry.createdAt)],
    ['Certificate', html`SHA-256 <code>${entry.signerSha256}</code>`],
  ]);
}

/** Where anybody may call himself as he likes, readers must not take a name for more than that. */
function openNote(): Markup {
  return html`<div class="note care"><p><strong>Nobody vouches for these names.</strong> The registry was open to any certificate when it took this entry
(trust mode <code>open</code>): the owner of the address confirmed it by mail, and the key is always the same.</p></div>`;
}
