import { html } from 'hono/html';
import type { Asset } from '../asset.ts';
import type { Face } from '../face.ts';
import { findIsland } from '../island.ts';
import { toVisibleText } from '../visible-text.ts';
import { moment } from './entry-words.ts';
import { type Markup, toCount } from './markup.ts';
import { mirrorNote, mirrorWarning } from './mirror-note.ts';
import { MARK_ASSET, STYLE_ASSET } from './style.ts';

const SECTIONS = [
  ['/metadata', 'Entries'],
  ['/endorsers', 'Endorsers'],
  ['/query', 'Query'],
  ['/endorse', 'Endorse'],
  ['/upload', 'Upload'],
] as const;

/** The section of the navigation a page belongs to. */
export type Section = (typeof SECTIONS)[number][0] | '/' | '/status' | '/usage';

/** A whole page. `title` is plain text; `alternates` are the other formats of the same resource, as media type and link. */
export function layout(
  face: Face,
  page: {
    readonly title: string;
    readonly section?: Section;
    /** Path of the feed about what the page shows, without the form it is in: `/feed` or what ends so. */
    readonly feed?: string;
    readonly alternates?: readonly (readonly [mediaType: string, href: string])[];
    /** Names of files in src/island/ that make the page handier; it works without. */
    readonly islands?: readonly string[];
    /** Style sheets of pages that have more than text and tables. */
    readonly styles?: readonly Asset[];
  },
  content: Markup,
): Markup {
  const name = toVisibleText(face.registry.title);
  const then = face.asOf === undefined ? '' : ` as of ${face.asOf.text}`;
  const title = page.section === '/' ? `${name}${then}` : `${toVisibleText(page.title)}${then} · ${name}`;
  const { theme = {} } = face;
  const icon = theme.logo ?? MARK_ASSET;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" type="${icon.mediaType}" href="${face.href(icon.path)}">
<link rel="stylesheet" href="${face.href(STYLE_ASSET.path)}">
${[...(page.styles ?? []), ...(theme.style === undefined ? [] : [theme.style])].map(({ path }) => html`<link rel="stylesheet" href="${face.href(path)}">\n`)}${(page.alternates ?? []).map(([type, href]) => html`<link rel="alternate" type="${type}" href="${href}">\n`)}${feedLink(face, page.feed)}${(page.islands ?? []).map((name) => script(face, name))}</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top"><div class="wide">
<a class="name" href="${face.href('/')}">${theme.logo === undefined ? '' : html`<img src="${face.href(theme.logo.path)}" alt="" height="32"> `}${name}</a>
<nav aria-label="Sections"><ul>${SECTIONS.map(
    ([path, label]) =>
      html`<li><a href="${face.href(path)}"${path === page.section ? html` aria-current="page"` : ''}>${label}</a></li>`,
  )}</ul></nav>
</div></header>
<main id="content" class="wide" tabindex="-1">
${mirrorWarning(face)}${asOfNote(face)}${content}
</main>
<footer><div class="wide">
Signed statements about machine images. What is shown here was verified on arrival and stands in an append-only
<a href="${face.href('/log/checkpoint')}">log of ${toCount(face.registry.log.size(), 'record', 'records')}</a>.${feedNote(face, page.feed)}
${mirrorNote(face)}<a href="${face.href('/status')}"${page.section === '/status' ? html` aria-current="page"` : ''}>Status</a>
${face.usage === undefined ? '' : html`<a href="${face.href('/usage')}"${page.section === '/usage' ? html` aria-current="page"` : ''}>Use</a>\n`}${theme.footer === undefined ? '' : html`<p>${linked(theme.footer)}</p>`}</div></footer>
</body>
</html>
`;
}

/** What the operator wrote, with its URLs as links. */
function linked(text: string): Markup {
  const parts = text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/);
  return html`${parts.map((part, place) => (place % 2 === 1 ? html`<a href="${part}">${part}</a>` : part))}`;
}

/** Modules wait until the page is there; what they need is fetched beside them. */
function script(face: Face, name: string): Markup {
  const { path, needs } = findIsland(name);
  return html`${needs.map((needed) => html`<link rel="modulepreload" href="${face.href(needed)}">\n`)}<script type="module" src="${face.href(path)}"></script>
`;
}

/** Says that the page shows the past, and leads to now. */
function asOfNote({ asOf, nowHref }: Face): Markup | '' {
  if (asOf === undefined) return '';
  return html`<div class="note care" role="note"><p><strong>As of ${moment(asOf.at)}</strong>, when the log had
${toCount(asOf.size, 'record', 'records')}: what was said later is not shown, and every status is the one of then.
<a href="${nowHref ?? '?'}">See it as it is now</a></p></div>
`;
}

/** Keeps the moment through a form, whose fields replace what its address asks. */
export function asOfField({ asOf }: Face): Markup | '' {
  return asOf === undefined ? '' : html`<input type="hidden" name="asOf" value="${asOf.text}">`;
}

/** Link to the JSON form of a page without further parameters. */
export function toJsonHref({ asOf }: Face): string {
  return asOf === undefined ? '?format=json' : `?asOf=${encodeURIComponent(asOf.text)}&format=json`;
}

/** What happened later has no place on a page of the past. */
function feedLink(face: Face, feed: string | undefined): Markup | '' {
  if (feed === undefined || face.asOf !== undefined) return '';
  return html`<link rel="alternate" type="application/atom+xml" title="What is new here" href="${face.href(`${feed}.atom`)}">
`;
}

function feedNote(face: Face, feed: string | undefined): Markup | '' {
  if (feed === undefined || face.asOf !== undefined) return '';
  return html` What is new here, as <a href="${face.href(`${feed}.atom`)}">Atom feed</a>.`;
}
