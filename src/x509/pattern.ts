/** A pattern that is held against a whole text, without regard to the case of ASCII letters, in time linear in the text. */
export interface Pattern {
  matches(text: string): boolean;
}

/** Longer patterns are not read; with the limit on texts this bounds the work of one comparison. */
const PATTERN_LIMIT = 1_000;
/** Groups nested deeper than this are not read. */
const DEPTH_LIMIT = 16;
/** Longer texts match nothing. */
const TEXT_LIMIT = 4_096;

/**
 * Reads a regular expression of the limited kind that namespaces files use: literals, `.`, classes in brackets, groups, `|`, `*`,
 * `+`, `?`, `\` before a character that is no letter or digit; `^` and `$` at the ends mean nothing, since the whole text must
 * match anyway. Undefined for anything else.
 */
export function readExpression(text: string): Pattern | undefined {
  if (text.length > PATTERN_LIMIT) return undefined;
  const bare = text.replace(/^\^/, '').replace(/(^|[^\\])\$$/, '$1');
  const node = new ExpressionReader([...fold(bare)]).whole();
  return node === undefined ? undefined : compile(node);
}

/** Reads a glob as signing policies use it: `*` stands for any characters, `?` for one. Undefined if it is too long. */
export function readGlob(text: string): Pattern | undefined {
  if (text.length > PATTERN_LIMIT) return undefined;
  const parts = [...fold(text)].map((character): Node => {
    if (character === '*') return { kind: 'repeat', part: ANY, least: 0, isMany: true };
    return character === '?' ? ANY : toLiteral(character);
  });
  return compile({ kind: 'sequence', parts });
}

/** Folds ASCII only: folding all of Unicode would make look-alikes equal. */
export function fold(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

interface CharacterSet {
  readonly kind: 'character';
  readonly ranges: readonly (readonly [from: string, to: string])[];
  readonly isNegated: boolean;
}

type Node =
  | CharacterSet
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: 0 | 1; readonly isMany: boolean };

const ANY: Node = { kind: 'character', ranges: [], isNegated: true };

function toLiteral(character: string): Node {
  return { kind: 'character', ranges: [[character, character]], isNegated: false };
}

/** A cursor over an expression; its methods answer undefined as soon as it is not of the limited kind. */
class ExpressionReader {
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(characters: readonly string[]) {
    this.#characters = characters;
  }

  whole(): Node | undefined {
    const node = this.#choice();
    return this.#at === this.#characters.length ? node : undefined;
  }

  #choice(): Node | undefined {
    const options: Node[] = [];
    do {
      const option = this.#sequence();
      if (option === undefined) return undefined;
      options.push(option);
    } while (this.#take('|'));
    return options.length === 1 ? options[0] : { kind: 'choice', options };
  }

  #sequence(): Node | undefined {
    const parts: Node[] = [];
    while (this.#peek() !== undefined && this.#peek() !== '|' && this.#peek() !== ')') {
      let part = this.#atom();
      if (part === undefined) return undefined;
      for (;;) {
        if (this.#take('*')) part = { kind: 'repeat', part, least: 0, isMany: true };
        else if (this.#take('+')) part = { kind: 'repeat', part, least: 1, isMany: true };
        else if (this.#take('?')) part = { kind: 'repeat', part, least: 0, isMany: false };
        else break;
      }
      parts.push(part);
    }
    return { kind: 'sequence', parts };
  }

  #atom(): Node | undefined {
    const character = this.#characters[this.#at++]!;
    switch (character) {
      case '.':
        return ANY;
      case '(':
        return this.#group();
      case '[':
        return this.#set();
      case '\\':
        return this.#escaped();
      case '*':
      case '+':
      case '?':
      case '{':
      case '^':
      case '$':
        return undefined;
      default:
        return toLiteral(character);
    }
  }

  #group(): Node | undefined {
    if (this.#take('?') && !this.#take(':')) return undefined;
    this.#depth += 1;
    if (this.#depth > DEPTH_LIMIT) return undefined;
    const node = this.#choice();
    this.#depth -= 1;
    return this.#take(')') ? node : undefined;
  }

  #set(): Node | undefined {
    const isNegated = this.#take('^');
    const ranges: [string, string][] = [];
    for (;;) {
      const from = this.#setCharacter();
      if (from === undefined) return undefined;
      let to: string | undefined = from;
      if (this.#peek() === '-' && this.#characters[this.#at + 1] !== ']') {
        this.#at += 1;
        to = this.#setCharacter();
        if (to === undefined || to < from) return undefined;
      }
      ranges.push([from, to]);
      if (this.#take(']')) return { kind: 'character', ranges, isNegated };
    }
  }

  #setCharacter(): string | undefined {
    const character = this.#characters[this.#at++];
    // `[[:alpha:]]` and the like would be read as something else than they say.
    if (character === undefined || character === '[' || character === ']') return undefined;
    if (character !== '\\') return character;
    const next = this.#characters[this.#at++];
    return next === undefined || /[a-z0-9]/.test(next) ? undefined : next;
  }

  #escaped(): Node | undefined {
    const next = this.#characters[this.#at++];
    return next === undefined || /[a-z0-9]/.test(next) ? undefined : toLiteral(next);
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }
}

