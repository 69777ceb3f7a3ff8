import type { Context, Hono } from 'hono';
import type { QueryForm, SparqlAnswer, SparqlQuery } from '../../catalog/sparql/sparql.ts';
import { VouchError } from '../../errors.ts';
import type { Quad } from '../../rdf/quad.ts';
import { writeRdf } from '../../rdf/write-rdf.ts';
import { negotiate } from '../accept.ts';
import { faceOfMoment } from '../as-of.ts';
import { type ClientAddress, toClientName } from '../client-address.ts';
import { toEndpointDescription, toViewsComment } from '../endpoint-description.ts';
import { toETag, toMinute } from '../etag.ts';
import type { Face } from '../face.ts';
import type { LargeAnswers } from '../large-answer.ts';
import type { Markup } from '../pages/markup.ts';
import { type QueryOutcome, queryPage, SHOWN_GRAPH_BYTES, SHOWN_ROWS } from '../pages/query-page.ts';
import { isOurs, toFault, toFaultProblem } from '../problem.ts';
import {
  ANSWER_REPRESENTATIONS,
  type AnswerName,
  toAnswerName,
  toContentType,
  toDownloadNames,
  toEngineFormat,
} from '../query-format.ts';
import { readQueryRequest } from '../query-request.ts';
import { type QueryResult, readShownGraph, readShownResult } from '../query-result.ts';
import { type Choice, choose, isReply, mount, notModified, replyForeign } from '../resource.ts';

/** The forms of the description of an endpoint. */
export const DESCRIPTIONS = [
  { name: 'ttl', mediaTypes: ['text/turtle'] },
  { name: 'nt', mediaTypes: ['application/n-triples'] },
  { name: 'jsonld', mediaTypes: ['application/ld+json'] },
  { name: 'html', mediaTypes: ['text/html', 'application/xhtml+xml'] },
] as const;
const DESCRIPTION_FORMATS = { ttl: 'text/turtle', nt: 'application/n-triples', jsonld: 'application/ld+json' } as const;

export interface QueryOptions {
  /** Seconds a request body may take to arrive. */
  readonly bodySeconds: number;
  /** Clients share the workers by address. */
  readonly addressOf: ClientAddress;
  readonly answers: LargeAnswers;
}

/** `/query`: the SPARQL 1.1 Protocol for programs, a form and a table for people. */
export function mountQuery(app: Hono, face: Face, options: QueryOptions): void {
  const reply = (c: Context) => replyQuery(c, face, options);
  mount(app, face, '/query', { GET: reply, POST: reply });
}

async function replyQuery(
  c: Context,
  face: Face,
  { bodySeconds, addressOf, answers }: QueryOptions,
): Promise<Response> {
  const { query, asOf, representation } = await readQueryRequest(c.req.raw, bodySeconds);
  if (query === undefined) return replyDescription(c, await faceOfMoment(c, face, asOf), representation);
  return replyToQuery(c, face, query, { asOf, representation, client: toClientName(addressOf(c)), answers });
}

export interface QueryReplyOptions {
  /** The moment of the past it is asked of, as it was written; now where undefined. */
  readonly asOf?: string | undefined;
  /** Asked for by name; by `Accept` where undefined. */
  readonly representation: string | undefined;
  /** Who asks; clients share the workers. */
  readonly client: string | undefined;
  /** What large answers go out by. */
  readonly answers: LargeAnswers;
}

/** Answers a query in the representation asked for by name or by Accept; what is wrong with it is shown on the page, where that was asked for. */
export async function replyToQuery(
  c: Context,
  face: Face,
  asked: SparqlQuery,
  { asOf, representation, ...asking }: QueryReplyOptions,
): Promise<Response> {
  // Said once and for all: the operator may choose another one, and an answer that is kept is of this one.
  const query = { ...asked, view: asked.view ?? face.registry.sparql.views[0]! };
  let then = face;
  try {
    then = await faceOfMoment(c, face, asOf);
    const form = face.registry.sparql.formOf(query);
    const name = representation === undefined ? undefined : toAnswerName(form, representation);
    const chosen = choose(c, face, ANSWER_REPRESENTATIONS[form], name);
    if (isReply(chosen)) return chosen;
    return await replyAnswer(c, then, { query: toQueryOf(then, query), form, ...asking }, chosen);
  } catch (thrown) {
    return replyFault(c, thrown, representation, (message) => queryPage(then, query, { kind: 'error', message }));
  }
}

