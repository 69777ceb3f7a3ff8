/** One attack as it lies on disk, with what is expected of it. */
export interface AttackRow {
  readonly id: string;
  readonly about: string;
  readonly expect: 'OK' | readonly string[];
  /** Milliseconds verification may take in the library. */
  readonly within: number;
  readonly warns: readonly string[];
  readonly ways: readonly ('library' | 'cli' | 'http')[];
  readonly profile: 'current' | 'legacy';
  readonly path: string;
  readonly before: readonly string[];
}

export interface Corpus {
  readonly directory: string;
  readonly trust: string;
  readonly lurePort: number;
  readonly rows: readonly AttackRow[];
}

export function makeCorpus(directory: string, options: { lurePort: number; now?: Date }): Promise<Corpus>;
export function readCorpus(directory: string): Promise<Corpus | undefined>;
