/** Longest text of a query that may be answered at once, and most patterns: planning looks at each beside each. */
const LENGTH = 2_048;
const PATTERNS = 24;
/** Longest text looked for in others: the search may take as long as both together multiplied. */
const PART_LENGTH = 64;
/** A pattern without anything that could make matching it take longer than reading the text. */
const LITERAL_PATTERN = /^[A-Za-z0-9 _-]*$/;
/** Functions that take about as long as what they are given is. */
const QUICK = new Set(
  `= != < > <= >= ! && || + - * / in notin bound str lang datatype isiri isuri isblank isliteral isnumeric sameterm
   if coalesce lcase ucase exists notexists`.split(/\s+/),
);
const SEARCHING = new Set(['contains', 'strstarts', 'strends']);

/** What the tree of a query has in a node that is an operation. */
interface Operation {
  readonly type?: unknown;
  readonly operator?: unknown;
  readonly args?: readonly unknown[];
  readonly subject?: unknown;
  readonly predicate?: unknown;
}

/** Looks at every node of a query's tree: true in the end where each of its steps is quick, so that counting them bounds its time. */
export class ShortCheck {
  #isShort: boolean;
  #patterns = 0;

  constructor(form: string, text: string) {
    this.#isShort = (form === 'SELECT' || form === 'ASK') && text.length <= LENGTH;
  }

  get isShort(): boolean {
    return this.#isShort && this.#patterns <= PATTERNS;
  }

  look(node: Operation): void {
    if (node.subject !== undefined && node.predicate !== undefined) this.#patterns++;
    if (node.type === 'functionCall' || (node.type === 'operation' && !isQuick(node))) this.#isShort = false;
  }
}

function isQuick({ operator, args = [] }: Operation): boolean {
  if (typeof operator !== 'string') return false;
  if (QUICK.has(operator)) return true;
  const part = toConstant(args[1]);
  if (part === undefined) return false;
  if (SEARCHING.has(operator)) return part.length <= PART_LENGTH;
  return operator === 'regex' && LITERAL_PATTERN.test(part) && (args[2] === undefined || toConstant(args[2]) === 'i');
}

function toConstant(node: unknown): string | undefined {
  const { termType, value } = (node ?? {}) as { termType?: unknown; value?: unknown };
  return termType === 'Literal' && typeof value === 'string' ? value : undefined;
}
