import type { Catalog, CatalogEntry, EntryStatus } from '../../catalog/catalog.ts';
import { toEntryIri } from '../../catalog/entry-graph.ts';
import type { GraphChange, GraphChanges, GraphSource } from '../../catalog/graph-source.ts';
import { VouchError } from '../../errors.ts';
import type { Quad } from '../../rdf/quad.ts';
import { writeNTriples } from '../../rdf/write-n-triples.ts';
import type { LocationFacts } from '../../site/probe/location-facts.ts';
import type { Usage } from '../../usage/usage.ts';
import { toEntryName } from '../pages/entry-words.ts';
import { FactTriples } from './fact-triples.ts';

export interface FactParts {
  /** Of everything that is shown. */
  readonly catalog: Catalog;
  readonly baseUrl: string;
  /** How images are used; nobody counts where absent. */
  readonly usage?: Usage | undefined;
  /** What was found at locations; nobody looks where absent. */
  readonly locations?: LocationFacts | undefined;
  /** Whether everybody who may read sees what each site told, and the name that it gives itself. */
  readonly isShowingSites: boolean;
}

const CURRENT: readonly EntryStatus[] = ['valid', 'expired', 'deprecated'];
/** Entries read at once. */
const STRETCH = 200;

/**
 * What is counted and found out about images, at one moment, as graphs for a SPARQL engine: one for each current entry, named by its IRI,
 * and one for each image whose use is counted, named by the address of its page. It is read once, when the engine asks.
 */
export class FactSource implements GraphSource {
  readonly #parts: FactParts;
  readonly #at: Date;
  readonly #size: number;
  readonly #signal: AbortSignal;

  /** Reading ends once `signal` is aborted. */
  constructor(parts: FactParts, at: Date, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    this.#at = at;
    // there are never more current entries, nor more images, than records
    this.#size = Math.max(1, parts.catalog.position() * 2);
  }

  position(): number {
    return this.#size;
  }

  waitFor(): Promise<void> {
    return Promise.resolve();
  }

  onAdvance(): () => void {
    return () => {};
  }

  changes(from: number): Promise<GraphChanges> {
    return Promise.resolve({ to: this.#size, steps: this.#read(from) });
  }

  async *#read(from: number): AsyncGenerator<readonly GraphChange[], void, void> {
    const { catalog, baseUrl, locations } = this.#parts;
    await locations?.refresh();
    const triples = new FactTriples(baseUrl);
    const seen = new Set<string>();
    let index = from;
    let after: string | undefined;
    do {
      if (this.#signal.aborted) throw new VouchError('closed', 'The registry is closing.');
      const page = { limit: STRETCH, ...(after === undefined ? {} : { after }) };
      const { entries, next } = await catalog.list({ statuses: CURRENT }, this.#at, page);
      const changes: GraphChange[] = [];
      const add = (iri: string, quads: readonly Quad[]): void => {
        // what came since the size was told is left to the next time
        if (index >= this.#size) return;
        changes.push({ index, iri, triples: writeNTriples(quads), isBare: true, isDeprecated: false });
        index++;
      };
      for (const entry of entries) {
        const found = locations?.of(entry.documentSha256) ?? [];
        add(toEntryIri(entry, baseUrl), triples.ofEntry(entry, toEntryName(entry), this.#at, found));
      }
      for (const [identifier, quads] of await this.#readUse(entries, triples, seen)) {
        add(`${baseUrl}/metadata/${identifier}`, quads);
      }
      yield changes;
      after = next;
    } while (after !== undefined);
  }

  /** The use of the images that these entries are about and that were not `seen` before. */
  async #readUse(
    entries: readonly CatalogEntry[],
    triples: FactTriples,
    seen: Set<string>,
  ): Promise<readonly (readonly [identifier: string, quads: readonly Quad[]])[]> {
    const { usage, isShowingSites } = this.#parts;
    if (usage === undefined) return [];
    const fresh = [...new Set(entries.map(({ identifier }) => identifier))].filter((name) => !seen.has(name));
    for (const name of fresh) seen.add(name);
    const uses = await usage.ofImages(fresh);
    return Promise.all(
      [...uses].map(async ([name, use]) => {
        const sites = use.lastAtSites === undefined || !isShowingSites ? [] : await usage.sitesOf(name);
        return [name, triples.ofImage(name, use, sites)] as const;
      }),
    );
  }
}
