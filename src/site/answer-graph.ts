import { askGraph } from '../catalog/ask-graph.ts';
import { toMessage } from '../errors.ts';
import type { GraphAnswer } from '../policy/judged-entry.ts';
import type { Policy } from '../policy/policy.ts';
import type { Quad } from '../rdf/quad.ts';
import { conformsTo } from './conform.ts';

/** Puts the rules of a policy that read the graph to one statement's triples, its subject the image as the document has it. */
export async function answerGraphRules(policy: Policy, triples: readonly Quad[]): Promise<Map<number, GraphAnswer>> {
  const answers = new Map<number, GraphAnswer>();
  for (const [position, { rule }] of policy.rules.entries()) {
    if (rule.kind === 'ask') answers.set(position, ask(rule.query, triples));
    if (rule.kind === 'shapes') answers.set(position, await conformsTo(rule.turtle, triples));
  }
  return answers;
}

function ask(query: string, triples: readonly Quad[]): GraphAnswer {
  try {
    return { holds: askGraph(query, triples) };
  } catch (thrown) {
    return { holds: false, message: `could not be answered: ${toMessage(thrown)}` };
  }
}
