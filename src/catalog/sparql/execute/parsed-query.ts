/** The part of the parser's tree that the executor reads. */

export interface ParsedTerm {
  readonly termType: 'NamedNode' | 'BlankNode' | 'Literal' | 'Variable' | 'Wildcard';
  readonly value: string;
  readonly language?: string;
  readonly datatype?: { readonly value: string };
}

export interface ParsedPath {
  readonly type: 'path';
  readonly pathType: '/' | '^' | '|' | '!' | '?' | '*' | '+';
  readonly items: readonly (ParsedTerm | ParsedPath)[];
}

export interface ParsedTriple {
  readonly subject: ParsedTerm;
  readonly predicate: ParsedTerm | ParsedPath;
  readonly object: ParsedTerm;
}

export type ParsedRow = Readonly<Record<string, ParsedTerm | undefined>>;

export type ParsedPattern =
  | { readonly type: 'bgp'; readonly triples: readonly ParsedTriple[] }
  | { readonly type: 'group' | 'optional' | 'minus' | 'union'; readonly patterns: readonly ParsedPattern[] }
  | { readonly type: 'graph'; readonly name: ParsedTerm; readonly patterns: readonly ParsedPattern[] }
  | { readonly type: 'filter'; readonly expression: ParsedExpression }
  | { readonly type: 'bind'; readonly variable: ParsedTerm; readonly expression: ParsedExpression }
  | { readonly type: 'values'; readonly values: readonly ParsedRow[] }
  | ParsedSelect;

export type ParsedExpression =
  | ParsedTerm
  | {
      readonly type: 'operation';
      readonly operator: string;
      readonly args: readonly (ParsedExpression | readonly ParsedExpression[] | ParsedPattern)[];
    }
  | {
      readonly type: 'functionCall';
      readonly function: ParsedTerm | string;
      readonly args: readonly ParsedExpression[];
    }
  | {
      readonly type: 'aggregate';
      readonly aggregation: string;
      readonly distinct: boolean;
      readonly expression: ParsedExpression;
    };

export interface ParsedSelect {
  readonly type: 'query';
  readonly queryType: string;
  readonly distinct?: boolean;
  readonly reduced?: boolean;
  readonly variables?: readonly (
    | ParsedTerm
    | { readonly expression: ParsedExpression; readonly variable: ParsedTerm }
  )[];
  readonly template?: readonly ParsedTriple[];
  readonly where?: readonly ParsedPattern[];
  readonly group?: readonly { readonly expression: ParsedExpression; readonly variable?: ParsedTerm }[];
  readonly having?: readonly ParsedExpression[];
  readonly order?: readonly { readonly expression: ParsedExpression; readonly descending?: boolean }[];
  readonly limit?: number;
  readonly offset?: number;
  readonly values?: readonly ParsedRow[];
  readonly from?: { readonly default?: readonly ParsedTerm[]; readonly named?: readonly ParsedTerm[] };
}

export function isTerm(node: object): node is ParsedTerm {
  return 'termType' in node;
}