/** Shows what is wrong with a query on its page, where that was asked for; throws it again for everybody else. */
export function replyFault(
  c: Context,
  thrown: unknown,
  representation: string | undefined,
  toPage: (message: string) => Markup,
): Response | Promise<Response> {
  const fault = toFault(thrown);
  const isPage =
    representation === 'html' || negotiate(c.req.header('Accept'), ['application/json', 'text/html']) === 'text/html';
  if (isOurs(fault) || !isPage) throw fault;
  const problem = toFaultProblem(fault);
  c.header('ETag', undefined);
  c.header('Cache-Control', 'no-store');
  if (problem.retryAfterSeconds !== undefined) c.header('Retry-After', String(problem.retryAfterSeconds));
  return c.html(toPage(problem.detail), problem.status as 400 | 413 | 415 | 503);
}

/** The query, of the moment that the face shows. */
function toQueryOf({ asOf, registry }: Face, query: SparqlQuery): SparqlQuery {
  if (asOf === undefined) return query;
  if (asOf.size > registry.sparql.position()) {
    throw new VouchError('busy', 'SPARQL has not taken in the log up to there yet; try again in a moment.');
  }
  return { ...query, asOf: asOf.size, at: asOf.at };
}

async function replyDescription(c: Context, face: Face, representation: string | undefined): Promise<Response> {
  const chosen = choose(c, face, DESCRIPTIONS, representation);
  if (isReply(chosen)) return chosen;
  c.header('Cache-Control', 'no-cache');
  c.header('Vary', 'Accept');
  if (chosen.name === 'html') return c.html(queryPage(face, { text: '' }, { kind: 'nothing' }));
  const { baseUrl, sparql } = face.registry;
  const quads = toEndpointDescription(`${baseUrl}/query`, `${baseUrl}/vocabulary`, toViewsComment(sparql.views));
  return replyQuads(c, quads, { name: chosen.name, mediaType: chosen.mediaType });
}

/** The description of an endpoint in the form that was chosen. */
export async function replyQuads(
  c: Context,
  quads: readonly Quad[],
  { name, mediaType }: Choice<keyof typeof DESCRIPTION_FORMATS>,
): Promise<Response> {
  return replyForeign(c, await writeRdf(quads, DESCRIPTION_FORMATS[name]), toContentType(mediaType));
}

interface Asked extends Pick<QueryReplyOptions, 'client' | 'answers'> {
  readonly query: SparqlQuery;
  readonly form: QueryForm;
}

async function replyAnswer(
  c: Context,
  face: Face,
  { query, form, client, answers }: Asked,
  chosen: Choice<AnswerName>,
): Promise<Response> {
  const { sparql } = face.registry;
  // The same query over the same log has the same answer, unless it asks for the time or for chance.
  const isRepeatable = sparql.isRepeatable(query);
  const minute = sparql.dependsOnClock(query) ? toMinute(face.now()) : undefined;
  const tagAt = (logSize: number) => toETag('query', chosen.mediaType, logSize, minute, JSON.stringify(query));
  const logSize = query.asOf ?? sparql.position();
  if (isRepeatable) {
    c.header('Log-Size', String(logSize));
    const unchanged = notModified(c, tagAt(logSize));
    if (unchanged !== undefined) return unchanged;
  }
  const answer = await sparql.query(query, [toEngineFormat(form, chosen.name)], c.req.raw.signal, client);
  c.header('Vary', 'Accept');
  c.header('Log-Size', String(answer.logSize));
  if (!isRepeatable) c.header('Cache-Control', 'no-store');
  else if (answer.logSize !== logSize) c.header('ETag', tagAt(answer.logSize));
  if (chosen.name !== 'html') return answers.reply(c, answer.bytes, toContentType(chosen.mediaType), client);
  const outcome: QueryOutcome = {
    kind: 'answer',
    result: await toShownResult(answer),
    basis: `As of log size ${answer.logSize}.`,
    downloads: toDownloads('/query', face, query, form),
  };
  return c.html(queryPage(face, query, outcome));
}

/** What a page shows of an answer. */
export async function toShownResult({ format, bytes }: SparqlAnswer): Promise<QueryResult> {
  return format === 'text/turtle' ? readShownGraph(bytes, SHOWN_GRAPH_BYTES) : await readShownResult(bytes, SHOWN_ROWS);
}

/** The formats an answer can be had in, and where. */
export function toDownloads(
  path: '/query' | '/facts',
  face: Face,
  query: SparqlQuery,
  form: QueryForm,
): (readonly [name: string, href: string])[] {
  return toDownloadNames(form).map((name) => [name.toUpperCase(), toDownloadHref(path, face, query, name)]);
}

function toDownloadHref(path: string, face: Face, query: SparqlQuery, name: string): string {
  const search = new URLSearchParams({ query: query.text });
  for (const graph of query.defaultGraphs ?? []) search.append('default-graph-uri', graph);
  for (const graph of query.namedGraphs ?? []) search.append('named-graph-uri', graph);
  if (query.view !== undefined) search.set('view', query.view);
  search.set('format', name);
  return face.href(`${path}?${search}`);
}
