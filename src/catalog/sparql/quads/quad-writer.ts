import { SLTERMS, VOUCH, XSD } from '../../../rdf/vocabulary.ts';
import type { GraphChange } from '../../graph-source.ts';
import {
  type ColumnBuffers,
  type ColumnName,
  type Columns,
  growBuffer,
  IS_SCATTERED,
  KIND,
  makeBuffers,
  openColumns,
  ROW,
  ROW_WIDTH,
  RULE,
  RULE_NUMBER,
  RULE_SHIFT,
  SIZE,
} from './column.ts';
import { readTriples, type TripleSink } from './read-triples.ts';
import { TermWriter } from './term-writer.ts';

const PER_PREDICATE: readonly ColumnName[] = [
  'predicateTerm',
  'predicateHead',
  'predicateCount',
  'predicateObjects',
  'predicateSubjects',
  'predicateStands',
];

/** Columns that lead to rows. */
const HEADS: readonly ColumnName[] = ['subjectHead', 'objectHead', 'predicateHead'];

/** A row to be: subject, predicate, object. */
type Triple = readonly [number, number, number];

/** The one writer of the columns: takes in the entries of a log, in its order. */
export class QuadWriter {
  #buffers: ColumnBuffers;
  #columns: Columns;
  readonly #terms: TermWriter;
  readonly #predicates = new Map<number, number>();
  /** The last row of each triple whose subject other entries may speak of, too. */
  readonly #shared = new Map<string, number>();
  #version = 0;

