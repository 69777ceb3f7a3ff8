import type { Context, Hono } from 'hono';
import type { SavedQuery } from '../../catalog/sparql/saved-query.ts';
import { VouchError } from '../../errors.ts';
import { readMoment } from '../as-of.ts';
import { type ClientAddress, toClientName } from '../client-address.ts';
import { toETag } from '../etag.ts';
import type { Face } from '../face.ts';
import type { LargeAnswers } from '../large-answer.ts';
import { savedQueriesPage } from '../pages/saved-queries-page.ts';
import { readView } from '../query-request.ts';
import { choose, isReply, mount, notModified, replyJson } from '../resource.ts';
import { type QueryReplyOptions, replyToQuery } from './query.ts';

const LIST = [
  { name: 'json', mediaTypes: ['application/json'] },
  { name: 'html', mediaTypes: ['text/html', 'application/xhtml+xml'] },
] as const;
/** Parameters of the answer, not of the query. */
const OF_ANSWER = ['format', 'view', 'asOf'];

/** `/queries` and each saved query below it: a query as a resource, its parameters in the URL. */
export function mountSavedQueries(
  app: Hono,
  face: Face,
  queries: readonly SavedQuery[],
  { addressOf, answers }: { readonly addressOf: ClientAddress; readonly answers: LargeAnswers },
): void {
  mount(app, face, '/queries', { GET: (c) => replyList(c, face, queries) });
  for (const saved of queries) {
    mount(app, face, `/queries/${saved.name}`, {
      GET: (c) => replySaved(c, face, saved, { client: toClientName(addressOf(c)), answers }),
    });
  }
}

function replyList(c: Context, face: Face, queries: readonly SavedQuery[]): Response | Promise<Response> {
  const chosen = choose(c, face, LIST, c.req.query('format'));
  if (isReply(chosen)) return chosen;
  const list = queries.map((saved) => toListed(saved, face));
  const unchanged = notModified(c, toETag('queries', chosen.name, JSON.stringify(list)));
  if (unchanged !== undefined) return unchanged;
  return chosen.name === 'json' ? replyJson(c, { queries: list }) : c.html(savedQueriesPage(face, queries));
}

function replySaved(
  c: Context,
  face: Face,
  saved: SavedQuery,
  asking: Pick<QueryReplyOptions, 'client' | 'answers'>,
): Promise<Response> {
  const { searchParams } = new URL(c.req.url);
  const values = new Map<string, string>();
  for (const [name, value] of searchParams) {
    if (OF_ANSWER.includes(name)) continue;
    if (values.has(name)) throw new VouchError('usage', `The parameter ${name} is given more than once.`);
    values.set(name, value);
  }
  const text = saved.bind(values);
  const representation = searchParams.get('format') || undefined;
  const query = { text, ...readView(searchParams.get('view')) };
  return replyToQuery(c, face, query, { asOf: readMoment(searchParams), representation, ...asking });
}

function toListed({ name, summary, description, parameters }: SavedQuery, face: Face): Record<string, unknown> {
  const told = parameters.map(({ fallback, ...rest }) =>
    fallback === undefined ? rest : { ...rest, default: fallback },
  );
  return { name, url: `${face.registry.baseUrl}/queries/${name}`, summary, description, parameters: told };
}
