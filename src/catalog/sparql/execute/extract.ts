import { XSD } from '../../../rdf/vocabulary.ts';
import { KIND, ROW, ROW_WIDTH } from '../quads/column.ts';
import type { QuadReader } from '../quads/quad-reader.ts';
import { readLiteral } from '../quads/term-literal.ts';
import type { Dataset } from './dataset.ts';
import { isTerm, type ParsedPath, type ParsedSelect, type ParsedTerm, type ParsedTriple } from './parsed-query.ts';
import { TermSpace } from './term-space.ts';
import { toNTriplesTerm } from './write-term.ts';

/** Quads that have this term at this place. */
interface Reach {
  readonly place: 'subject' | 'predicate' | 'object';
  readonly term: ParsedTerm;
}

/** The quads a query can reach: a superset of those that its answer depends on. */
export interface Extract {
  /** Undefined where it may be any quad. */
  readonly reaches: readonly Reach[] | undefined;
  /** Whether the query looks at the default graph, and at named graphs. */
  readonly hasDefault: boolean;
  readonly hasNamed: boolean;
  /** Whether what is said of blank nodes that are reached is reached, too. */
  readonly isClosed: boolean;
}

/** Records written at once; their blank nodes are known by their labels only within one text. */
const RECORDS = 256;

export function toExtract(parsed: ParsedSelect): Extract {
  const reaches: Reach[] = [];
  let hasDefault = false;
  let hasNamed = false;
  const described = parsed.queryType === 'DESCRIBE' ? (parsed.variables ?? []) : [];
  const isNamed = (term: (typeof described)[number]): term is ParsedTerm => 'termType' in term && isConstant(term);
  let isAny = !described.every(isNamed);
  for (const term of described.filter(isNamed)) reaches.push({ place: 'subject', term });
  const addTriple = ({ subject, predicate, object }: ParsedTriple): void => {
    if (isConstant(subject)) reaches.push({ place: 'subject', term: subject });
    else if (isConstant(object)) reaches.push({ place: 'object', term: object });
    else {
      const predicates = isTerm(predicate) ? [predicate] : predicatesOf(predicate);
      if (predicates === undefined || !predicates.every(isConstant)) isAny = true;
      else for (const term of predicates) reaches.push({ place: 'predicate', term });
    }
    // along a path other quads are reached than those at its ends
    if (!isTerm(predicate)) {
      const predicates = predicatesOf(predicate);
      if (predicates === undefined) isAny = true;
      else for (const term of predicates) reaches.push({ place: 'predicate', term });
    }
  };
  const open: { node: unknown; isNamed: boolean }[] = [{ node: parsed.where ?? [], isNamed: false }];
  for (const { group, having, order, variables } of [parsed]) {
    open.push({ node: [group, having, order, variables], isNamed: false });
  }
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, isNamed } = next;
    if (node === null || typeof node !== 'object') continue;
    if ('subject' in node && 'predicate' in node) {
      addTriple(node as ParsedTriple);
      if (isNamed) hasNamed = true;
      else hasDefault = true;
      continue;
    }
    const isGraph = 'type' in node && node.type === 'graph';
    if (isGraph) {
      hasNamed = true;
      // the names of graphs alone are asked for
      if (!JSON.stringify(node).includes('"subject":')) isAny = true;
    }
    for (const child of Object.values(node)) open.push({ node: child, isNamed: isNamed || isGraph });
  }
  if (parsed.queryType === 'DESCRIBE') hasDefault = true;
  return { reaches: isAny ? undefined : reaches, hasDefault, hasNamed, isClosed: parsed.queryType === 'DESCRIBE' };
}

function isConstant(term: ParsedTerm): boolean {
  return term.termType === 'NamedNode' || term.termType === 'Literal';
}

