import type { Aggregate, Expression, Group, Node, Operand, Select } from './algebra.ts';
import {
  isTerm,
  type ParsedExpression,
  type ParsedPath,
  type ParsedPattern,
  type ParsedRow,
  type ParsedSelect,
  type ParsedTerm,
} from './parsed-query.ts';
import { certainOf, checkScope, hasSelect, mentionedBy, mentionedIn, possibleOf, type Slots } from './scope.ts';
import type { TermSpace } from './term-space.ts';
import { Unsure } from './unsure.ts';

type Bind = Extract<Node, { type: 'bind' }>;
const AGGREGATES: readonly string[] = ['count', 'sum', 'avg', 'min', 'max'] satisfies Aggregate['name'][];

/** Where a part of a query stands. */
interface Place {
  /** The named graph it is about; the default graph where absent. */
  readonly graph?: Operand;
  /** Name of the variable of GRAPH around it, which what is inside cannot see but as a term of a pattern. */
  readonly graphName?: string;
  /** False inside anything but the patterns directly in that GRAPH. */
  readonly isDirect: boolean;
}

/** One SELECT's variables, and what becomes of its parts. Throws `Unsure` for what the executor does not take. */
class Translation {
  readonly #terms: TermSpace;
  readonly #slots = new Map<string, number>();
  #width = 0;
  /** What the WHERE clause may bind. */
  #bound: Slots = new Set();

  constructor(terms: TermSpace) {
    this.#terms = terms;
  }

