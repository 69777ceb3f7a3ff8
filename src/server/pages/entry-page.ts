import { html } from 'hono/html';
import { type CatalogEntry, statusOf } from '../../catalog/catalog.ts';
import type { Face } from '../face.ts';
import { findIsland } from '../island.ts';
import {
  badge,
  day,
  endorserLink,
  entryHref,
  imageHref,
  location,
  moment,
  toEntryName,
  toPortText,
  toSizeText,
  toStatusSentence,
  toTagPath,
} from './entry-words.ts';
import { layout } from './layout.ts';
import { facts, type Markup, several, written } from './markup.ts';

/** What the page of one entry shows besides the entry. */
export interface EntryPageParts {
  readonly at: Date;
  /** The same endorser's entry before this one. */
  readonly previous?: CatalogEntry;
  /** The same endorser's entry that superseded this one. */
  readonly newer?: CatalogEntry;
  /** True if the tag of the entry leads somewhere: not where every entry with it is deprecated. */
  readonly isTagLive: boolean;
  /** Path of the feed about what led here: the image, or the tag. */
  readonly feed: string;
  /** Signed checkpoint text. */
  readonly checkpoint: string;
  /** The other formats: name, media type, link. */
  readonly formats: readonly { readonly name: string; readonly mediaType: string; readonly href: string }[];
}

const text = (value: string | undefined) => (value === undefined ? undefined : written(value));
const time = (value: Date | undefined) => (value === undefined ? undefined : moment(value));

/** The page of one entry: every field in words, its status, who signed, where it stands in the log. */
export function entryPage(face: Face, entry: CatalogEntry, parts: EntryPageParts): Markup {
  const status = statusOf(entry, parts.at);
  const tone = status === 'valid' ? 'good' : status === 'deprecated' ? 'bad' : 'care';
  return layout(
    face,
    {
      title: toEntryName(entry),
      section: '/metadata',
      feed: parts.feed,
      islands: ['verify'],
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
<h2>Where the bytes are</h2>
${locations(entry)}
<h2>How to know them</h2>
${facts([
  ['Size', toSizeText(entry.sizeBytes)],
  ...entry.checksums.map(({ algorithm, value }) => [algorithm, html`<code>${value}</code>`] as const),
  ['Format', text(entry.format)],
  ['Compression', text(entry.compression)],
])}
<h2>Who signed</h2>
${entry.trustMode === 'open' ? openNote() : ''}
${endorserFacts(face, entry)}
${verifyPlace(face, entry)}
<h2>What it is</h2>
${imageFacts(face, entry, parts.isTagLive)}
<h2>Where it stands in the log</h2>
${logNote(face, entry.index)}
${logFacts(face, entry, parts.previous)}
<details><summary>Signed checkpoint of the log</summary><pre tabindex="0" aria-label="Checkpoint">${parts.checkpoint}</pre></details>
<h2>All formats</h2>
<ul class="plain">${parts.formats.map(
      ({ name, mediaType, href }) => html`<li><a href="${href}" type="${mediaType}">${name}</a></li>`,
    )}</ul>`,
  );
}

function locations(entry: CatalogEntry): Markup {
  if (entry.locations.length === 0) return html`<p>The endorser gives no location.</p>`;
  return html`<ul class="plain">${entry.locations.map((uri) => html`<li>${location(uri)}</li>`)}</ul>`;
}

/** Where the script `verify` offers to check the document without this server's word. */
function verifyPlace(face: Face, entry: CatalogEntry): Markup {
  return html`<div data-verify="${face.href(`/log/blob/${entry.documentSha256}`)}"
data-worker="${face.href(findIsland('verify-worker').path)}" data-profile="${entry.isImported ? 'legacy' : 'current'}"
data-identifier="${entry.identifier}" data-email="${entry.email}" data-created="${entry.createdAt.toISOString()}"
data-sha256="${entry.documentSha256}"></div>`;
}

function endorserFacts(face: Face, entry: CatalogEntry): Markup {
  return facts([
    ['Endorser', endorserLink(face, entry.email)],
    ['Subject', written(entry.subject)],
    ['Issuer', several(entry.issuers.map(written))],
    ['Signed', moment(entry.createdAt)],
    ['Signature', entry.signatureAlgorithm],
    ['Certificate', html`SHA-256 <code>${entry.signerSha256}</code>`],
  ]);
}

function imageFacts(face: Face, entry: CatalogEntry, isTagLive: boolean): Markup {
  const lineage = (identifier: string | undefined) =>
    identifier === undefined
      ? undefined
      : html`<a href="${imageHref(face, identifier)}"><code>${identifier}</code></a>`;
  return facts([
    ['Title', text(entry.title)],
    ['Type', text(entry.type)],
    ['Kind', text(entry.kind)],
    ['System', text(entry.os)],
    ['System version', text(entry.osVersion)],
    ['Architecture', text(entry.osArch)],
    ['Hypervisor', text(entry.hypervisor)],
    ['Disk bus', text(entry.disksBus)],
    ['Version', text(entry.version)],
    ['Serial number', entry.serialNumber],
    [
      'Tag',
      entry.tag === undefined || !isTagLive
        ? text(entry.tag)
        : html`<a href="${face.href(toTagPath(entry.email, entry.tag))}">${written(entry.tag)}</a>`,
    ],
    ['Creator', text(entry.creator)],
    ['Publisher', text(entry.publisher)],
    ['Drafted', time(entry.draftedAt)],
    ['Replaces', lineage(entry.replaces)],
    ['Replaced by', lineage(entry.isReplacedBy)],
    ['Version of', lineage(entry.isVersionOf)],
    ['Inbound ports', toPortText(entry.inboundPorts)],
    ['Outbound ports', toPortText(entry.outboundPorts)],
    ['ICMP types', toPortText(entry.icmp)],
  ]);
}

/** Where anybody may call himself as he likes, readers must not take a name for more than that. */
function openNote(): Markup {
  return html`<div class="note care"><p><strong>Nobody vouches for these names.</strong> The registry was open to any certificate when it took this entry
(trust mode <code>open</code>): the owner of the address confirmed it by mail, and the key is always the same.</p></div>`;
}

/** For people who have never heard of a transparency log: what it does for them, and what to keep. */
export function logNote(face: Face, index: number): Markup {
  return html`<div class="note good"><p><strong>Recorded as number ${index}</strong> of a list that only grows. Nobody, this registry included,
can change the entry or take it out unnoticed: <a href="${face.href(`/log/receipt/${index}`)}" type="text/plain">keep its receipt</a>, and you can
prove that it was there. <a href="${face.href('/docs/receipt')}">What a receipt proves</a>.</p></div>`;
}

function logFacts(face: Face, entry: CatalogEntry, previous: CatalogEntry | undefined): Markup {
  return facts([
    ['Accepted', moment(entry.acceptedAt)],
    ['How it came', entry.isImported ? 'imported from an older marketplace' : 'uploaded'],
    ['Place in the image’s history', entry.sequence],
    [
      'Endorser’s entry before',
      previous === undefined
        ? undefined
        : html`<a href="${entryHref(face, previous)}">signed ${moment(previous.createdAt)}</a>`,
    ],
    [
      'Document',
      html`SHA-256 <a href="${face.href(`/log/blob/${entry.documentSha256}`)}"><code>${entry.documentSha256}</code></a>`,
    ],
  ]);
}
