# A SPARQL endpoint around rdflib, whose own is a client only. Arguments: port, N-Quads file.
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from rdflib import ConjunctiveGraph

dataset = ConjunctiveGraph()
dataset.parse(sys.argv[2], format="nquads")


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        text = parse_qs(urlsplit(self.path).query)["query"][0]
        body = dataset.query(text).serialize(format="json")
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Endpoint)
print("ready", flush=True)
server.serve_forever()
