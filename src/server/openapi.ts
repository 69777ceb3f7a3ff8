import { SORT_COLUMNS } from '../catalog/browse.ts';
import type { ParameterType, SavedQuery } from '../catalog/sparql/saved-query.ts';
import { SPARQL_VIEWS } from '../catalog/sparql/sparql.ts';
import { LIST_VIEWS } from './list-request.ts';
import { LOG_OPERATIONS } from './log-operations.ts';
import {
  IDENTIFIER,
  inPath,
  inQuery,
  JSON_ONLY,
  type Operation,
  type Operations,
  type Schema,
  text,
} from './operation.ts';
import { FEED_OPERATIONS, PART_OPERATIONS } from './part-operations.ts';
import { ANSWER_REPRESENTATIONS } from './query-format.ts';
import { STATUS_NAMES } from './selector.ts';
import { USAGE_OPERATIONS } from './usage-operations.ts';

const EMAIL = inPath('email', 'E-mail address of the endorser.');
const FORMAT = inQuery('format', 'The format by name; else Accept decides.');
const AS_OF = inQuery('asOf', 'What was said then: a log size or a time.');
const LIST = [
  AS_OF,
  inQuery('q', 'Words that must each begin a word of the entry.'),
  inQuery('status', 'Which entries by their standing.', { enum: STATUS_NAMES, default: 'valid' }),
  ...['identifier', 'email', 'os', 'arch', 'kind', 'hypervisor', 'tag', 'origin'].map((name) =>
    inQuery(name, 'Exactly this value.'),
  ),
  inQuery('sort', 'The column to order by, largest first with a minus sign before it; newest first where absent.', {
    enum: SORT_COLUMNS.flatMap((column) => [column, `-${column}`]),
  }),
  inQuery('view', 'How a page for people shows the list.', { enum: LIST_VIEWS }),
  inQuery('limit', 'Entries of a page.', { type: 'integer', minimum: 1, maximum: 1000, default: 50 }),
  inQuery('after', 'Where a page begins: from `next` of the page before.'),
  FORMAT,
];
const LISTS = ['application/xml', 'text/html', 'application/json'];
const ENTRY = [
  'application/rdf+xml',
  'text/html',
  'application/json',
  'application/ld+json',
  'text/turtle',
  'application/n-quads',
];
const ANSWERS = [
  ...new Set(Object.values(ANSWER_REPRESENTATIONS).flatMap((all) => all.map(({ mediaTypes }) => mediaTypes[0]!))),
];
const VIEW = inQuery('view', 'Which entries the query sees; the registry has a usual view.', { enum: SPARQL_VIEWS });
const GRAPHS = [
  inQuery('default-graph-uri', 'A graph of the default graph.', { type: 'array', items: text }),
  inQuery('named-graph-uri', 'A named graph.', { type: 'array', items: text }),
];
const DATASET = [VIEW, AS_OF, ...GRAPHS];

