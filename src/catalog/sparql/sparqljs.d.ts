/** The part of sparqljs that is used here; the package brings no types. */
declare module 'sparqljs' {
  /** What takes a text apart into words, as jison made it. */
  export interface SparqlLexer {
    /** Patterns of words, each anchored at its start. */
    readonly rules: readonly RegExp[];
    /** Numbers of the rules; the grammar has no other condition. */
    readonly conditions: { readonly INITIAL: { readonly rules: readonly number[] } };
    /** What is left of the text while it is read. */
    readonly _input: string;
    /** Numbers of the rules that are tried where the reading is; the longest match counts, the first one of these. */
    _currentRules(): readonly number[];
    setInput(text: string, state: object): SparqlLexer;
    /** The next word's number; 1 at the end. Throws for what is no word. */
    lex(): number;
    /** Text of the word that was read last. */
    readonly yytext: string;
  }
  export class Parser {
    constructor(options?: { prefixes?: Record<string, string>; baseIRI?: string; sparqlStar?: boolean });
    /** The query or update as a tree of plain objects and RDF/JS terms. Throws for what is not SPARQL. */
    parse(text: string): unknown;
    lexer: SparqlLexer;
  }
  export class Generator {
    constructor(options?: { allPrefixes?: boolean });
    /** The text of a parsed query. */
    stringify(tree: unknown): string;
  }
}
