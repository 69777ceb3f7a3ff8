"""Asks the endpoint by SPARQLWrapper what its users ask, in every format and by both methods; prints the outcome as JSON."""
import json
import sys

from SPARQLWrapper import CSV, GET, JSON, N3, POST, POSTDIRECTLY, RDFXML, TSV, TURTLE, URLENCODED, XML, SPARQLWrapper

url, graph = sys.argv[1:]
ROWS = "SELECT ?os { ?x <http://mp.stratuslab.eu/slterms#os> ?os } ORDER BY ?os"
GRAPH = "CONSTRUCT { ?x <urn:os> ?os } WHERE { ?x <http://mp.stratuslab.eu/slterms#os> ?os }"


def ask(query, returned, method=GET, request=URLENCODED, default_graph=None):
    wrapper = SPARQLWrapper(url)
    wrapper.setQuery(query)
    wrapper.setReturnFormat(returned)
    wrapper.setMethod(method)
    wrapper.setRequestMethod(request)
    if default_graph is not None:
        wrapper.addDefaultGraph(default_graph)
    return wrapper.query().convert()


def rows(answer):
    return [row["os"]["value"] for row in answer["results"]["bindings"]]


def from_xml(answer):
    return [node.firstChild.data for node in answer.getElementsByTagName("literal")]


print(json.dumps({
    "get": rows(ask(ROWS, JSON)),
    "form": rows(ask(ROWS, JSON, POST)),
    "body": rows(ask(ROWS, JSON, POST, POSTDIRECTLY)),
    "xml": from_xml(ask(ROWS, XML)),
    "csv": ask(ROWS, CSV).decode(),
    "tsv": ask(ROWS, TSV).decode(),
    "dataset": rows(ask(ROWS, JSON, default_graph=graph)),
    "boolean": ask("ASK { ?s ?p ?o }", JSON)["boolean"],
    "rdfxml": len(ask(GRAPH, RDFXML)),
    "default": len(ask(GRAPH, XML)),
    "turtle": b"urn:os" in ask(GRAPH, TURTLE),
    "n3": b"urn:os" in ask(GRAPH, N3),
}))
