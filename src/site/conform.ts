import SHACLValidator from 'rdf-validate-shacl';
import { toMessage } from '../errors.ts';
import type { GraphAnswer } from '../policy/judged-entry.ts';
import type { Quad, Term } from '../rdf/quad.ts';
import { readTurtle } from '../rdf/read-turtle.ts';

/** What the validator has and its types do not tell: a shape, and the nodes it is about. */
interface TargetedShape {
  getTargetNodes(data: unknown): readonly unknown[];
}

type Environment = ConstructorParameters<typeof SHACLValidator>[1] extends infer O
  ? NonNullable<O> extends { factory?: infer F }
    ? NonNullable<F>
    : never
  : never;

/** Shapes of policies, read once each. */
const validators = new Map<string, SHACLValidator>();
const MOST_KEPT = 32;

/**
 * True if a graph conforms to SHACL shapes in Turtle. Shapes that look at nothing in it do not hold: a target that is misspelt must not let
 * everything through.
 */
export async function conformsTo(turtle: string, triples: readonly Quad[]): Promise<GraphAnswer> {
  try {
    const validator = openValidator(turtle);
    const { factory } = validator as unknown as { factory: Environment };
    const data = factory.dataset(triples.map((quad) => toRdfJs(factory, quad)));
    const report = await validator.validate(data);
    if (!report.conforms) {
      const [first] = report.results;
      const said = first?.message.map(({ value }) => value).join(' ');
      const path = first?.path && 'value' in first.path ? ` (${first.path.value})` : '';
      return { holds: false, message: `do not hold: ${said || 'it does not conform'}${path}.` };
    }
    const { shapesGraph, $data } = validator as unknown as {
      shapesGraph: { shapesWithTarget: readonly TargetedShape[] };
      $data: unknown;
    };
    const isLookedAt = shapesGraph.shapesWithTarget.some((shape) => shape.getTargetNodes($data).length > 0);
    return isLookedAt ? { holds: true } : { holds: false, message: 'look at nothing in it: check their targets.' };
  } catch (thrown) {
    return { holds: false, message: `could not be applied: ${toMessage(thrown)}` };
  }
}

function openValidator(turtle: string): SHACLValidator {
  const known = validators.get(turtle);
  if (known !== undefined) return known;
  const { factory } = new SHACLValidator(new Set() as never) as unknown as { factory: Environment };
  const shapes = factory.dataset(readTurtle(turtle).map((quad) => toRdfJs(factory, quad)));
  const validator = new SHACLValidator(shapes);
  if (validators.size >= MOST_KEPT) validators.clear();
  validators.set(turtle, validator);
  return validator;
}

function toRdfJs(factory: Environment, { subject, predicate, object }: Quad) {
  return factory.quad(toNode(factory, subject), factory.namedNode(predicate), toTerm(factory, object));
}

function toNode(factory: Environment, term: Term) {
  return term.termType === 'BlankNode' ? factory.blankNode(term.value) : factory.namedNode(term.value);
}

function toTerm(factory: Environment, term: Term) {
  if (term.termType !== 'Literal') return toNode(factory, term);
  return term.language === ''
    ? factory.literal(term.value, factory.namedNode(term.datatype))
    : factory.literal(term.value, term.language);
}
