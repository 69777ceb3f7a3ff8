import { html } from 'hono/html';
import { SPARQL_VIEWS, type SparqlBounds, type SparqlQuery, type SparqlView } from '../../catalog/sparql/sparql.ts';
import type { Face } from '../face.ts';
import type { QueryResult, ResultValue } from '../query-result.ts';
import { location } from './entry-words.ts';
import { asOfField, layout } from './layout.ts';
import { type Markup, table, toCount, written } from './markup.ts';
import { TOOL_STYLE_ASSET } from './tool-style.ts';

const EXAMPLES = [
  [
    'Systems and their images',
    `PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX slterms: <http://mp.stratuslab.eu/slterms#>
SELECT DISTINCT ?os ?identifier WHERE {
  ?x dcterms:identifier ?identifier .
  ?x slterms:os ?os
}`,
  ],
  [
    'Who endorsed what, and when',
    `PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX slreq: <http://mp.stratuslab.eu/slreq#>
SELECT ?identifier ?email ?created WHERE {
  ?x dcterms:identifier ?identifier ; slreq:endorsement ?endorsement .
  ?endorsement slreq:endorser ?endorser ; dcterms:created ?created .
  ?endorser slreq:email ?email .
  # FILTER (?email = "me@example.com")
}
ORDER BY DESC(?created) LIMIT 100`,
  ],
  [
    'Deprecated images and why',
    `PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX slterms: <http://mp.stratuslab.eu/slterms#>
SELECT ?entry ?identifier ?reason WHERE {
  ?entry dcterms:identifier ?identifier ; slterms:deprecated ?reason ; slterms:tag "latest"
}`,
  ],
] as const;

const VIEW_WORDS: Readonly<Record<SparqlView, string>> = {
  history: 'every entry',
  current: 'the newest of each endorser',
  valid: 'the newest, if valid',
};

/** Rows the page shows, and how much of a graph; the downloads have all. */
export const SHOWN_ROWS = 500;
export const SHOWN_GRAPH_BYTES = 128 * 1024;

/** An example: what it finds, and the query. */
export type QueryExample = readonly [name: string, text: string];

/** What is asked, and how the page speaks of it. */
export interface QueryPlace {
  readonly path: '/query' | '/facts';
  readonly title: string;
  readonly lead: Markup;
  /** The first one is in the form of who comes without a query. */
  readonly examples: readonly [QueryExample, ...QueryExample[]];
  readonly bounds: SparqlBounds;
  /** Views to choose from; the first is that of queries that name none. */
  readonly views: readonly SparqlView[];
  /** Where else there is to go. */
  readonly further: Markup;
}

/** What the query page shows below its form. */
export type QueryOutcome =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'error'; readonly message: string }
  | {
      readonly kind: 'answer';
      readonly result: QueryResult;
      /** What the answer is of, in a sentence. */
      readonly basis: string;
      readonly downloads: readonly (readonly [name: string, href: string])[];
    };

/** The page of queries about entries. */
export function queryPage(face: Face, query: SparqlQuery, outcome: QueryOutcome): Markup {
  const { bounds, views } = face.registry.sparql;
  const place: QueryPlace = {
    path: '/query',
    title: 'Query',
    lead: html`SPARQL 1.1 over every entry, or the newest of each image. Each entry is a named graph; <code>slterms:tag "latest"</code> marks the newest of each endorser.`,
    examples: EXAMPLES,
    bounds,
    views,
    further: html`<p><a href="${face.href('/queries')}">Saved queries</a> of this registry are asked by name, with values in a form.${
      face.facts === undefined
        ? ''
        : html` How images are used, and what was found at their locations, is <a href="${face.href('/facts')}">asked apart</a>.`
    }</p>`,
  };
  return queryPageOf(face, place, query, outcome);
}

/** A query form, and below it the answer or what is wrong with the query. */
export function queryPageOf(
  face: Face,
  place: QueryPlace,
  { text: query, view }: SparqlQuery,
  outcome: QueryOutcome,
): Markup {
  const line = outcome.kind === 'error' ? findErrorLine(outcome.message) : undefined;
  const { path, title, lead, examples, further } = place;
  const [[, first]] = examples;
  return layout(
    face,
    { title, section: '/query', islands: ['query'], styles: [TOOL_STYLE_ASSET] },
    html`<h1>${title}</h1>
<p class="lead">${lead}</p>
<form action="${face.href(path)}" method="get" data-query${line === undefined ? '' : html` data-line="${line}"`}>
<label>SPARQL query (SELECT, ASK, CONSTRUCT or DESCRIBE)
<textarea class="mono" name="query" rows="${toRows(query === '' ? first : query)}" spellcheck="false" autocapitalize="off" required${
      outcome.kind === 'error' ? html` aria-invalid="true" aria-describedby="query-error"` : ''
    }>
${query === '' ? first : query}</textarea></label>
${asOfField(face)}<p class="row">${viewField(place, view)}<button>Run</button> <span class="quiet small">${toBounds(place)}</span></p>
</form>
${outcomeOf(outcome, line === undefined ? '' : excerpt(query, line))}
<h2>Examples</h2>
<ul class="plain">${examples.map(
      ([name, text]) =>
        html`<li><a href="${face.href(`${path}?${new URLSearchParams({ query: text })}`)}">${name}</a></li>`,
    )}</ul>
${further}
<p class="small quiet">Programs use this address with the SPARQL 1.1 Protocol:
<code>curl --data-urlencode 'query@query.rq' ${face.registry.baseUrl}${path}</code></p>`,
  );
}

