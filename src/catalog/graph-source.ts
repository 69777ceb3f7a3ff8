/** What one log record changes in the quads. */
export interface GraphChange {
  /** Log index of the record; of several logs the place. */
  readonly index: number;
  /** Where these are places: the log indexes, in their own log, of the record and of `supersededBy`. */
  readonly number?: number;
  readonly newerNumber?: number;
  /** IRI of the entry and its named graph. */
  readonly iri: string;
  /** N-Triples: what holds for ever. What the registry says of the entry's standing follows from the rest. */
  readonly triples: string;
  /** True for a graph that is no entry: the registry says nothing of it. */
  readonly isBare?: boolean;
  readonly isDeprecated: boolean;
  /** Milliseconds; absent where the entry says nothing. */
  readonly validUntil?: number;
  /** Log index of the newer entry that was there already when this one came. */
  readonly supersededBy?: number;
  /** Log index of the older entry that this one supersedes from now on. */
  readonly supersedes?: number;
}

/** What brings an index from one log size to another, in the order of the log. */
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
