import { ROW, RULE, RULE_NUMBER, RULE_SHIFT } from '../quads/column.ts';
import type { QuadReader } from '../quads/quad-reader.ts';
import type { SparqlView } from '../sparql.ts';

/** Which quads a query sees. */
export interface DatasetChoice {
  readonly view: SparqlView;
  /** The log size the answer holds for. */
  readonly logSize: number;
  /** The clock, in milliseconds. */
  readonly nowMs: number;
  /** Graphs named by the query or the protocol; all of the view where absent. */
  readonly graphs?: { readonly defaults: readonly string[]; readonly named: readonly string[] };
}

/** The quads of one query: the view at a log size and a time, as the query's dataset. */
export class Dataset {
  readonly reader: QuadReader;
  readonly logSize: number;
  /** Rows after it are newer than the answer. */
  readonly lastRow: number;
  /** One number a record: 0 where its graph is not part of the default graph, or is not a named graph. Undefined where all are. */
  readonly defaultMask: Uint8Array | undefined;
  readonly namedMask: Uint8Array | undefined;
  readonly #nowMs: number;
  readonly #records = new Map<number, number>();
  /** True as soon as the answer depends on the clock. */
  isTimed: boolean;

  constructor(reader: QuadReader, choice: DatasetChoice) {
    this.reader = reader;
    this.logSize = choice.logSize;
    this.lastRow = choice.logSize === 0 ? 0 : reader.columns.rowEnd[choice.logSize - 1]!;
    this.#nowMs = choice.nowMs;
    this.isTimed = choice.view === 'valid';
    const view = choice.view === 'history' ? undefined : this.#toViewMask(choice.view);
    this.defaultMask = choice.graphs === undefined ? view : this.#toGraphMask(choice.graphs.defaults, view);
    this.namedMask = choice.graphs === undefined ? view : this.#toGraphMask(choice.graphs.named, view);
  }

  /** The record whose entry's graph has this name, or -1. */
  recordOf(graph: number): number {
    const known = this.#records.get(graph);
    if (known !== undefined) return known;
    const { rows, subjectHead, recordGraph } = this.reader.columns;
    let record = -1;
    // an entry's graph speaks of the entry; other graphs are looked for
    for (let row = graph > 0 ? subjectHead[graph]! : 0; row > 0; row = rows[row * 8 + ROW.nextS]!) {
      const candidate = rows[row * 8 + ROW.record]!;
      if (recordGraph[candidate] !== graph) continue;
      record = candidate;
      break;
    }
    if (record < 0 && graph > 0) record = recordGraph.subarray(0, this.logSize).indexOf(graph);
    if (record >= this.logSize) record = -1;
    this.#records.set(graph, record);
    return record;
  }

  isCurrent(record: number): boolean {
    const at = this.reader.columns.supersededAt[record]!;
    return at === 0 || at > this.logSize;
  }

  isExpired(record: number): boolean {
    this.isTimed = true;
    return this.reader.columns.validUntil[record]! < this.#nowMs;
  }

  /** True if a row with a mark holds now. `mask` says which graphs are looked at, `isUnion` that they are looked at as one. */
  holds(row: number, mark: number, mask: Uint8Array | undefined, isUnion: boolean): boolean {
    const { rows } = this.reader.columns;
    const record = rows[row * 8 + ROW.record]!;
    switch (mark >>> RULE_SHIFT) {
      case RULE.shared: {
        if (!isUnion) return true;
        for (let twin = mark & RULE_NUMBER; twin !== 0; twin = rows[twin * 8 + ROW.mark]! & RULE_NUMBER) {
          if (mask === undefined || mask[rows[twin * 8 + ROW.record]!] !== 0) return false;
        }
        return true;
      }
      case RULE.until:
        return (mark & RULE_NUMBER) > this.logSize;
      case RULE.current:
        return this.isCurrent(record);
      case RULE.superseded:
        return !this.isCurrent(record);
      case RULE.unexpired:
        return this.isCurrent(record) && !this.isExpired(record);
      case RULE.expired:
        return this.isCurrent(record) && this.isExpired(record);
      default:
        return true;
    }
  }

  #toViewMask(view: SparqlView): Uint8Array {
    const { recordGraph, isDeprecated } = this.reader.columns;
    const mask = new Uint8Array(this.logSize);
    for (let record = 0; record < this.logSize; record++) {
      if (recordGraph[record] === 0 || !this.isCurrent(record)) continue;
      if (view === 'valid' && (isDeprecated[record] !== 0 || this.isExpired(record))) continue;
      mask[record] = 1;
    }
    return mask;
  }

  #toGraphMask(graphs: readonly string[], view: Uint8Array | undefined): Uint8Array {
    const mask = new Uint8Array(this.logSize);
    for (const iri of graphs) {
      const record = this.recordOf(this.reader.find(1, 0, iri));
      if (record >= 0 && (view === undefined || view[record] !== 0)) mask[record] = 1;
    }
    return mask;
  }
}