/** The views to choose from; nothing where there is but one. */
function viewField({ views }: QueryPlace, chosen: SparqlView | undefined): Markup {
  if (views.length < 2) return html``;
  const options = SPARQL_VIEWS.filter((name) => views.includes(name)).map(
    (name) =>
      html`<option value="${name}"${name === (chosen ?? views[0]) ? html` selected` : ''}>${VIEW_WORDS[name]}</option>`,
  );
  return html`<label>Over <select name="view">${options}</select></label> `;
}

/** Lines the field needs for a query, within reason: what follows it should stay in sight. */
function toRows(query: string): number {
  const lines = query.split('\n').map((line) => Math.ceil((line.length + 1) / 100));
  return Math.min(
    24,
    Math.max(
      6,
      lines.reduce((sum, count) => sum + count, 1),
    ),
  );
}

/** What a query may take, before anybody waits for one. */
function toBounds({ bounds: { timeoutMs, rows } }: QueryPlace): string {
  const seconds = toCount(timeoutMs / 1000, 'second', 'seconds');
  return `A query may take ${seconds} and give ${toCount(rows, 'row', 'rows')}; this page shows the first ${SHOWN_ROWS}.`;
}

/** The line of the query that a message of the parsers speaks of, if it does. */
function findErrorLine(message: string): number | undefined {
  const [, line] = /\bon line (\d{1,6})\b|\bat (\d{1,6}):\d/.exec(message)?.filter((part) => part !== undefined) ?? [];
  return line === undefined ? undefined : Number(line);
}

/** The lines around the one that is wrong. */
function excerpt(query: string, wrong: number): Markup {
  const lines = query.split(/\r\n|\r|\n/);
  if (wrong < 1 || wrong > lines.length) return html``;
  const first = Math.max(1, wrong - 2);
  return html`<ol class="source" tabindex="0" aria-label="Where it is wrong" start="${first}">${lines
    .slice(first - 1, wrong + 2)
    .map(
      (line, at) => html`<li${first + at === wrong ? html` class="wrong"` : ''}><code>${written(line)}</code></li>`,
    )}</ol>`;
}

function outcomeOf(outcome: QueryOutcome, excerpt: Markup | ''): Markup {
  if (outcome.kind === 'nothing') return html``;
  if (outcome.kind === 'error') {
    return html`<div class="note bad" role="alert" id="query-error"><p><strong>No answer.</strong></p><pre>${written(outcome.message)}</pre>${excerpt}</div>`;
  }
  return html`<h2 id="answer">Answer</h2>
<div data-answer="${outcome.result.kind}">${answer(outcome.result)}</div>
<p class="small">Download: ${outcome.downloads.map(
    ([name, href], index) =>
      html`${index === 0 ? '' : ', '}<a href="${href}" data-format="${name.toLowerCase()}">${name}</a>`,
  )}. <span class="quiet">${outcome.basis}</span></p>`;
}

function answer(result: QueryResult): Markup {
  switch (result.kind) {
    case 'boolean':
      return html`<p class="lead"><strong>${result.value ? 'Yes' : 'No'}</strong></p>`;
    case 'graph':
      return result.isWhole && result.text.trim() === ''
        ? html`<p>The answer is an empty graph.</p>`
        : html`${result.isWhole ? '' : html`<p>The beginning of a larger graph; download for all.</p>`}
<pre tabindex="0" aria-label="Graph in Turtle">${result.text}</pre>`;
    case 'rows': {
      if (result.total === 0) return html`<p>No rows: nothing fits the pattern.</p>`;
      const caption =
        result.rows.length < result.total
          ? `The first ${result.rows.length} of ${result.total} rows; download for all`
          : toCount(result.total, 'row', 'rows');
      return table(
        caption,
        result.variables.map((name) => html`<th scope="col">${name}</th>`),
        result.rows.map(
          (row) => html`<tr>${row.map((cell) => html`<td>${cell === undefined ? '' : term(cell)}</td>`)}</tr>`,
        ),
      );
    }
  }
}

function term({ type, value }: ResultValue): Markup {
  return type === 'uri' ? location(value) : written(type === 'bnode' ? `_:${value}` : value);
}
