import { html } from 'hono/html';
import { VOUCH, XSD } from '../../rdf/vocabulary.ts';
import { VOCABULARY, type VocabularyTerm } from '../../rdf/vouch-vocabulary.ts';
import type { Face } from '../face.ts';
import { layout } from './layout.ts';
import { type Markup, table } from './markup.ts';

/** Where each prefix leads that the page shortens IRIs by. */
const SHORT = [
  ['xsd:', XSD.ns],
  ['dcterms:', 'http://purl.org/dc/terms/'],
  ['slterms:', 'http://mp.stratuslab.eu/slterms#'],
] as const;

/** The terms for people: each has an anchor of its name, so that `/vocabulary#status` tells what `vouch:status` says. */
export function vocabularyPage(face: Face): Markup {
  const alternates = [
    ['text/turtle', face.href('/vocabulary?format=ttl')],
    ['application/ld+json', face.href('/vocabulary?format=jsonld')],
  ] as const;
  return layout(
    face,
    { title: 'Vocabulary', alternates },
    html`<h1>Vocabulary</h1>
<p class="lead">What the registry says of entries in its own words, in the graph of each entry. No document can use these words:
what an upload says by them is left out.</p>
<p><code>PREFIX vouch: &lt;${VOUCH.ns}&gt;</code>, for <a href="${face.href('/query')}">queries</a>.
The same as <a href="${face.href('/vocabulary?format=ttl')}">Turtle</a> and
<a href="${face.href('/vocabulary?format=jsonld')}">JSON-LD</a>.</p>
${terms('Every term, what it says and which values it has', false)}
<h2>Use and locations</h2>
<p>How images are used and what was found at their locations is in no graph of an entry: it is said apart${
      face.facts === undefined ? '' : html`, and <a href="${face.href('/facts')}">asked apart</a>`
    }.</p>
${terms('Terms for what is counted and found out', true)}`,
  );
}

function terms(caption: string, isFact: boolean): Markup {
  return table(
    caption,
    ['Term', 'Meaning', 'Values'].map((name) => html`<th scope="col">${name}</th>`),
    VOCABULARY.filter((term) => (term.isFact === true) === isFact).map(row),
    'cards',
  );
}

function row({ name, comment, datatype, seeAlso, values = 'an image' }: VocabularyTerm): Markup {
  return html`<tr id="${name}">
<td><code>vouch:${name}</code></td>
<td data-label="Meaning">${comment}${seeAlso === undefined ? '' : html` See also <code>${toShort(seeAlso)}</code>.`}</td>
<td data-label="Values">${datatype === undefined ? values : html`<code>${toShort(datatype)}</code>`}</td>
</tr>`;
}

function toShort(iri: string): string {
  const [prefix, ns] = SHORT.find(([, begin]) => iri.startsWith(begin)) ?? ['', ''];
  return prefix + iri.slice(ns.length);
}
