import { html } from 'hono/html';
import type { SparqlQuery } from '../../catalog/sparql/sparql.ts';
import { toUseDay, writeUseDay } from '../../usage/use-day.ts';
import type { Face } from '../face.ts';
import type { Facts } from '../facts/facts.ts';
import type { Markup } from './markup.ts';
import { type QueryExample, type QueryOutcome, type QueryPlace, queryPageOf } from './query-page.ts';

const YEAR_DAYS = 365;

const WITHDRAWN: QueryExample = [
  'Withdrawn images that sites let run in the last 30 days',
  `PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX slreq: <http://mp.stratuslab.eu/slreq#>
PREFIX vouch: <https://w3id.org/vouch#>
SELECT ?entry ?title ?email ?allowed WHERE {
  ?entry vouch:status "deprecated" ; vouch:image ?image ; dcterms:title ?title .
  ?entry slreq:endorsement/slreq:endorser/slreq:email ?email .
  ?image vouch:last30Days/vouch:allowed ?allowed .
  FILTER (?allowed > 0)
}
ORDER BY DESC(?allowed)`,
];

const LOCATIONS: QueryExample = [
  'Locations that somebody should look after',
  `PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX vouch: <https://w3id.org/vouch#>
SELECT ?entry ?title ?location ?outcome ?checkedAt ?message WHERE {
  ?entry dcterms:title ?title ; vouch:locationFact ?fact .
  ?fact vouch:location ?location ; vouch:outcome ?outcome ; vouch:checkedAt ?checkedAt ; vouch:message ?message .
  FILTER (?outcome IN ("wrong", "missing", "unreachable"))
}
ORDER BY ?checkedAt`,
];

/** Images that nobody used for a year before `at`. */
function toUnused(at: Date): QueryExample {
  const day = writeUseDay(toUseDay(at) - YEAR_DAYS);
  return [
    'Images that nobody used for a year',
    `PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX vouch: <https://w3id.org/vouch#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT ?identifier ?countedSince ?lastUsed WHERE {
  ?image vouch:countedSince ?countedSince ; dcterms:identifier ?identifier .
  OPTIONAL { ?image vouch:lastUsed ?lastUsed }
  FILTER (COALESCE(?lastUsed, ?countedSince) < "${day}T00:00:00Z"^^xsd:dateTime)
}
ORDER BY ?countedSince`,
  ];
}

/** The page of queries about the use of images and about their locations. */
export function factsPage(face: Face, facts: Facts, query: SparqlQuery, outcome: QueryOutcome): Markup {
  const [counted, looked] = [face.usage !== undefined, face.locations !== undefined];
  const unused = toUnused(face.now());
  const examples: QueryPlace['examples'] = counted ? [WITHDRAWN, unused, ...(looked ? [LOCATIONS] : [])] : [LOCATIONS];
  const what = [...(counted ? ['how images are used'] : []), ...(looked ? ['what was found at their locations'] : [])];
  const place: QueryPlace = {
    path: '/facts',
    title: 'Use and locations',
    lead: html`SPARQL 1.1 over ${what.join(' and ')}, with the current entries they belong to. It is counted and found out, not endorsed: none of it is in the log, and an answer may be a few minutes old.`,
    examples,
    bounds: facts.bounds,
    views: [],
    further: html`<p>The words are those of the <a href="${face.href('/vocabulary#countedSince')}">vocabulary</a>. Everything that endorsers say is <a href="${face.href('/query')}">asked of the entries</a>${
      counted ? html`; the most used images are <a href="${face.href('/usage')}">on a page</a>` : ''
    }.</p>`,
  };
  return queryPageOf(face, place, query, outcome);
}
