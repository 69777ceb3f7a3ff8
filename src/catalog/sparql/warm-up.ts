import { DCTERMS, SLREQ, SLTERMS } from '../../rdf/vocabulary.ts';

/*
 * A thread that has just begun to run answers a query in several times what the same query takes it later, since nothing is compiled yet.
 * So it is asked what people ask of a registry, about few entries, before anybody comes.
 */

/** An index of fewer records is asked quickly enough anyway. */
export const WARM_RECORDS = 500;

/** How often each query is asked, of a thread that answers queries only; those that are killed are replaced, and others wait for the processor. */
export const WORKER_ROUNDS = 25;
/** And of the thread of the server, which does much else between queries, and is told to pause between these. */
export const SERVER_ROUNDS = 150;

const PREFIXES = `PREFIX dcterms: <${DCTERMS.ns}> PREFIX slreq: <${SLREQ.ns}> PREFIX slterms: <${SLTERMS.ns}>`;
/** Some entries, however many there are. */
const SOME = '{ SELECT ?x { ?x dcterms:identifier ?any } LIMIT 100 }';
const WHO = '?x slreq:endorsement ?act . ?act dcterms:created ?created ; slreq:endorser ?who . ?who slreq:email ?email';

const QUERIES = [
  `SELECT DISTINCT ?identifier ?os ?version ?email ?created { ${SOME} ?x dcterms:identifier ?identifier . ${WHO}
    OPTIONAL { ?x slterms:os ?os } OPTIONAL { ?x slterms:os-version ?version } OPTIONAL { ?x slterms:deprecated ?why }
    FILTER(!BOUND(?why) && STR(?os) != "") } ORDER BY DESC(?created) ?identifier LIMIT 50`,
  `SELECT ?email (MAX(?created) AS ?latest) (COUNT(?x) AS ?entries) { ${SOME} ${WHO} FILTER(?email != "") } GROUP BY ?email`,
  `SELECT ?x ?title { ${SOME} ?x dcterms:title ?title ; dcterms:description ?description
    FILTER(REGEX(?title, "one", "i") || REGEX(?description, "two", "i")) }`,
  `SELECT ?os (COUNT(?x) AS ?n) { ${SOME} ?x slterms:os ?os FILTER NOT EXISTS { ?x slterms:deprecated ?why } } GROUP BY ?os`,
  `SELECT (COUNT(*) AS ?n) { ${SOME} ?x dcterms:identifier ?identifier ; slterms:os ?os }`,
  `SELECT ?g ?p ?o { { SELECT ?g { GRAPH ?g { ?x dcterms:identifier ?any } } LIMIT 3 } GRAPH ?g { ?x ?p ?o } }`,
  `ASK { ?x slreq:checksum ?sum . ?sum slreq:algorithm "SHA-256" ; slreq:value "0" }`,
];

/** The queries, one after the other and again; each text is another, so that nothing that was kept answers it. */
export function* toWarmQueries(rounds: number): Generator<string, void, void> {
  for (let round = 0; round < rounds; round++) {
    for (const query of QUERIES) yield `# warm up ${round}\n${PREFIXES} ${query}`;
  }
}
