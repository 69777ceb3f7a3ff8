import { SPARQL_VIEWS, type SparqlQuery } from '../catalog/sparql/sparql.ts';
import { VouchError } from '../errors.ts';
import { readMoment } from './as-of.ts';
import { isUtf8, readBody, toMediaType } from './body.ts';

/** Longest query taken, in bytes of the request body. */
const QUERY_BYTES_LIMIT = 256 * 1024;

/** A query as the protocol carries it (SPARQL 1.1 Protocol, section 2.1). */
export interface QueryRequest {
  /** Undefined where a GET carries none: it asks for the service itself. */
  readonly query: SparqlQuery | undefined;
  /** The moment of the past the query is asked of, as it was written. */
  readonly asOf?: string;
  /** The representation asked for by name. */
  readonly representation?: string;
}

/** Reads a query from the URL (GET), a form or a bare body (POST). Throws `query`, `media-type`, `too-large`, `usage`. */
export async function readQueryRequest(request: Request, bodySeconds: number): Promise<QueryRequest> {
  const search = new URL(request.url).searchParams;
  if (request.method !== 'POST') return toRequest(search.getAll('query'), search, search);
  const contentType = request.headers.get('Content-Type');
  const mediaType = toMediaType(contentType);
  if (mediaType !== 'application/x-www-form-urlencoded' && mediaType !== 'application/sparql-query') {
    const hint = mediaType === 'application/sparql-update' ? 'This endpoint takes no updates. ' : '';
    throw new VouchError(
      'media-type',
      `${hint}Post a query as application/sparql-query or application/x-www-form-urlencoded.`,
    );
  }
  if (!isUtf8(contentType)) throw new VouchError('media-type', 'A query must be sent in UTF-8.');
  const body = decode(await readBody(request, { bytes: QUERY_BYTES_LIMIT, seconds: bodySeconds }));
  if (mediaType === 'application/sparql-query') return toRequest([body], search, search);
  const form = new URLSearchParams(body);
  const read = toRequest(form.getAll('query'), form, form);
  if (read.query === undefined) throw new VouchError('query', 'The form has no field named query.');
  return read;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new VouchError('query', 'The query is not UTF-8.', { cause });
  }
}

function toRequest(texts: readonly string[], dataset: URLSearchParams, settings: URLSearchParams): QueryRequest {
  if (texts.length > 1) throw new VouchError('query', 'The request carries more than one query.');
  if (settings.has('update')) throw new VouchError('query', 'This endpoint answers queries; it takes no updates.');
  const [text] = texts;
  const representation = settings.get('format');
  const asOf = readMoment(settings);
  return {
    query:
      text === undefined || (text.trim() === '' && !isDataset(dataset)) ? undefined : toQuery(text, dataset, settings),
    ...(asOf === undefined ? {} : { asOf }),
    ...(representation === null || representation === '' ? {} : { representation }),
  };
}

function isDataset(parameters: URLSearchParams): boolean {
  return parameters.has('default-graph-uri') || parameters.has('named-graph-uri');
}

function toQuery(text: string, parameters: URLSearchParams, settings: URLSearchParams): SparqlQuery {
  const defaultGraphs = parameters.getAll('default-graph-uri');
  const namedGraphs = parameters.getAll('named-graph-uri');
  return {
    text,
    ...(defaultGraphs.length === 0 ? {} : { defaultGraphs }),
    ...(namedGraphs.length === 0 ? {} : { namedGraphs }),
    ...readView(settings.get('view')),
  };
}

/** Which entries a query sees, where the request says so. Throws `query`. */
export function readView(given: string | null): Pick<SparqlQuery, 'view'> {
  if (given === null || given === '') return {};
  const view = SPARQL_VIEWS.find((name) => name === given);
  if (view === undefined)
    throw new VouchError('query', `There is no view ${given}; there are ${SPARQL_VIEWS.join(', ')}.`);
  return { view };
}
