/** What a query is made of once its words are gone: variables are places in a register, terms numbers of a `TermSpace`. */

/** A term (not 0), or where `slot` is a number the variable there. */
export interface Operand {
  readonly term: number;
  readonly slot: number;
}

/** One quad pattern. */
export interface Pattern {
  readonly subject: Operand;
  readonly predicate: Operand;
  readonly object: Operand;
  /** The named graph; the default graph where absent. */
  readonly graph: Operand | undefined;
  /** Predicates that must not be (a negated property set). */
  readonly excluded?: readonly number[];
}

export type Node =
  | { readonly type: 'pattern'; readonly pattern: Pattern }
  | Group
  | { readonly type: 'optional'; readonly group: Group }
  | { readonly type: 'minus'; readonly group: Group }
  | { readonly type: 'union'; readonly groups: readonly Group[] }
  | { readonly type: 'bind'; readonly slot: number; readonly expression: Expression }
  /** Terms in the order of `slots`, 0 for UNDEF. */
  | { readonly type: 'values'; readonly slots: readonly number[]; readonly rows: readonly (readonly number[])[] }
  /** `slots` are where the columns of the inner query go. */
  | { readonly type: 'select'; readonly select: Select; readonly slots: readonly number[] };

export interface Group {
  readonly type: 'group';
  readonly nodes: readonly Node[];
  readonly filters: readonly Expression[];
}

export type Expression =
  | { readonly type: 'term'; readonly term: number }
  | { readonly type: 'variable'; readonly slot: number }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly type: 'exists'; readonly group: Group; readonly isNegated: boolean };

export interface Aggregate {
  readonly name: 'count' | 'sum' | 'avg' | 'min' | 'max';
  /** Undefined for COUNT(*). */
  readonly expression: Expression | undefined;
  readonly isDistinct: boolean;
  readonly slot: number;
}

export interface Select {
  readonly isDistinct: boolean;
  readonly where: Group;
  /** Names of the projected variables, and where they are. */
  readonly names: readonly string[];
  readonly slots: readonly number[];
  /** `(expression AS ?variable)`, in order. */
  readonly extended: readonly { readonly slot: number; readonly expression: Expression }[];
  readonly grouping:
    | {
        readonly keys: readonly number[];
        readonly aggregates: readonly Aggregate[];
        readonly having: readonly Expression[];
      }
    | undefined;
  readonly order: readonly { readonly expression: Expression; readonly isDescending: boolean }[];
  readonly limit: number;
  readonly offset: number;
  /** How many places the register has. */
  readonly width: number;
}
