import type { LogRecord } from '../log/log.ts';

/** Where a record stands, in a catalog of several logs. */
export interface Provenance {
  /** The log it is in. */
  readonly origin: string;
  /** Its number there. */
  readonly index: number;
  /** True for the log of another registry. */
  readonly isFollowed: boolean;
  /** When this registry learned it. */
  readonly learnedAt: Date;
}

export interface NumberedRecord {
  /** Its number in the order the catalog takes records in: of one log its number there. */
  readonly index: number;
  readonly record: LogRecord;
  /** Given where there are several logs. */
  readonly provenance?: Provenance;
}

/** What a catalog is made from: a log, or several in one order. What was given once never changes. */
export interface RecordSource {
  /** Says of which records this is; a catalog of another is made anew. */
  readonly origin: string;
  size(): number;
  /** Records `from` (inclusive) to `to` (exclusive), in order. */
  records(from: number, to: number): AsyncIterable<NumberedRecord>;
  /** Throws `not-found` past the end. */
  record(index: number): Promise<LogRecord>;
  /** Throws `not-found` where it is in none of the logs. */
  blob(sha256: string): Promise<Uint8Array>;
}
