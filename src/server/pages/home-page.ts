import { html } from 'hono/html';
import type { Face } from '../face.ts';
import { type FoundList, foundRegion } from './found-region.ts';
import { layout } from './layout.ts';
import type { Markup } from './markup.ts';
import { searchForm } from './search-form.ts';

/** The first page: what this is, a search, and what came last. */
export function homePage(
  face: Face,
  counts: { entries: number; images: number; endorsers: number },
  list: FoundList,
): Markup {
  return layout(
    face,
    { title: face.registry.title, section: '/', feed: '/feed', islands: ['browse'] },
    html`<div class="hero"><h1><bdi>${face.registry.title}</bdi></h1>
<p class="lead">Who vouches for which machine image, since when, and whether they still do.</p>
${searchForm(face, '/metadata', '')}
<ul class="figures">
<li><strong>${counts.images.toLocaleString('en-GB')}</strong> ${counts.images === 1 ? 'image' : 'images'}</li>
<li><a href="${face.href('/metadata?status=all')}"><strong>${counts.entries.toLocaleString('en-GB')}</strong> ${counts.entries === 1 ? 'signed entry' : 'signed entries'}</a></li>
<li><a href="${face.href('/endorsers')}"><strong>${counts.endorsers.toLocaleString('en-GB')}</strong> ${counts.endorsers === 1 ? 'endorser' : 'endorsers'}</a></li>
</ul></div>
${foundRegion(face, list, () => (counts.entries === 0 ? emptyNote(face) : noneValidNote(face)))}
<h2>From the command line</h2>
<pre tabindex="0" aria-label="Commands"><code>export VOUCH_URL=${face.registry.baseUrl}
vouch search debian
vouch show IDENTIFIER
vouch query 'SELECT …'
curl "$VOUCH_URL/metadata?format=json"</code></pre>
<p><a href="${face.href('/upload')}">How to describe, sign and upload an image</a></p>`,
  );
}

function noneValidNote(face: Face): Markup {
  return html`<div class="note"><p>No entry is valid at the moment: all are expired, deprecated or superseded.</p>
<p><a href="${face.href('/metadata?status=all')}">Show every entry</a></p></div>`;
}

function emptyNote(face: Face): Markup {
  return html`<div class="note"><p><strong>There is no entry here yet.</strong> Describe and sign an image with
<code class="nowrap">vouch describe</code> and <code class="nowrap">vouch sign</code>, then <a href="${face.href('/upload')}">upload the signed file</a>.</p></div>`;
}
