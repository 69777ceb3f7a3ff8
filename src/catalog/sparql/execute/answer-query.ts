import { VouchError } from '../../../errors.ts';
import { parseSparql } from '../parse-sparql.ts';
import type { QuadReader } from '../quads/quad-reader.ts';
import type { SparqlRequest } from '../sparql-message.ts';
import { Budget } from './budget.ts';
import { runConstruct } from './construct.ts';
import { Dataset, type DatasetChoice } from './dataset.ts';
import type { ParsedSelect } from './parsed-query.ts';
import { runAsk, runSelect, type World } from './run-select.ts';
import { TermSpace } from './term-space.ts';
import { toSelect } from './to-algebra.ts';
import { Unsure } from './unsure.ts';
import { writeRows, writeTruth } from './write-rows.ts';

export interface Answer {
  /** In memory of its own. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** The answer depends on the clock. */
  readonly isTimed: boolean;
}

/** Parsed queries that are kept: programs ask the same again and again. */
const REMEMBERED = 64;
const remembered = new Map<string, ParsedSelect>();

/** Steps that writing one cell of an answer takes. */
const WRITING = 4;

/** Answers a SELECT, ASK or CONSTRUCT (as N-Triples) over the quads. Throws `Unsure` for what is left to the complete engine. */
export function answerQuery(request: Omit<SparqlRequest, 'number'>, reader: QuadReader): Answer {
  const { query, memoryBytes } = request;
  if (query.form === 'DESCRIBE') throw new Unsure(query.form);
  return answerParsed(request, parseQuery(query.text, query.baseIri), reader, new Budget({ bytes: memoryBytes }));
}

/** The same where the query is parsed already. Throws `TooLong` where the budget is of steps, too. */
export function answerParsed(
  request: Omit<SparqlRequest, 'number'>,
  parsed: ParsedSelect,
  reader: QuadReader,
  budget: Budget,
): Answer {
  const { query, format, rows: limit, bytes, nowMs } = request;
  const dataset = new Dataset(reader, toDatasetChoice(request, parsed));
  const terms = new TermSpace(reader);
  const world: World = { dataset, terms, nowMs, budget };
  if (query.form === 'CONSTRUCT') {
    const triples = runConstruct(parsed, world, limit);
    return { body: Uint8Array.from(Buffer.from(triples)), isTimed: dataset.isTimed };
  }
  const select = toSelect(parsed, terms);
  if (query.form === 'ASK') {
    const body = Uint8Array.from(Buffer.from(writeTruth(runAsk(select, world), format)));
    return { body, isTimed: dataset.isTimed };
  }
  const rows = runSelect(select, world);
  if (rows.length > limit) {
    throw new VouchError('too-large', `The answer has more than ${limit} rows: narrow the query, or use LIMIT.`);
  }
  budget.spend(rows.length * select.names.length * WRITING);
  return { body: writeRows(select.names, rows, format, terms, bytes), isTimed: dataset.isTimed };
}

export function parseQuery(text: string, baseIri: string): ParsedSelect {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const parsed = parseSparql(text, baseIri) as ParsedSelect;
  if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!);
  remembered.set(text, parsed);
  return parsed;
}

/** The view, and the graphs that the protocol or else the query names. */
export function toDatasetChoice(
  { query, view, logSize, nowMs }: Pick<SparqlRequest, 'query' | 'view' | 'logSize' | 'nowMs'>,
  parsed: ParsedSelect,
): DatasetChoice {
  const choice = { view, logSize, nowMs };
  if (query.dataset !== undefined) {
    const { defaultGraphs, namedGraphs } = query.dataset;
    return { ...choice, graphs: { defaults: defaultGraphs, named: namedGraphs } };
  }
  if (parsed.from === undefined) return choice;
  const toNames = (terms: readonly { value: string }[] = []) => terms.map(({ value }) => value);
  return { ...choice, graphs: { defaults: toNames(parsed.from.default), named: toNames(parsed.from.named) } };
}
