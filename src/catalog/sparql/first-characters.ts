/** The characters that are told apart: those of ASCII. */
export const TOLD_APART = 128;

/** What a part of a pattern can begin with, by character code; `isOptional` if it can also match nothing. */
interface Beginning {
  readonly codes: ReadonlySet<number>;
  readonly isOptional: boolean;
}

/**
 * Codes of the ASCII characters that a match of the pattern can begin with; undefined where that cannot be told: the pattern can match
 * nothing, looks around, counts, or does what is not known here.
 */
export function toFirstCharacters(pattern: RegExp): ReadonlySet<number> | undefined {
  if (/[^dgimsy]/.test(pattern.flags)) return undefined;
  const reading = new PatternReading(pattern);
  try {
    const { codes, isOptional } = reading.readAlternatives();
    return isOptional || !reading.isAtEnd ? undefined : codes;
  } catch (failure) {
    if (failure instanceof Unknown) return undefined;
    throw failure;
  }
}

class Unknown extends Error {}

/** Reads a pattern's source from the left. */
class PatternReading {
  readonly #source: string;
  readonly #flags: string;
  #at = 0;

  constructor({ source, flags }: RegExp) {
    this.#source = source;
    this.#flags = flags.replace(/[^is]/g, '');
  }

  get isAtEnd(): boolean {
    return this.#at === this.#source.length;
  }

  readAlternatives(): Beginning {
    let found = this.#readSequence();
    while (this.#take('|')) {
      const other = this.#readSequence();
      found = { codes: new Set([...found.codes, ...other.codes]), isOptional: found.isOptional || other.isOptional };
    }
    return found;
  }

  #readSequence(): Beginning {
    const codes = new Set<number>();
    let isOptional = true;
    while (!this.isAtEnd && !'|)'.includes(this.#source[this.#at]!)) {
      const part = this.#readPart();
      if (isOptional) for (const code of part.codes) codes.add(code);
      isOptional &&= part.isOptional;
    }
    return { codes, isOptional };
  }

  #readPart(): Beginning {
    if (this.#take('^')) return { codes: new Set(), isOptional: true };
    const part = this.#take('(') ? this.#readGroup() : this.#readOne();
    if (this.#source[this.#at] === '{') throw new Unknown();
    const mayBeMissing = this.#take('*') || this.#take('?');
    if (!mayBeMissing) this.#take('+');
    // lazy: it begins as it would otherwise
    this.#take('?');
    return mayBeMissing ? { ...part, isOptional: true } : part;
  }

  #readGroup(): Beginning {
    if (this.#take('?') && !this.#take(':')) throw new Unknown();
    const group = this.readAlternatives();
    if (!this.#take(')')) throw new Unknown();
    return group;
  }

  /** A character, an escape or a class: what it matches, the engine of regular expressions is asked. */
  #readOne(): Beginning {
    const [one] = /^(?:\[(?:[^\]\\]|\\.)*\]|\\u[0-9A-Fa-f]{4}|\\[^0-9A-Za-z]|\\[sSdDwWtnrfv]|[^\\[$])/.exec(
      this.#source.slice(this.#at),
    ) ?? [undefined];
    if (one === undefined) throw new Unknown();
    this.#at += one.length;
    const pattern = new RegExp(`^${one}$`, this.#flags);
    const codes = new Set<number>();
    for (let code = 0; code < TOLD_APART; code++) if (pattern.test(String.fromCharCode(code))) codes.add(code);
    return { codes, isOptional: false };
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}
