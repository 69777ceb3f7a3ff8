/** One entry's part of the RDF index, as text that an RDF engine loads. */
export interface GraphChange {
  /** IRI of the entry and its named graph. */
  readonly iri: string;
  /** N-Triples. Of a new entry everything; of one already known only what replaces its standing. */
  readonly triples: string;
  /** True if the entry was taken in before and only its standing changes. */
  readonly isRestated: boolean;
}

/** What brings an index from one log size to another; all of it belongs to one moment and MUST be taken in as one step. */
export interface GraphChanges {
  /** The log size the index stands at after all steps. */
  readonly to: number;
  /** In steps small enough to send to a worker. */
  readonly steps: AsyncIterable<readonly GraphChange[]>;
}

/** Where a SPARQL engine takes its triples from: the catalog. */
export interface GraphSource {
  position(): number;
  waitFor(size: number): Promise<void>;
  /** Calls `listener` whenever the position may have changed, until the returned function is called. */
  onAdvance(listener: () => void): () => void;
  /** Changes since `from`. `steps` MUST be read to its end or be left by `return`. */
  changes(from: number): Promise<GraphChanges>;
}
