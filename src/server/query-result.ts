import { VouchError } from '../errors.ts';

/** One cell: an RDF term as SPARQL 1.1 JSON results have it. */
export interface ResultValue {
  readonly value: string;
  readonly type: 'uri' | 'literal' | 'bnode';
  readonly datatype?: string;
  readonly 'xml:lang'?: string;
}

/** An answer as the query page shows it. */
export type QueryResult =
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'graph'; readonly text: string }
  | {
      readonly kind: 'rows';
      readonly variables: readonly string[];
      /** The values in the order of the variables; undefined where a variable is unbound. */
      readonly rows: readonly (readonly (ResultValue | undefined)[])[];
      /** All rows of the answer; `rows` has the first of them. */
      readonly total: number;
    };

interface ResultsJson {
  readonly head: { readonly vars?: readonly string[] };
  readonly boolean?: boolean;
  readonly results?: { readonly bindings: readonly Readonly<Record<string, ResultValue>>[] };
}

/** Reads the engine's SPARQL 1.1 JSON results for showing, at most `rowLimit` rows. Throws `internal` if they are none. */
export function readQueryResult(body: string, rowLimit: number): QueryResult {
  const { head, boolean, results }: ResultsJson = JSON.parse(body);
  if (boolean !== undefined) return { kind: 'boolean', value: boolean };
  if (results === undefined) throw new VouchError('internal', 'The SPARQL engine gave neither rows nor a boolean.');
  const variables = head.vars ?? [];
  return {
    kind: 'rows',
    variables,
    rows: results.bindings.slice(0, rowLimit).map((row) => variables.map((name) => row[name])),
    total: results.bindings.length,
  };
}
