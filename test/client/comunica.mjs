// Asks the endpoint by Comunica what only a whole client can: a join over two sources. Prints the outcome as JSON.
import { QueryEngine } from '@comunica/query-sparql';

const [first, second] = process.argv.slice(2);
const engine = new QueryEngine();
const OS = '<http://mp.stratuslab.eu/slterms#os>';

async function rowsOf(query, ...urls) {
  const sources = urls.map((value) => ({ type: 'sparql', value }));
  const bindings = await (await engine.queryBindings(query, { sources })).toArray();
  return bindings.map((row) => [...row.values()].map((term) => term.value)).sort();
}

const graph = await engine.queryQuads(`CONSTRUCT { ?x <urn:os> ?os } WHERE { ?x ${OS} ?os }`, {
  sources: [{ type: 'sparql', value: first }],
});
console.log(
  JSON.stringify({
    rows: await rowsOf(`SELECT ?os { ?x ${OS} ?os }`, first),
    boolean: await engine.queryBoolean('ASK { ?s ?p ?o }', { sources: [{ type: 'sparql', value: first }] }),
    triples: (await graph.toArray()).length,
    described: await rowsOf(`SELECT ?os { ?x ${OS} ?os }`, first).then((rows) => rows.length),
    joined: await rowsOf(`SELECT DISTINCT ?os { ?x ${OS} ?os . ?y ${OS} ?os FILTER(?x != ?y) }`, first, second),
  }),
);
