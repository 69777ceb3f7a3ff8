import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import oxigraph from 'oxigraph';

/** How a server can fail. */
export type Mood = 'well' | 'away' | 'failing' | 'deaf';

/** A small SPARQL 1.1 server over oxigraph: queries with their dataset, and a graph store that takes PUT. Its default graph is the union. */
export class SparqlServer {
  mood: Mood = 'well';
  /** It says that it has more rows than it gives, as Virtuoso does. */
  cutAt: number | undefined;
  /** Names of the graphs in the order they were put, each time they were. */
  readonly puts: string[] = [];
  /** Authorization headers that came. */
  readonly credentials = new Set<string | undefined>();
  readonly #store = new oxigraph.Store();
  readonly #server = createServer((request, reply) => {
    void readAll(request).then((body) => {
      if (this.mood === 'away') return request.socket.destroy();
      if (this.mood === 'deaf') return undefined;
      this.credentials.add(request.headers.authorization);
      const { status, mediaType, text } = this.mood === 'failing' ? toFailure() : this.#answer(request, body);
      const cut = this.cutAt === undefined ? {} : { 'X-SPARQL-MaxRows': this.cutAt };
      reply.writeHead(status, { 'Content-Type': mediaType, ...cut });
      return reply.end(text);
    });
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** What a crash that lost its last writes leaves. */
  forget(graph: string): void {
    this.#store.update(`DROP GRAPH <${graph}>`);
  }

  graphs(): string[] {
    const rows = this.#store.query('SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g', {}) as Map<
      string,
      { value: string }
    >[];
    return rows.map((row) => row.get('g')!.value);
  }

  size(): number {
    return this.#store.size;
  }

  #answer(request: IncomingMessage, body: string): { status: number; mediaType: string; text: string } {
    const url = new URL(request.url ?? '', 'http://x');
    const graph = url.searchParams.get('graph');
    try {
      if (request.method === 'PUT' && graph !== null) {
        this.#store.update(`DROP SILENT GRAPH <${graph}>`);
        this.#store.load(body, { format: 'text/turtle', to_graph_name: oxigraph.namedNode(graph) });
        this.puts.push(graph);
        return { status: 204, mediaType: 'text/plain', text: '' };
      }
      const results_format = request.headers.accept ?? '';
      const form = new URLSearchParams(body);
      const [defaults, named] = ['default-graph-uri', 'named-graph-uri'].map((name) =>
        form.getAll(name).map((iri) => oxigraph.namedNode(iri)),
      );
      const isGiven = defaults!.length + named!.length > 0;
      const dataset = isGiven ? { default_graph: defaults, named_graphs: named } : { use_default_graph_as_union: true };
      const text = String(this.#store.query(form.get('query') ?? '', { results_format, ...dataset } as object));
      return { status: 200, mediaType: results_format, text };
    } catch (failure) {
      return { status: 400, mediaType: 'text/plain', text: String(failure) };
    }
  }
}

function toFailure() {
  return { status: 500, mediaType: 'text/plain', text: 'out of memory' };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
