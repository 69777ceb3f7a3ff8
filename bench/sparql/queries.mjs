// The eleven queries: what people and programs ask a marketplace. Each peer gets the same text.
import { endorserOf, identifierOf, toEntry } from './entries.mjs';

const PREFIXES = `PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX slreq: <http://mp.stratuslab.eu/slreq#>
PREFIX slterms: <http://mp.stratuslab.eu/slterms#>
`;

/** The queries for a registry of `count` entries, by name. */
export function toQueries(count) {
  const middle = Math.floor(count / 2);
  const email = `endorser${endorserOf(middle)}@example.org`;
  const checksum = toEntry(middle).checksums[2].value;
  const queries = {
    'distinct os + identifier':
      'SELECT DISTINCT ?os ?identifier { ?x dcterms:identifier ?identifier ; slterms:os ?os }',
    'by e-mail (FILTER)': `SELECT DISTINCT ?identifier ?email ?created {
      ?x dcterms:identifier ?identifier ; slreq:endorsement ?endorsement .
      ?endorsement slreq:endorser ?endorser ; dcterms:created ?created .
      ?endorser slreq:email ?email . FILTER (?email = "${email}") }`,
    'by e-mail (pattern)': `SELECT ?identifier ?created {
      ?x dcterms:identifier ?identifier ; slreq:endorsement ?endorsement .
      ?endorsement slreq:endorser ?endorser ; dcterms:created ?created .
      ?endorser slreq:email "${email}" }`,
    'latest per endorser': `SELECT ?email (MAX(?created) AS ?latest) (COUNT(?x) AS ?entries) {
      ?x slreq:endorsement ?endorsement .
      ?endorsement dcterms:created ?created ; slreq:endorser ?endorser .
      ?endorser slreq:email ?email } GROUP BY ?email`,
    listing: `SELECT ?x ?identifier ?title ?os ?version ?valid ?why {
      ?x dcterms:identifier ?identifier ; slreq:endorsement ?endorsement . ?endorsement dcterms:created ?created .
      OPTIONAL { ?x dcterms:title ?title } OPTIONAL { ?x slterms:os ?os } OPTIONAL { ?x slterms:os-version ?version }
      OPTIONAL { ?x dcterms:valid ?valid } OPTIONAL { ?x slterms:deprecated ?why } } ORDER BY DESC(?created) LIMIT 50`,
    count: 'SELECT (COUNT(*) AS ?n) { ?x dcterms:identifier ?identifier ; slterms:os "debian" }',
    regex: `SELECT ?x ?title { ?x dcterms:title ?title ; dcterms:description ?description .
      FILTER (REGEX(?title, "number 77", "i") || REGEX(?description, "blast", "i")) }`,
    'NOT EXISTS deprecated': `SELECT ?os (COUNT(?x) AS ?n) { ?x slterms:os ?os .
      FILTER NOT EXISTS { ?x slterms:deprecated ?why } } GROUP BY ?os`,
    'ASK by checksum': `ASK { ?x slreq:checksum ?c . ?c slreq:algorithm "SHA-256" ; slreq:value "${checksum}" }`,
    "the original's list": `SELECT DISTINCT ?identifier ?os ?osversion ?arch ?email ?created ?location {
      ?x dcterms:identifier ?identifier ; slterms:tag "latest" ; slreq:endorsement ?endorsement .
      ?endorsement dcterms:created ?created ; slreq:endorser ?endorser . ?endorser slreq:email ?email .
      OPTIONAL { ?x slterms:os ?os } OPTIONAL { ?x slterms:os-version ?osversion } OPTIONAL { ?x slterms:os-arch ?arch }
      OPTIONAL { ?x slterms:location ?location } OPTIONAL { ?x slterms:deprecated ?deprecated }
      FILTER (!BOUND(?deprecated) && STR(?os) = "debian") } ORDER BY ?identifier LIMIT 1000`,
    'GRAPH ?g': `SELECT ?g ?p ?o { GRAPH ?g { ?x dcterms:identifier "${identifierOf(middle)}" ; ?p ?o } }`,
  };
  return Object.fromEntries(Object.entries(queries).map(([name, text]) => [name, PREFIXES + text]));
}
