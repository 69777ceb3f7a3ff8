import { askGraph } from '../catalog/sparql/ask-graph.ts';
import { toMessage } from '../errors.ts';
import type { GraphAnswer } from '../policy/judged-entry.ts';
import type { Policy, Rule } from '../policy/policy.ts';
import type { Quad } from '../rdf/quad.ts';
import { conformsTo } from './conform.ts';

type GraphRule = Extract<Rule, { readonly kind: 'ask' | 'shapes' }>;

/** Functions of SPARQL whose value is another each time, and the escapes by which their names can be written otherwise. */
const CHANGING = /\b(?:now|rand|uuid|struuid)\b|\\u/i;

/**
 * Puts the rules of a policy that read the graph to what documents say. An answer that can be no other is kept as long as the document's
 * triples are: a decision that is asked for a hundred times a second must not put a query a hundred times.
 */
export class GraphAnswers {
  readonly #known = new WeakMap<GraphRule, WeakMap<readonly Quad[], Promise<GraphAnswer>>>();

  /**
   * By position of each such rule in the policy: what it comes to for one statement, whose triples have the image as their subject, as the
   * document has it. `triples` MUST never change.
   */
  async of(policy: Policy, triples: readonly Quad[]): Promise<Map<number, GraphAnswer>> {
    const answers = new Map<number, GraphAnswer>();
    for (const [position, { rule }] of policy.rules.entries()) {
      if (rule.kind === 'ask' || rule.kind === 'shapes') answers.set(position, await this.#ofRule(rule, triples));
    }
    return answers;
  }

  #ofRule(rule: GraphRule, triples: readonly Quad[]): Promise<GraphAnswer> {
    if (rule.kind === 'ask' && CHANGING.test(rule.query)) return answer(rule, triples);
    let known = this.#known.get(rule);
    if (known === undefined) {
      known = new WeakMap();
      this.#known.set(rule, known);
    }
    const before = known.get(triples);
    if (before !== undefined) return before;
    const made = answer(rule, triples);
    known.set(triples, made);
    return made;
  }
}

async function answer(rule: GraphRule, triples: readonly Quad[]): Promise<GraphAnswer> {
  if (rule.kind === 'shapes') return await conformsTo(rule.turtle, triples);
  try {
    return { holds: askGraph(rule.query, triples) };
  } catch (thrown) {
    return { holds: false, message: `could not be answered: ${toMessage(thrown)}` };
  }
}
