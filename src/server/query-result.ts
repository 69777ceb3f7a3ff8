import { setImmediate as breathe } from 'node:timers/promises';
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
  | {
      readonly kind: 'graph';
      readonly text: string;
      /** False where there is more of it than `text`. */
      readonly isWhole: boolean;
    }
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
  return toQueryResult(JSON.parse(body), rowLimit);
}

function toQueryResult({ head, boolean, results }: ResultsJson, rowLimit: number): QueryResult {
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

/** Up to here an answer is read at once, in less than a millisecond or two. */
const SMALL_BYTES = 256 * 1024;
/** A larger one is looked through piece by piece, and others are served in between. */
const PIECE_BYTES = 512 * 1024;
/** How deep the rows of an answer lie: { "results": { "bindings": [ {…} ] } }. */
const ROW_DEPTH = 4;
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPENING, CLOSING] = [new Set([0x7b, 0x5b]), new Set([0x7d, 0x5d])];

/** The same of bytes, of which only what is shown is read at once: an answer may be as large as 64 MiB, and nobody else shall wait for it. */
export async function readShownResult(bytes: Uint8Array, rowLimit: number): Promise<QueryResult> {
  if (bytes.length <= SMALL_BYTES) return readQueryResult(decode(bytes), rowLimit);
  const { end, total } = await countRows(bytes, rowLimit);
  const shown: Partial<ResultsJson> = end === bytes.length ? {} : JSON.parse(`${decode(bytes.subarray(0, end))}]}}`);
  const { head, results } = shown;
  // what another server wrote in another way is read as a whole
  if (head === undefined || results?.bindings?.length !== rowLimit) return readQueryResult(decode(bytes), rowLimit);
  const read = toQueryResult({ head, results }, rowLimit);
  return read.kind === 'rows' ? { ...read, total } : read;
}

/** The beginning of a graph in a format of lines. */
export function readShownGraph(bytes: Uint8Array, byteLimit: number): QueryResult {
  if (bytes.length <= byteLimit) return { kind: 'graph', text: decode(bytes), isWhole: true };
  // a line longer than all of it is shown as far as it goes
  const end = bytes.subarray(0, byteLimit).lastIndexOf(0x0a) + 1 || byteLimit;
  return { kind: 'graph', text: new TextDecoder().decode(bytes.subarray(0, end), { stream: true }), isWhole: false };
}

/** All rows of SPARQL 1.1 JSON results, and where the first so many of them end: with the text where it has no more. */
async function countRows(
  bytes: Uint8Array,
  rowLimit: number,
): Promise<{ readonly end: number; readonly total: number }> {
  let end = bytes.length;
  let total = 0;
  let depth = 0;
  let isString = false;
  for (let at = 0, piece = PIECE_BYTES; at < bytes.length; piece += PIECE_BYTES) {
    for (const stop = Math.min(piece, bytes.length); at < stop; at++) {
      const byte = bytes[at]!;
      if (isString) {
        if (byte === BACKSLASH) at++;
        else if (byte === QUOTE) isString = false;
      } else if (byte === QUOTE) isString = true;
      else if (OPENING.has(byte)) depth++;
      else if (CLOSING.has(byte)) {
        if (depth === ROW_DEPTH && ++total === rowLimit) end = at + 1;
        depth--;
      }
    }
    await breathe();
  }
  // what breaks off is no answer: whoever reads all of it says so
  const isWhole = depth === 0 && !isString;
  return { end: isWhole && total > rowLimit ? end : bytes.length, total };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