type Step =
  | { readonly kind: 'character'; readonly set: CharacterSet }
  /** Goes on at every one of the places. */
  | { readonly kind: 'fork'; readonly places: readonly number[] }
  | { readonly kind: 'end' };

/**
 * An automaton whose states are all followed at once, so nothing is ever tried twice. Almost every pattern is a fixed beginning and then
 * anything, which needs no automaton.
 */
function compile(node: Node): Pattern {
  const parts = node.kind === 'sequence' ? node.parts : [node];
  const rest = parts.findIndex((part) => !isLiteral(part));
  const start = rest < 0 ? parts.length : rest;
  const prefix = parts
    .slice(0, start)
    .map((part) => (part as CharacterSet).ranges[0]![0])
    .join('');
  const isOpen = parts.length === start + 1 && isAnything(parts[start]!);
  const steps: Step[] = [];
  write({ kind: 'sequence', parts: parts.slice(start) }, steps);
  steps.push({ kind: 'end' });
  return {
    matches: (text) => {
      const folded = fold(text);
      if (folded.length > TEXT_LIMIT || !folded.startsWith(prefix)) return false;
      return isOpen || isMatch(steps, folded.slice(prefix.length));
    },
  };
}

function isLiteral(node: Node): boolean {
  return (
    node.kind === 'character' &&
    !node.isNegated &&
    node.ranges.length === 1 &&
    node.ranges[0]![0] === node.ranges[0]![1]
  );
}

function isAnything(node: Node): boolean {
  return node.kind === 'repeat' && node.part === ANY && node.least === 0 && node.isMany;
}

function write(node: Node, steps: Step[]): void {
  switch (node.kind) {
    case 'character':
      steps.push({ kind: 'character', set: node });
      return;
    case 'sequence':
      for (const part of node.parts) write(part, steps);
      return;
    case 'choice': {
      const start = steps.push({ kind: 'fork', places: [] }) - 1;
      const [starts, ends]: [number[], number[]] = [[], []];
      for (const option of node.options) {
        starts.push(steps.length);
        write(option, steps);
        ends.push(steps.push({ kind: 'fork', places: [] }) - 1);
      }
      steps[start] = { kind: 'fork', places: starts };
      for (const end of ends) steps[end] = { kind: 'fork', places: [steps.length] };
      return;
    }
    case 'repeat': {
      const start = steps.push({ kind: 'fork', places: [] }) - 1;
      write(node.part, steps);
      // Back to just after the start, or on; what must come once does not pass the start's other way.
      steps.push({ kind: 'fork', places: [...(node.isMany ? [start + 1] : []), steps.length + 1] });
      steps[start] = { kind: 'fork', places: [start + 1, ...(node.least === 0 ? [steps.length] : [])] };
    }
  }
}

function isMatch(steps: readonly Step[], text: string): boolean {
  let places = follow(steps, [0]);
  for (const character of text) {
    const next: number[] = [];
    for (const place of places) {
      const step = steps[place]!;
      if (step.kind === 'character' && isIn(step.set, character)) next.push(place + 1);
    }
    if (next.length === 0) return false;
    places = follow(steps, next);
  }
  return places.some((place) => steps[place]!.kind === 'end');
}

/** Every place that is reached from these without reading a character. */
function follow(steps: readonly Step[], starts: readonly number[]): number[] {
  const seen = new Set<number>();
  const open = [...starts];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (seen.has(place)) continue;
    seen.add(place);
    const step = steps[place]!;
    if (step.kind === 'fork') open.push(...step.places);
  }
  return [...seen];
}

function isIn({ ranges, isNegated }: CharacterSet, character: string): boolean {
  return ranges.some(([from, to]) => from <= character && character <= to) !== isNegated;
}
