import { type Term as N3Term, Parser } from 'n3';
import { toMessage, VouchError } from '../errors.ts';
import type { Quad, Term } from './quad.ts';

/** Reads Turtle as triples; blank nodes keep their labels. Throws `malformed` with the line of what is no Turtle. */
export function readTurtle(text: string): Quad[] {
  try {
    return new Parser({ format: 'Turtle' }).parse(text).map(({ subject, predicate, object }) => ({
      subject: toTerm(subject),
      predicate: predicate.value,
      object: toTerm(object),
    }));
  } catch (cause) {
    throw new VouchError('malformed', `This is not Turtle: ${toMessage(cause)}`, { cause });
  }
}

function toTerm(term: N3Term): Term {
  switch (term.termType) {
    case 'Literal':
      return { termType: 'Literal', value: term.value, language: term.language, datatype: term.datatype.value };
    case 'BlankNode':
      return { termType: 'BlankNode', value: term.value };
    case 'NamedNode':
      return { termType: 'NamedNode', value: term.value };
    default:
      throw new VouchError('malformed', `Turtle here holds no ${term.termType}.`);
  }
}
