import type { FaultCode } from '../../errors.ts';
import type { GraphChange } from '../graph-source.ts';
import type { ColumnBuffers } from './quads/column.ts';
import type { SparqlFormat, SparqlView } from './sparql.ts';
import type { GuardedQuery } from './sparql-guard.ts';

/** What a query worker is asked; each request is answered by one `SparqlReply` with its number. */
export interface SparqlRequest {
  readonly number: number;
  readonly query: GuardedQuery;
  readonly format: SparqlFormat;
  readonly view: SparqlView;
  /** The log size the answer is to hold for. */
  readonly logSize: number;
  /** The clock the answer is to hold for, in milliseconds. */
  readonly nowMs: number;
  readonly rows: number;
  readonly bytes: number;
  /** Bytes that the rows a query collects may take. */
  readonly memoryBytes: number;
  /** The quads, where they are in other memory than at the last request. */
  readonly buffers?: ColumnBuffers;
}

/** What a query worker answers. Results cross as bytes, whose memory changes hands: cloning rows costs more than the query. */
export type SparqlReply =
  | {
      readonly kind: 'answer';
      readonly number: number;
      readonly body: Uint8Array<ArrayBuffer>;
      /** The answer depends on the clock. */
      readonly isTimed: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly number: number;
      readonly code: FaultCode;
      readonly message: string;
      /** The engine inside the worker may be damaged: the worker has to be replaced. */
      readonly isBroken: boolean;
    };

/** What the thread that writes the quads is asked. */
export interface QuadRequest {
  readonly number: number;
  readonly changes: readonly GraphChange[];
  /** The log size these changes lead to. */
  readonly to: number;
}

export type QuadReply =
  | {
      readonly kind: 'taken';
      readonly number: number;
      /** Where the quads are, if that has changed. */
      readonly buffers?: ColumnBuffers;
    }
  | { readonly kind: 'refused'; readonly number: number; readonly message: string };