  select(parsed: ParsedSelect): Select {
    if (parsed.reduced === true) throw new Unsure('REDUCED');
    const where = this.#withValues(this.#group(parsed.where ?? [], { isDirect: true }), parsed.values);
    checkScope(where, new Set(), false);
    const visible = [...this.#slots.keys()].filter((name) => !name.startsWith('_:'));
    const bound = possibleOf(where);
    this.#bound = bound;
    const aggregates: Aggregate[] = [];
    const keys = this.#keys(parsed);
    const seen = mentionedIn(where);
    if (keys?.binds.some(({ slot }) => seen.has(slot)) === true) throw new Unsure('GROUP BY AS what is looked at');
    const wheres = keys === undefined ? where : { ...where, nodes: [...where.nodes, ...keys.binds] };
    const extended: { slot: number; expression: Expression }[] = [];
    const names: string[] = [];
    const hidden = (expression: ParsedExpression) => this.#expression(expression, { isDirect: false }, aggregates);
    for (const variable of parsed.variables ?? []) {
      if ('expression' in variable) {
        if (bound.has(this.#slot(variable.variable.value))) throw new Unsure('AS a variable that is bound');
        extended.push({ slot: this.#slot(variable.variable.value), expression: hidden(variable.expression) });
        names.push(variable.variable.value);
      } else if (variable.termType === 'Wildcard') {
        // as the complete engine has them
        names.push(...visible.filter((name) => bound.has(this.#slots.get(name)!)).sort());
      } else names.push(variable.value);
    }
    const having = (parsed.having ?? []).map(hidden);
    const order = (parsed.order ?? []).map(({ expression, descending }) => ({
      expression: hidden(expression),
      isDescending: descending === true,
    }));
    const isGrouped = keys !== undefined || aggregates.length > 0 || having.length > 0;
    return {
      isDistinct: parsed.distinct === true,
      where: wheres,
      names,
      slots: names.map((name) => this.#slot(name)),
      extended,
      grouping: isGrouped ? { keys: keys?.slots ?? [], aggregates, having } : undefined,
      order,
      limit: parsed.limit ?? Number.POSITIVE_INFINITY,
      offset: parsed.offset ?? 0,
      width: this.#width,
    };
  }

  #slot(name: string): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    this.#slots.set(name, this.#width);
    return this.#width++;
  }

  #keys(parsed: ParsedSelect): { slots: number[]; binds: Bind[] } | undefined {
    if (parsed.group === undefined) return undefined;
    const binds: Bind[] = [];
    const slots = parsed.group.map(({ expression, variable }) => {
      if (variable === undefined && isTerm(expression) && expression.termType === 'Variable') {
        return this.#slot(expression.value);
      }
      const slot = variable === undefined ? this.#width++ : this.#slot(variable.value);
      binds.push({ type: 'bind', slot, expression: this.#expression(expression, { isDirect: false }, undefined) });
      return slot;
    });
    return { slots, binds };
  }

  /** VALUES after the query joins with all of it. */
  #withValues(where: Group, rows: readonly ParsedRow[] | undefined): Group {
    if (rows === undefined) return where;
    return { type: 'group', nodes: [where, this.#values(rows)], filters: [] };
  }

  #group(patterns: readonly ParsedPattern[], place: Place): Group {
    const nodes: Node[] = [];
    const filters: Expression[] = [];
    for (const pattern of patterns) {
      if (pattern.type === 'filter') filters.push(this.#expression(pattern.expression, place, undefined));
      else nodes.push(...this.#nodes(pattern, place));
      const last = nodes.at(-1);
      const isJoined = last?.type !== 'optional' && last?.type !== 'minus' && last?.type !== 'bind';
      if (place.graph !== undefined && place.graph.slot >= 0 && !isJoined) {
        const before = nodes.slice(0, -1);
        if (!before.some((node) => certainOf(node).has(place.graph!.slot))) throw new Unsure('GRAPH without a pattern');
      }
    }
    return { type: 'group', nodes, filters };
  }

  #nodes(pattern: ParsedPattern, place: Place): Node[] {
    const inside: Place = { ...place, isDirect: false };
    switch (pattern.type) {
      case 'bgp':
        return pattern.triples.flatMap(({ subject, predicate, object }) => {
          return this.#path(this.#operand(subject, place), predicate, this.#operand(object, place), place);
        });
      case 'group': {
        const [only] = pattern.patterns;
        if (only?.type === 'query' && pattern.patterns.length === 1) return [this.#subselect(only, place)];
        return [this.#group(pattern.patterns, inside)];
      }
      case 'optional':
        return [{ type: 'optional', group: this.#group(pattern.patterns, inside) }];
      case 'minus':
        return [{ type: 'minus', group: this.#group(pattern.patterns, inside) }];
      case 'union':
        return [{ type: 'union', groups: pattern.patterns.map((branch) => this.#group(toPatterns(branch), inside)) }];
      case 'graph':
        return [this.#graph(pattern.name, pattern.patterns, place)];
      case 'bind': {
        const expression = this.#expression(pattern.expression, place, undefined);
        return [{ type: 'bind', slot: this.#slot(pattern.variable.value), expression }];
      }
      case 'values':
        return [this.#values(pattern.values)];
      case 'query':
        return [this.#subselect(pattern, place)];
      default:
        throw new Unsure(`a ${pattern.type} pattern`);
    }
  }

  #graph(name: ParsedTerm, patterns: readonly ParsedPattern[], place: Place): Node {
    if (place.graph !== undefined) throw new Unsure('GRAPH in GRAPH');
    const graph = this.#operand(name, place);
    const isVariable = graph.slot >= 0;
    const inside: Place = isVariable ? { graph, graphName: name.value, isDirect: true } : { graph, isDirect: true };
    const group = this.#group(patterns, inside);
    if (isVariable && !certainOf(group).has(graph.slot)) throw new Unsure('GRAPH without a pattern');
    if (!isVariable && group.nodes.length === 0) throw new Unsure('GRAPH without a pattern');
    return group;
  }

  #subselect(parsed: ParsedSelect, place: Place): Node {
    if (place.graph !== undefined) throw new Unsure('a query in GRAPH');
    if (parsed.queryType !== 'SELECT') throw new Unsure(`an inner ${parsed.queryType}`);
    const select = new Translation(this.#terms).select(parsed);
    return { type: 'select', select, slots: select.names.map((name) => this.#slot(name)) };
  }

  #values(rows: readonly ParsedRow[]): Node {
    const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const slots = names.map((name) => this.#slot(name.slice(1)));
    const toCell = (term: ParsedTerm | undefined) => (term === undefined ? 0 : this.#term(term));
    return { type: 'values', slots, rows: rows.map((row) => names.map((name) => toCell(row[name]))) };
  }

  #path(subject: Operand, predicate: ParsedTerm | ParsedPath, object: Operand, place: Place): Node[] {
    const toPattern = (excluded?: readonly number[]): Node => {
      const predicateOperand = isTerm(predicate) ? this.#operand(predicate, place) : this.#fresh();
      const pattern = { subject, predicate: predicateOperand, object, graph: place.graph };
      return { type: 'pattern', pattern: excluded === undefined ? pattern : { ...pattern, excluded } };
    };
    if (isTerm(predicate)) return [toPattern()];
    const [first, ...others] = predicate.items;
    switch (predicate.pathType) {
      case '^':
        return this.#path(object, first!, subject, place);
      case '/': {
        const nodes: Node[] = [];
        let from = subject;
        for (const [position, item] of predicate.items.entries()) {
          const to = position === others.length ? object : this.#fresh();
          nodes.push(...this.#path(from, item, to, place));
          from = to;
        }
        return nodes;
      }
      case '!': {
        const items = first !== undefined && !isTerm(first) && first.pathType === '|' ? first.items : predicate.items;
        if (!items.every((item): item is ParsedTerm => isTerm(item))) throw new Unsure('an inverse in a negated path');
        return [toPattern(items.map((item) => this.#term(item)))];
      }
      default:
        throw new Unsure(`the path ${predicate.pathType}`);
    }
  }

  #fresh(): Operand {
    return { term: 0, slot: this.#width++ };
  }

  #operand(term: ParsedTerm, place: Place): Operand {
    if (term.termType === 'Variable') {
      if (term.value === place.graphName && !place.isDirect) throw new Unsure('the variable of GRAPH inside it');
      return { term: 0, slot: this.#slot(term.value) };
    }
    if (term.termType === 'BlankNode') return { term: 0, slot: this.#slot(`_:${term.value}`) };
    return { term: this.#term(term), slot: -1 };
  }

  #term(term: ParsedTerm): number {
    if (term.termType === 'NamedNode') return this.#terms.iri(term.value);
    if (term.termType !== 'Literal') throw new Unsure(`a term that is a ${term.termType}`);
    if (term.language !== undefined && term.language !== '') return this.#terms.lang(term.value, term.language);
    return this.#terms.typed(term.value, term.datatype!.value);
  }

  /** `aggregates` takes those found; where there is none they must not be. */
  #expression(parsed: ParsedExpression, place: Place, aggregates: Aggregate[] | undefined): Expression {
    if (isTerm(parsed)) {
      if (parsed.termType !== 'Variable') return { type: 'term', term: this.#term(parsed) };
      if (parsed.value === place.graphName) throw new Unsure('the variable of GRAPH inside it');
      return { type: 'variable', slot: this.#slot(parsed.value) };
    }
    switch (parsed.type) {
      case 'functionCall':
        throw new Unsure('a function by IRI');
      case 'aggregate':
        return this.#aggregate(parsed, aggregates);
      case 'operation': {
        const { operator } = parsed;
        if (operator === 'exists' || operator === 'notexists') {
          const group = this.#group(toPatterns(parsed.args[0] as ParsedPattern), { ...place, isDirect: false });
          if (hasSelect(group)) throw new Unsure('a query in EXISTS');
          return { type: 'exists', group, isNegated: operator === 'notexists' };
        }
        const args = (parsed.args as (ParsedExpression | ParsedExpression[])[]).flat();
        return { type: 'call', name: operator, args: args.map((arg) => this.#expression(arg, place, aggregates)) };
      }
    }
  }

  #aggregate(
    parsed: Extract<ParsedExpression, { type: 'aggregate' }>,
    aggregates: Aggregate[] | undefined,
  ): Expression {
    if (aggregates === undefined || !AGGREGATES.includes(parsed.aggregation)) throw new Unsure(parsed.aggregation);
    const isStar = isTerm(parsed.expression) && parsed.expression.termType === 'Wildcard';
    if (isStar && parsed.distinct) throw new Unsure('COUNT(DISTINCT *)');
    const slot = this.#width++;
    const expression = isStar ? undefined : this.#expression(parsed.expression, { isDirect: false }, undefined);
    for (const mentioned of expression === undefined ? [] : mentionedBy(expression)) {
      if (!this.#bound.has(mentioned)) throw new Unsure('an aggregate over what is never bound');
    }
    aggregates.push({
      name: parsed.aggregation as Aggregate['name'],
      expression,
      isDistinct: parsed.distinct,
      slot,
    });
    return { type: 'variable', slot };
  }
}

function toPatterns(pattern: ParsedPattern): readonly ParsedPattern[] {
  if (pattern.type !== 'group') return [pattern];
  const [only] = pattern.patterns;
  return only?.type === 'query' ? [pattern] : pattern.patterns;
}

/** The algebra of a SELECT or ASK. Throws `Unsure` for what the executor does not take. */
export function toSelect(parsed: ParsedSelect, terms: TermSpace): Select {
  return new Translation(terms).select(parsed);
}