/** The predicates of a path; undefined where it may pass over any quad, or stand still on any term. */
function predicatesOf(path: ParsedPath): ParsedTerm[] | undefined {
  if (path.pathType === '!' || path.pathType === '*' || path.pathType === '?') return undefined;
  const parts = path.items.map((item) => (isTerm(item) ? [item] : predicatesOf(item)));
  return parts.some((part) => part === undefined) ? undefined : parts.flatMap((part) => part ?? []);
}

/** The quads as N-Quads, in several texts. */
export function* writeExtract(extract: Extract, dataset: Dataset): Generator<string, void, void> {
  const { reader, lastRow } = dataset;
  const { rows, recordGraph } = reader.columns;
  const terms = new TermSpace(reader);
  const toText = (term: number) => toNTriplesTerm(term, terms);
  const isWanted = extract.reaches === undefined ? undefined : toWanted(extract.reaches, extract.isClosed, dataset);
  let text = '';
  let count = 0;
  let record = -1;
  for (let row = 1; row <= lastRow; row++) {
    if (isWanted !== undefined && isWanted[row] === 0) continue;
    const at = row * ROW_WIDTH;
    const mark = rows[at + ROW.mark]!;
    const owner = rows[at + ROW.record]!;
    const isIn = (mask: Uint8Array | undefined, isUnion: boolean) =>
      (mask === undefined || mask[owner] !== 0) && (mark === 0 || dataset.holds(row, mark, mask, isUnion));
    const inDefault = extract.hasDefault && isIn(dataset.defaultMask, true);
    const inNamed = extract.hasNamed && isIn(dataset.namedMask, false);
    if (!inDefault && !inNamed) continue;
    if (owner !== record && ++count % RECORDS === 0) {
      yield text;
      text = '';
    }
    record = owner;
    const [subject, predicate, object] = [rows[at]!, rows[at + 1]!, rows[at + 2]!];
    const triple = `${toText(subject)} ${toText(predicate)} ${toText(object)}`;
    if (inDefault) text += `${triple} .\n`;
    if (inNamed) text += `${triple} ${toText(recordGraph[owner]!)} .\n`;
  }
  yield text;
}

function toWanted(reaches: readonly Reach[], isClosed: boolean, dataset: Dataset): Uint8Array {
  const { reader, lastRow } = dataset;
  const { rows, subjectHead, objectHead, predicateHead } = reader.columns;
  const wanted = new Uint8Array(lastRow + 1);
  const open: number[] = [];
  const want = (first: number, link: number): void => {
    for (let row = first; row > 0; row = rows[row * ROW_WIDTH + link]!) {
      if (row > lastRow || wanted[row] === 1) continue;
      wanted[row] = 1;
      const object = rows[row * ROW_WIDTH + ROW.object]!;
      if (isClosed && reader.kindOf(object) === KIND.blank) open.push(object);
    }
  };
  for (const { place, term } of reaches) {
    const number = findParsed(reader, term);
    if (number === 0) continue;
    const link = place === 'subject' ? ROW.nextS : place === 'object' ? ROW.nextO : ROW.nextP;
    let row = 0;
    if (place === 'predicate') {
      const predicate = reader.predicateOf(number);
      row = predicate < 0 ? 0 : predicateHead[predicate]!;
    } else row = (place === 'subject' ? subjectHead : objectHead)[number]!;
    want(row, link);
  }
  for (let blank = open.pop(); blank !== undefined; blank = open.pop()) want(subjectHead[blank]!, ROW.nextS);
  return wanted;
}

function findParsed(reader: QuadReader, { termType, value, language, datatype }: ParsedTerm): number {
  if (termType === 'NamedNode') return reader.find(KIND.iri, 0, value);
  if (language !== undefined && language !== '') {
    const type = reader.find(KIND.string, 0, language.toLowerCase());
    return type === 0 ? 0 : reader.find(KIND.lang, type, value);
  }
  const { kind } = readLiteral(value, datatype?.value ?? XSD.string);
  if (kind === KIND.string) return reader.find(KIND.string, 0, value);
  const type = reader.find(KIND.iri, 0, datatype!.value);
  return type === 0 ? 0 : reader.find(kind, type, value);
}
