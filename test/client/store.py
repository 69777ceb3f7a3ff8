"""Uses the endpoint as a store of rdflib; prints the outcome as JSON."""
import json
import sys

from rdflib import Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore

url, graph = sys.argv[1:]
OS = URIRef("http://mp.stratuslab.eu/slterms#os")
union = Graph(SPARQLStore(url))
named = Graph(SPARQLStore(url, context_aware=True), identifier=URIRef(graph))
store = SPARQLStore(url, context_aware=True)

print(json.dumps({
    "triples": sorted(str(system) for _, _, system in union.triples((None, OS, None))),
    "subjects": len(list(union.subjects(OS, Literal("ubuntu")))),
    "is there": (URIRef(graph), OS, Literal("ubuntu")) in union,
    "select": sorted(str(row.os) for row in union.query("SELECT ?os { ?x <%s> ?os }" % OS)),
    "ask": bool(union.query("ASK { ?s ?p ?o }")),
    "construct": len(union.query("CONSTRUCT { ?x <urn:os> ?os } WHERE { ?x <%s> ?os }" % OS).graph),
    "named": [str(system) for system in named.objects(URIRef(graph), OS)],
    "graphs": len(list(store.contexts((None, OS, None)))),
}))
