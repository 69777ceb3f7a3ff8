import { html } from 'hono/html';
import type { SavedQuery } from '../../catalog/sparql/saved-query.ts';
import type { Face } from '../face.ts';
import { layout } from './layout.ts';
import { type Markup, written } from './markup.ts';

/** Every saved query with a form for its parameters. */
export function savedQueriesPage(face: Face, queries: readonly SavedQuery[]): Markup {
  return layout(
    face,
    { title: 'Saved queries', section: '/query', alternates: [['application/json', '?format=json']] },
    html`<h1>Saved queries</h1>
<p class="lead">Questions that were written down once. Programs find them in the <a href="${face.href('/openapi.json')}">OpenAPI description</a>.</p>
${
  queries.length === 0
    ? html`<div class="note"><p><strong>Nothing is saved here.</strong> <a href="${face.href('/query')}">Ask a query of your own</a>.</p></div>`
    : queries.map((saved) => savedQuery(face, saved))
}`,
  );
}

function savedQuery(face: Face, { name, summary, description, parameters }: SavedQuery): Markup {
  return html`<section><h2 id="${name}">${written(summary === '' ? name : summary)}</h2>
${description === '' ? '' : html`<p>${written(description)}</p>`}
<form class="search" action="${face.href(`/queries/${name}`)}" method="get">
${parameters.map(
  ({ name: parameter, type, meaning, fallback }) =>
    html`<label>${written(meaning === '' ? parameter : meaning)} <span class="quiet small">${type}</span><input name="${parameter}" maxlength="1000" value="${fallback ?? ''}"${fallback === undefined ? html` required` : ''} autocomplete="off"></label>`,
)}
<button>Ask</button>
</form></section>`;
}
