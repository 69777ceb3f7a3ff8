import type { FaultCode } from '../errors.ts';
import type { GraphChange } from './graph-source.ts';
import type { SparqlFormat } from './sparql.ts';
import type { GuardedQuery } from './sparql-guard.ts';

/** What the engine sends to a worker; each is answered by one `SparqlReply` with its number. */
export type SparqlRequest =
  | { readonly kind: 'load'; readonly number: number; readonly changes: readonly GraphChange[] }
  | {
      readonly kind: 'query';
      readonly number: number;
      readonly query: GuardedQuery;
      readonly format: SparqlFormat;
      readonly rows: number;
      readonly bytes: number;
    };

/** What a worker answers. Results cross as text: cloning thousands of rows as objects costs more than the query. */
export type SparqlReply =
  | { readonly kind: 'loaded'; readonly number: number }
  | { readonly kind: 'answer'; readonly number: number; readonly body: string }
  | {
      readonly kind: 'refused';
      readonly number: number;
      readonly code: FaultCode;
      readonly message: string;
      /** The engine inside the worker may be damaged: the worker has to be replaced. */
      readonly isBroken: boolean;
    };
