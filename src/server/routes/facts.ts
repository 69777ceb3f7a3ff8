import type { Context, Hono } from 'hono';
import type { SparqlQuery } from '../../catalog/sparql/sparql.ts';
import { VouchError } from '../../errors.ts';
import { toClientName } from '../client-address.ts';
import { toEndpointDescription } from '../endpoint-description.ts';
import type { Face } from '../face.ts';
import type { Facts } from '../facts/facts.ts';
import { factsPage } from '../pages/facts-page.ts';
import type { QueryOutcome } from '../pages/query-page.ts';
import { ANSWER_REPRESENTATIONS, toAnswerName, toContentType, toEngineFormat } from '../query-format.ts';
import { type QueryRequest, readQueryRequest } from '../query-request.ts';
import { choose, isReply, mount } from '../resource.ts';
import { DESCRIPTIONS, type QueryOptions, replyFault, replyQuads, toDownloads, toShownResult } from './query.ts';

const DATASET =
  'How images are used and what was found at their locations, with the current entries they belong to: counted and found out, not endorsed.';

/** `/facts`: the SPARQL 1.1 Protocol over what is counted and found out about images, a form and a table for people. */
export function mountFacts(app: Hono, face: Face, facts: Facts, options: QueryOptions): void {
  const reply = (c: Context) => replyFacts(c, face, facts, options);
  mount(app, face, '/facts', { GET: reply, POST: reply });
}

async function replyFacts(c: Context, face: Face, facts: Facts, options: QueryOptions): Promise<Response> {
  c.header('Cache-Control', 'no-store');
  c.header('Vary', 'Accept');
  const asked = await readQueryRequest(c.req.raw, options.bodySeconds);
  const { query, representation } = asked;
  if (query === undefined) return replyDescription(c, face, facts, representation);
  try {
    return await replyAnswer(c, face, facts, { ...asked, query }, options);
  } catch (thrown) {
    return replyFault(c, thrown, representation, (message) =>
      factsPage(face, facts, query, { kind: 'error', message }),
    );
  }
}

async function replyDescription(
  c: Context,
  face: Face,
  facts: Facts,
  representation: string | undefined,
): Promise<Response> {
  const chosen = choose(c, face, DESCRIPTIONS, representation);
  if (isReply(chosen)) return chosen;
  const { name, mediaType } = chosen;
  if (name === 'html') return c.html(factsPage(face, facts, { text: '' }, { kind: 'nothing' }));
  const { baseUrl } = face.registry;
  return replyQuads(c, toEndpointDescription(`${baseUrl}/facts`, `${baseUrl}/vocabulary`, DATASET), {
    name,
    mediaType,
  });
}

async function replyAnswer(
  c: Context,
  face: Face,
  facts: Facts,
  { query, asOf, representation }: QueryRequest & { readonly query: SparqlQuery },
  { addressOf, answers }: QueryOptions,
): Promise<Response> {
  if (query.view !== undefined || asOf !== undefined) {
    throw new VouchError(
      'query',
      'Use and locations are known as they are now: there are no views of them, and no past.',
    );
  }
  const form = facts.formOf(query);
  const name = representation === undefined ? undefined : toAnswerName(form, representation);
  const chosen = choose(c, face, ANSWER_REPRESENTATIONS[form], name);
  if (isReply(chosen)) return chosen;
  const client = toClientName(addressOf(c));
  const format = toEngineFormat(form, chosen.name);
  const { answer, madeAt } = await facts.query(query, [format], c.req.raw.signal, client);
  c.header('Last-Modified', madeAt.toUTCString());
  if (chosen.name !== 'html') return answers.reply(c, answer.bytes, toContentType(chosen.mediaType), client);
  const outcome: QueryOutcome = {
    kind: 'answer',
    result: await toShownResult(answer),
    basis: `As it was at ${madeAt.toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
    downloads: toDownloads('/facts', face, query, form),
  };
  return c.html(factsPage(face, facts, query, outcome));
}