  /** Begins anew, or where the columns given end. */
  constructor(buffers?: ColumnBuffers) {
    this.#buffers = buffers ?? makeBuffers();
    this.#columns = openColumns(this.#buffers);
    this.#terms = new TermWriter(
      () => this.#columns,
      (name, length) => this.#grow(name, length),
    );
    const { sizes, predicateTerm, rows } = this.#columns;
    for (let place = 0; place < sizes[SIZE.predicates]!; place++) this.#predicates.set(predicateTerm[place]!, place);
    for (let row = 1; row <= sizes[SIZE.rows]!; row++) {
      const at = row * ROW_WIDTH;
      if (rows[at + ROW.mark]! >>> RULE_SHIFT === RULE.shared) this.#shared.set(this.#keyOf(row), row);
    }
  }

  /** The columns as they are now; others than before whenever `version` is another. */
  get buffers(): ColumnBuffers {
    return this.#buffers;
  }

  get version(): number {
    return this.#version;
  }

  /** Log size taken in. */
  get position(): number {
    return this.#columns.sizes[SIZE.records]!;
  }

  /** Takes in what happened from the position up to log size `to`. MUST be all of it, in order. */
  take(changes: readonly GraphChange[], to: number): void {
    for (const change of changes) this.#take(change);
    this.#fill(to);
  }

  #take(change: GraphChange): void {
    const { index } = change;
    this.#fill(index);
    const graph = this.#terms.iri(change.iri);
    this.#reserveRecord(index);
    const { recordGraph, isDeprecated, validUntil, supersededAt } = this.#columns;
    recordGraph[index] = graph;
    isDeprecated[index] = change.isDeprecated ? 1 : 0;
    validUntil[index] = change.validUntil ?? Number.POSITIVE_INFINITY;
    if (change.supersededBy !== undefined) supersededAt[index] = index + 1;
    let before = 0;
    for (const [subject, predicate, object] of this.#readTriples(change.triples)) {
      if (subject !== before) this.#beginSubject(subject);
      before = subject;
      const isOwn = subject === graph || (this.#columns.termKind[subject]! & 0x0f) === KIND.blank;
      this.#append(index, [subject, predicate, object], isOwn ? RULE.always : RULE.shared);
    }
    if (change.isBare !== true) this.#appendStanding(index, graph, change);
    if (change.supersedes !== undefined) this.#supersede(change.supersedes, index, change.number ?? index);
    this.#close(index);
  }

  /** The rows of a subject follow, sorted. */
  #beginSubject(subject: number): void {
    const { subjectHead, termKind } = this.#columns;
    if (subjectHead[subject] !== 0) termKind[subject] = termKind[subject]! | IS_SCATTERED;
  }

  /** What the registry says of an entry, each triple with the rule that tells when. */
  #appendStanding(index: number, graph: number, change: GraphChange): void {
    const say = (predicate: string, object: number, rule: number, number = 0) =>
      this.#append(index, [graph, this.#terms.iri(predicate), object], rule, number);
    const status = (name: string, rule: number) => say(VOUCH.status, this.#terms.literal(name, '', ''), rule);
    say(SLTERMS.tag, this.#terms.literal('latest', '', ''), RULE.current);
    status('superseded', RULE.superseded);
    if (change.isDeprecated) status('deprecated', RULE.current);
    else if (change.validUntil === undefined) status('valid', RULE.current);
    else {
      status('valid', RULE.unexpired);
      status('expired', RULE.expired);
    }
    if (change.supersededBy !== undefined) {
      say(
        VOUCH.supersededBy,
        this.#terms.literal(String(change.newerNumber ?? change.supersededBy), '', XSD.integer),
        RULE.until,
        RULE_NUMBER,
      );
    }
  }

  /** From the log size after record `by` on, entry `index` is superseded by it; `number` is what is said of it. */
  #supersede(index: number, by: number, number: number): void {
    const { supersededAt, subjectHead, rows } = this.#columns;
    const graph = this.#columns.recordGraph[index]!;
    const predicate = this.#terms.iri(VOUCH.supersededBy);
    if (supersededAt[index] === 0) supersededAt[index] = by + 1;
    const last = RULE.until * 2 ** RULE_SHIFT + RULE_NUMBER;
    for (let at = subjectHead[graph]! * ROW_WIDTH; at !== 0; at = rows[at + ROW.nextS]! * ROW_WIDTH) {
      if (rows[at + ROW.predicate] === predicate && rows[at + ROW.mark]! === last) {
        rows[at + ROW.mark] = RULE.until * 2 ** RULE_SHIFT + by + 1;
      }
    }
    const object = this.#terms.literal(String(number), '', XSD.integer);
    this.#append(index, [graph, predicate, object], RULE.until, RULE_NUMBER);
  }

  /** The triples, each once, those of a subject together. */
  #readTriples(text: string): Triple[] {
    const triples: Triple[] = [];
    const blanks = new Map<string, number>();
    const sink: TripleSink = {
      iri: (iri) => this.#terms.iri(iri),
      blank: (label) => {
        let term = blanks.get(label);
        if (term === undefined) {
          term = this.#terms.blank(label);
          blanks.set(label, term);
        }
        return term;
      },
      literal: (value, language, datatype) => this.#terms.literal(value, language, datatype),
      triple: (subject, predicate, object) => {
        triples.push([subject, predicate, object]);
      },
    };
    readTriples(text, sink);
    triples.sort((one, other) => one[0] - other[0] || one[1] - other[1] || one[2] - other[2]);
    return triples.filter((triple, place) => {
      const before = triples[place - 1];
      return before === undefined || triple.some((term, at) => term !== before[at]);
    });
  }

  #append(index: number, [subject, predicate, object]: Triple, rule: number, number = 0): void {
    const row = this.#columns.sizes[SIZE.rows]! + 1;
    if ((row + 1) * ROW_WIDTH > this.#columns.rows.length) this.#grow('rows', this.#columns.rows.length * 2);
    const place = this.#placeOf(predicate);
    const { rows, subjectHead, objectHead, predicateHead, predicateCount } = this.#columns;
    const { predicateObjects, predicateSubjects, sizes } = this.#columns;
    const at = row * ROW_WIDTH;
    const before = at - ROW_WIDTH;
    if (rows[before + ROW.subject] !== subject || rows[before + ROW.predicate] !== predicate) {
      predicateSubjects[place] = predicateSubjects[place]! + 1;
    }
    if (objectHead[object] === 0) predicateObjects[place] = predicateObjects[place]! + 1;
    predicateCount[place] = predicateCount[place]! + 1;
    rows[at + ROW.subject] = subject;
    rows[at + ROW.predicate] = predicate;
    rows[at + ROW.object] = object;
    rows[at + ROW.record] = index;
    rows[at + ROW.nextS] = subjectHead[subject]!;
    rows[at + ROW.nextO] = objectHead[object]!;
    rows[at + ROW.nextP] = predicateHead[place]!;
    let marked = number;
    if (rule > RULE.shared) this.#columns.predicateStands[place] = 1;
    if (rule === RULE.shared) {
      const key = this.#keyOf(row);
      marked = this.#shared.get(key) ?? 0;
      this.#shared.set(key, row);
    }
    rows[at + ROW.mark] = rule * 2 ** RULE_SHIFT + marked;
    sizes[SIZE.rows] = row;
    Atomics.store(subjectHead, subject, row);
    Atomics.store(objectHead, object, row);
    Atomics.store(predicateHead, place, row);
  }

  #keyOf(row: number): string {
    const { rows } = this.#columns;
    const at = row * ROW_WIDTH;
    return `${rows[at + ROW.subject]} ${rows[at + ROW.predicate]} ${rows[at + ROW.object]}`;
  }

  #placeOf(predicate: number): number {
    const known = this.#predicates.get(predicate);
    if (known !== undefined) return known;
    const place = this.#predicates.size;
    if (place >= this.#columns.predicateTerm.length) {
      for (const name of PER_PREDICATE) this.#grow(name, place * 2);
    }
    this.#columns.predicateTerm[place] = predicate;
    this.#predicates.set(predicate, place);
    this.#columns.sizes[SIZE.predicates] = place + 1;
    return place;
  }

  /** Records without an entry, up to log size `to`. */
  #fill(to: number): void {
    for (let index = this.position; index < to; index++) {
      this.#reserveRecord(index);
      this.#close(index);
    }
  }

  #close(index: number): void {
    this.#columns.rowEnd[index] = this.#columns.sizes[SIZE.rows]!;
    this.#columns.sizes[SIZE.records] = index + 1;
  }

  #reserveRecord(index: number): void {
    if (index < this.#columns.rowEnd.length) return;
    for (const name of ['recordGraph', 'rowEnd', 'supersededAt', 'isDeprecated', 'validUntil'] as const) {
      this.#grow(name, this.#columns[name].length * 2);
    }
  }

  #grow(name: ColumnName, length: number): void {
    const grown = { [name]: growBuffer(this.#buffers, name, length) };
    // who reads the rows as they were must not meet a head that leads beyond them
    const heads = name === 'rows' ? HEADS.map((head) => [head, this.#copyOf(head)]) : [];
    this.#buffers = { ...this.#buffers, ...grown, ...Object.fromEntries(heads) };
    this.#columns = openColumns(this.#buffers);
    this.#version++;
  }

  #copyOf(name: ColumnName): SharedArrayBuffer {
    return growBuffer(this.#buffers, name, this.#columns[name].length);
  }
}