/** The resources of docs/http-api.md. */
const PATHS: Operations = {
  '/metadata': {
    get: { summary: 'List entries, newest first', parameters: LIST, replies: LISTS },
    post: {
      summary: 'Submit a signed entry',
      body: ['application/rdf+xml', 'application/xml', 'text/xml', 'multipart/form-data'],
      replies: JSON_ONLY,
      status: 201,
    },
  },
  '/metadata/{identifier}': {
    get: { summary: 'The entries of an image', parameters: [IDENTIFIER, ...LIST], replies: LISTS },
  },
  '/metadata/{identifier}/{email}/{created}': {
    get: {
      summary: 'One entry; its RDF/XML is exactly what was signed',
      parameters: [IDENTIFIER, EMAIL, inPath('created', 'When it was signed, as in 2026-01-31T12:00:00Z.'), FORMAT],
      replies: ENTRY,
    },
  },
  '/tag/{email}/{tag}': {
    get: {
      summary: 'The newest undeprecated entry of an endorser with a tag',
      parameters: [EMAIL, inPath('tag', 'The tag.'), AS_OF, FORMAT],
      replies: ENTRY,
    },
  },
  '/origins': {
    get: { summary: 'Whose entries are shown', parameters: [FORMAT], replies: ['application/json', 'text/html'] },
  },
  '/endorsers': {
    get: { summary: 'Who endorses here', parameters: [AS_OF, FORMAT], replies: ['application/json', 'text/html'] },
  },
  '/endorsers/{email}': {
    get: { summary: 'One endorser', parameters: [EMAIL, FORMAT], replies: ['application/json', 'text/html'] },
  },
  '/endorsers/{email}/tags': {
    get: {
      summary: 'The tags of an endorser',
      parameters: [EMAIL, FORMAT],
      replies: ['application/json', 'text/html'],
    },
  },
  '/facts': {
    get: {
      summary: 'Ask a SPARQL 1.1 query about the use of images and what was found at their locations',
      parameters: [inQuery('query', 'The query.'), ...GRAPHS, FORMAT],
      replies: ANSWERS,
    },
    post: {
      summary: 'Ask a SPARQL 1.1 query about the use of images and what was found at their locations',
      parameters: [...GRAPHS, FORMAT],
      body: ['application/sparql-query', 'application/x-www-form-urlencoded'],
      replies: ANSWERS,
    },
  },
  '/query': {
    get: {
      summary: 'Ask a SPARQL 1.1 query; without one, the service description',
      parameters: [inQuery('query', 'The query.'), ...DATASET, FORMAT],
      replies: ANSWERS,
    },
    post: {
      summary: 'Ask a SPARQL 1.1 query',
      parameters: DATASET,
      body: ['application/sparql-query', 'application/x-www-form-urlencoded'],
      replies: ANSWERS,
    },
  },
  ...FEED_OPERATIONS,
  ...PART_OPERATIONS,
  '/submissions/{sha256}': {
    get: {
      summary: 'How a submitted document stands',
      parameters: [inPath('sha256', 'SHA-256 of the document, 64 hex digits.')],
      replies: ['application/json', 'text/html'],
    },
  },
  '/queries': {
    get: { summary: 'The saved queries', parameters: [FORMAT], replies: ['application/json', 'text/html'] },
  },
  '/vocabulary': {
    get: {
      summary: 'The terms by which the registry says what it derived of entries',
      parameters: [FORMAT],
      replies: ['text/turtle', 'text/html', 'application/ld+json', 'application/n-triples'],
    },
  },
  ...USAGE_OPERATIONS,
  ...LOG_OPERATIONS,
  '/health/live': { get: { summary: 'Whether the process answers', replies: JSON_ONLY } },
  '/health/mirror': { get: { summary: 'How a mirror stands to the log it copies', replies: JSON_ONLY } },
  '/health/ready': {
    get: {
      summary: 'Whether lists and SPARQL have everything, and what is wrong',
      parameters: [
        inQuery('strict', 'Given: anything that is wrong is a 503.', { type: 'string', enum: ['', 'true'] }),
      ],
      replies: JSON_ONLY,
    },
  },
  '/status': {
    get: { summary: 'How the registry stands', parameters: [FORMAT], replies: ['application/json', 'text/html'] },
  },
  '/metrics': { get: { summary: 'Figures for Prometheus, for whom the operator lets', replies: ['text/plain'] } },
};

const VALUE_SCHEMAS = {
  string: { type: 'string', maxLength: 1000 },
  integer: { type: 'integer' },
  decimal: { type: 'number' },
  boolean: { type: 'boolean' },
  dateTime: { type: 'string', format: 'date-time' },
  iri: { type: 'string', format: 'iri' },
} as const satisfies Record<ParameterType, Schema>;

/**
 * The HTTP interface as OpenAPI 3.1: the resources of docs/http-api.md that are there, and each saved query with its parameters. `isThere`
 * is asked of each path, which has its parameters in braces.
 */
export function toOpenApi(
  title: string,
  baseUrl: string,
  queries: readonly SavedQuery[],
  isThere: (path: string) => boolean,
): Schema {
  const paths: Record<string, Schema> = {};
  for (const [path, operations] of Object.entries(PATHS)) if (isThere(path)) paths[path] = toPathItem(operations);
  for (const saved of queries) paths[`/queries/${saved.name}`] = { get: toSavedOperation(saved) };
  return {
    openapi: '3.1.0',
    info: { title, version: '1', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: baseUrl }],
    paths,
    components: { responses: { Problem: PROBLEM } },
  };
}

const PROBLEM = {
  description: 'What was wrong, as RFC 9457 has it.',
  content: {
    'application/problem+json': {
      schema: {
        type: 'object',
        properties: { type: text, title: text, status: { type: 'integer' }, detail: text },
        required: ['type', 'title', 'status'],
      },
    },
  },
};

function toPathItem(operations: Readonly<Record<string, Operation>>): Schema {
  return Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, toOperation(operation)]));
}

function toOperation({ summary, parameters = [], body, replies, status = 200 }: Operation): Schema {
  return {
    summary,
    parameters,
    ...(body === undefined ? {} : { requestBody: { required: true, content: toContent(body) } }),
    responses: {
      [status]: { description: summary, content: toContent(replies) },
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

function toSavedOperation({ name, summary, description, parameters }: SavedQuery): Schema {
  const told = parameters.map(({ name: parameter, type, meaning, fallback }) => ({
    ...inQuery(parameter, meaning, {
      ...VALUE_SCHEMAS[type],
      ...(fallback === undefined ? {} : { default: fallback }),
    }),
    required: fallback === undefined,
  }));
  return {
    operationId: name,
    ...toOperation({
      summary: summary === '' ? name : summary,
      parameters: [...told, VIEW, AS_OF, FORMAT],
      replies: ANSWERS,
    }),
    ...(description === '' ? {} : { description }),
  };
}

function toContent(mediaTypes: readonly string[]): Schema {
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, {}]));
}
