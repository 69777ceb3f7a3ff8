/**
 * RDF terms as plain values: what crosses threads and what the reply formats are written from. A subset of RDF/JS in shape
 * (`termType`, `value`), so that libraries at the door accept them.
 */

export type Term =
  | { readonly termType: 'NamedNode'; readonly value: string }
  /** `value` without the `_:`. */
  | { readonly termType: 'BlankNode'; readonly value: string }
  | {
      readonly termType: 'Literal';
      readonly value: string;
      /** Empty where there is none. */
      readonly language: string;
      /** Datatype IRI. */
      readonly datatype: string;
    };

/** A triple, or with `graph` (an IRI) a quad. */
export interface Quad {
  readonly subject: Term;
  /** IRI. */
  readonly predicate: string;
  readonly object: Term;
  /** IRI of the named graph; the default graph where absent. */
  readonly graph?: string;
}
