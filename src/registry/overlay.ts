import type { Catalog } from '../catalog/catalog.ts';
import type { LogReader } from '../log/log.ts';
import type { Following } from './follow-log.ts';

/** One of the registries whose entries are shown. */
export interface ShownOrigin {
  readonly origin: string;
  /** Base URL of the registry. */
  readonly url: string;
  /** The copy of its log, or its own log. */
  readonly log: LogReader;
  /** Its records that lists, SPARQL and pages can show. */
  readonly learned: number;
  /** How the copy stands to the log; absent for the registry's own. */
  readonly following?: Following;
}

/**
 * What a registry shows that follows others: its own entries and theirs. It never writes into the registry's log, and nothing that is
 * uploaded is held against it.
 */
export interface Overlay {
  /** Of all entries, in the order in which their records were learned: its sizes and positions count the records of all logs. */
  readonly catalog: Catalog;
  /** Records that were learned. */
  size(): number;
  /** When the record at a place was learned. */
  learnedAt(place: number): Promise<Date>;
  /** The registry's own first, then the others as they are configured. */
  origins(): readonly ShownOrigin[];
  /** Why nothing new is shown any more, in a sentence; undefined while all is well. */
  readonly fault: string | undefined;
}
