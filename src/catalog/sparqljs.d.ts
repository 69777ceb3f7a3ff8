/** The part of sparqljs that the guard and saved queries use; the package brings no types. */
declare module 'sparqljs' {
  export class Parser {
    constructor(options?: { prefixes?: Record<string, string>; baseIRI?: string; sparqlStar?: boolean });
    /** The query or update as a tree of plain objects and RDF/JS terms. Throws for what is not SPARQL. */
    parse(text: string): unknown;
  }
  export class Generator {
    constructor(options?: { allPrefixes?: boolean });
    /** The text of a parsed query. */
    stringify(tree: unknown): string;
  }
}
