import { fileURLToPath } from 'node:url';
import { Parser } from 'n3';

const MF = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#';
const HT = 'http://www.w3.org/2011/http#';
const CNT = 'http://www.w3.org/2011/content#';
const UT = 'http://www.w3.org/2009/sparql/tests/test-update#';
const SD = 'http://www.w3.org/ns/sparql-service-description#';
const LABEL = 'http://www.w3.org/2000/01/rdf-schema#label';
/** What the suite's graphs are named below. */
const BASE = 'http://kasei.us/2009/09/sparql/';

/** Sends the test's requests one after the other; undefined if each is answered as described, else what is wrong. */
export async function runProtocol({ node }, endpoint) {
  const graphs = node.all(`${UT}graphData`).map((data) => ({
    iri: data.text(LABEL),
    file: fileURLToPath(data.text(`${UT}graph`)),
  }));
  await endpoint.load({ base: BASE, graphs: [...graphs, { iri: `${BASE}data/data0.rdf` }] });
  for (const request of node.one(`${MF}action`).list(`${HT}requests`)) {
    const wrong = await send(request, endpoint);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

async function send(request, endpoint) {
  const fields = request.list(`${HT}headers`);
  const headers = new Headers(fields.map((field) => [field.text(`${HT}fieldName`), field.text(`${HT}fieldValue`)]));
  const body = request.one(`${HT}body`);
  const path = request.text(`${HT}absolutePath`).replace(/^\/sparql\/?/, '/query');
  // bytes, since fetch adds a Content-Type to text
  const reply = await endpoint.request(path, {
    method: request.text(`${HT}methodName`),
    headers,
    ...(body === undefined ? {} : { body: toBytes(body) }),
  });
  const text = await reply.text();
  const expected = request.one(`${HT}resp`);
  const statuses = expected.all(`${MF}expectedStatus`).map(({ term }) => term.value.replace(/^.*StatusCode/, ''));
  const isExpected = statuses.some((status) => String(reply.status).startsWith(status.replace(/xx$/, '')));
  if (!isExpected) return `${reply.status} instead of ${statuses.join(' or ')}: ${text}`;
  const boolean = expected.text(`${MF}expectedBoolean`);
  if (boolean !== undefined && String(JSON.parse(text).boolean) !== boolean) return `not ${boolean}: ${text}`;
  const format = expected.text(`${MF}expectedFormat`);
  return isFormat(format, reply.headers.get('Content-Type'), text) ? undefined : `no ${format}: ${text}`;
}

function toBytes(body) {
  const encoding = body.text(`${CNT}characterEncoding`) ?? 'UTF-8';
  return Buffer.from(body.text(`${CNT}chars`), encoding.toUpperCase() === 'UTF-8' ? 'utf8' : 'utf16le');
}

function isFormat(format, mediaType, text) {
  if (format === 'RDF') return mediaType.startsWith('text/turtle') && Array.isArray(new Parser().parse(text));
  if (mediaType !== 'application/sparql-results+json') return format === undefined;
  const { boolean, results } = JSON.parse(text);
  return format === undefined || (format === 'boolean' ? boolean !== undefined : results !== undefined);
}

/** The three tests of the service description, whose rules stand in its specification (section 3). */
export async function runServiceDescription({ id }, endpoint) {
  await endpoint.load({ base: BASE, graphs: [] });
  const url = `${BASE}query`;
  const reply = await endpoint.request('/query', { headers: { Accept: 'text/turtle' } });
  if (!reply.headers.get('Content-Type').startsWith('text/turtle')) return 'not described in Turtle';
  const quads = new Parser({ baseIRI: url }).parse(await reply.text());
  if (id.endsWith('#returns-rdf')) return quads.length > 0 ? undefined : 'an empty description';
  if (id.endsWith('#has-endpoint-triple')) {
    const isThere = quads.some(({ predicate, object }) => predicate.value === `${SD}endpoint` && object.value === url);
    return isThere ? undefined : `no sd:endpoint of ${url}`;
  }
  const unknown = quads.find(({ predicate }) => predicate.value.startsWith(SD) && !PROPERTIES.has(predicate.value));
  if (unknown !== undefined) return `${unknown.predicate.value} is no term of the vocabulary`;
  const services = quads.filter(({ object }) => object.value === `${SD}Service`);
  return services.length === 1 ? undefined : `${services.length} services`;
}

const PROPERTIES = new Set(
  [
    'availableGraphs',
    'defaultDataset',
    'defaultEntailmentRegime',
    'defaultGraph',
    'defaultSupportedEntailmentProfile',
    'endpoint',
    'entailmentRegime',
    'extensionAggregate',
    'extensionFunction',
    'feature',
    'graph',
    'inputFormat',
    'languageExtension',
    'name',
    'namedGraph',
    'propertyFeature',
    'resultFormat',
    'supportedEntailmentProfile',
    'supportedLanguage',
  ].map((name) => SD + name),
);
