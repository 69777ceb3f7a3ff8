import { VouchError } from '../../../errors.ts';
import { KIND } from '../quads/column.ts';
import type { ParsedSelect, ParsedTerm, ParsedTriple } from './parsed-query.ts';
import { isTerm } from './parsed-query.ts';
import { runSelect, type World } from './run-select.ts';
import type { TermSpace } from './term-space.ts';
import { toSelect } from './to-algebra.ts';
import { TupleSet } from './tuple-set.ts';
import { Unsure } from './unsure.ts';
import { toNTriplesTerm } from './write-term.ts';

/** The triples of a CONSTRUCT as N-Triples, each once. Throws `too-large` past `limit` triples. */
export function runConstruct(parsed: ParsedSelect, world: World, limit: number): string {
  const { terms } = world;
  const template = parsed.template ?? [];
  const variables = [...new Map(template.flatMap(termsOf).map((term) => [term.value, term])).values()];
  const inner: ParsedSelect = {
    ...parsed,
    queryType: 'SELECT',
    variables: variables.filter(({ termType }) => termType === 'Variable'),
  };
  const select = toSelect(inner, terms);
  const places = new Map(select.names.map((name, place) => [name, place]));
  const triples = template.map((triple) => termsOf(triple).map((term) => toSource(term, places, terms)));
  const found = new TupleSet(3);
  let text = '';
  for (const row of runSelect(select, world)) {
    for (const sources of triples) {
      const triple = sources.map((source) => source(row));
      if (!isTriple(triple, terms) || !found.add(triple).isNew) continue;
      if (found.size > limit) {
        throw new VouchError('too-large', `The answer has more than ${limit} triples: narrow the query, or use LIMIT.`);
      }
      text += `${triple.map((term) => toNTriplesTerm(term, terms)).join(' ')} .\n`;
    }
  }
  return text;
}

function termsOf({ subject, predicate, object }: ParsedTriple): ParsedTerm[] {
  if (!isTerm(predicate)) throw new Unsure('a path in a template');
  return [subject, predicate, object];
}

function toSource(
  term: ParsedTerm,
  places: ReadonlyMap<string, number>,
  terms: TermSpace,
): (row: Int32Array) => number {
  if (term.termType === 'Variable') {
    const place = places.get(term.value)!;
    return (row) => row[place]!;
  }
  if (term.termType === 'NamedNode') {
    const iri = terms.iri(term.value);
    return () => iri;
  }
  if (term.termType !== 'Literal') throw new Unsure('a blank node in a template');
  const literal =
    term.language === undefined || term.language === ''
      ? terms.typed(term.value, term.datatype!.value)
      : terms.lang(term.value, term.language);
  return () => literal;
}

/** What a solution makes of a template is left out where it is no triple. */
function isTriple(triple: readonly number[], terms: TermSpace): boolean {
  if (triple.includes(0)) return false;
  const [subject, predicate] = triple;
  return terms.kindOf(subject!) <= KIND.blank && terms.kindOf(predicate!) === KIND.iri;
}
