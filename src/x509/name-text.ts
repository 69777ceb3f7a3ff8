import { readAttributeType } from './attribute-type.ts';
import { checkDer } from './der.ts';
import { readDerText } from './der-text.ts';
import { fromHex, toHex } from './octets.ts';

/** One attribute of a name that was read from text. */
export interface TextAttribute {
  /** Dotted OID of the attribute type. */
  readonly type: string;
  /** The unescaped text; for `#hex` the text its DER holds, or the `#hex` itself if that is no string type. */
  readonly value: string;
  /** Present if the value was written as `#hex`: the DER. */
  readonly der?: Uint8Array;
}

/** A longer text is not read: no certificate can hold such a name. */
const TEXT_LIMIT = 16 * 1024;

/** What may follow a backslash (RFC 2253 section 2.4, RFC 4514 section 2.4). */
const ESCAPABLE = ' "#+,;<=>\\';
/** What must not stand in a value without a backslash. */
const SPECIAL = '"+,;<>\\';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The relative names of an RFC 2253 or RFC 4514 text, in the order of the text (most specific first), or undefined if it
 * is not such a text. Of the older forms RFC 2253 section 4 asks readers to take, quoted values, `;` as separator, `OID.`
 * and spaces before a type or around `=` are read; an unescaped space that ends a value is refused, since the two
 * specifications disagree on whether it belongs to it.
 */
export function readName(text: string): TextAttribute[][] | undefined {
  if (text.length > TEXT_LIMIT) return undefined;
  return text === '' ? [] : new NameText(text).name();
}

/** A cursor over the text. Its methods answer undefined as soon as the text is not what the grammar says. */
class NameText {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  name(): TextAttribute[][] | undefined {
    const rdns: TextAttribute[][] = [];
    let rdn: TextAttribute[] = [];
    for (;;) {
      const attribute = this.#attribute();
      if (attribute === undefined) return undefined;
      rdn.push(attribute);
      const separator = this.#text[this.#at++];
      if (separator === '+') continue;
      rdns.push(rdn);
      rdn = [];
      if (separator === undefined) return rdns;
      if (separator !== ',' && separator !== ';') return undefined;
    }
  }

  #attribute(): TextAttribute | undefined {
    this.#skipSpaces();
    const start = this.#at;
    while (/[A-Za-z0-9.-]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    const type = readAttributeType(this.#text.slice(start, this.#at));
    this.#skipSpaces();
    if (type === undefined || this.#text[this.#at++] !== '=') return undefined;
    this.#skipSpaces();
    if (this.#text[this.#at] === '#') return this.#hexValue(type);
    const value = this.#text[this.#at] === '"' ? this.#quotedValue() : this.#plainValue();
    return value === undefined ? undefined : { type, value };
  }

  #hexValue(type: string): TextAttribute | undefined {
    const start = this.#at++;
    while (/[0-9A-Fa-f]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    const hex = this.#text.slice(start + 1, this.#at).toLowerCase();
    if (hex === '' || hex.length % 2 !== 0) return undefined;
    const der = fromHex(hex);
    try {
      checkDer(der, 'The value');
      return { type, value: toValueText(der), der };
    } catch {
      // Hex that is not DER is not a value of any attribute.
      return undefined;
    }
  }

  #quotedValue(): string | undefined {
    this.#at += 1;
    let value = '';
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) return undefined;
      if (character === '"') {
        this.#at += 1;
        return value;
      }
      const piece = character === '\\' ? this.#escaped() : this.#text[this.#at++];
      if (piece === undefined) return undefined;
      value += piece;
    }
  }

  #plainValue(): string | undefined {
    let value = '';
    let endsInSpace = false;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || character === ',' || character === ';' || character === '+') {
        return endsInSpace ? undefined : value;
      }
      if (character !== '\\' && (SPECIAL.includes(character) || character === '\0')) return undefined;
      const piece = character === '\\' ? this.#escaped() : this.#text[this.#at++];
      if (piece === undefined) return undefined;
      endsInSpace = character === ' ';
      value += piece;
    }
  }

  /** What one escape stands for; hex pairs are octets of UTF-8, so all that follow each other are read together. */
  #escaped(): string | undefined {
    const next = this.#text[this.#at + 1];
    if (next !== undefined && ESCAPABLE.includes(next)) {
      this.#at += 2;
      return next;
    }
    const octets: number[] = [];
    for (;;) {
      const pair = /^\\([0-9A-Fa-f]{2})/.exec(this.#text.slice(this.#at, this.#at + 3));
      if (pair === null) break;
      octets.push(Number.parseInt(pair[1]!, 16));
      this.#at += 3;
    }
    try {
      return octets.length === 0 ? undefined : utf8.decode(Uint8Array.from(octets));
    } catch {
      return undefined;
    }
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === ' ') this.#at += 1;
  }
}

/** The text of an attribute value's DER: what a string type holds, or `#` and hex for any other type. */
export function toValueText(der: Uint8Array): string {
  const tag = der[0]!;
  // Content starts after a length of one octet, or of as many as its low bits say.
  const start = der[1]! < 0x80 ? 2 : 2 + (der[1]! & 0x7f);
  return readDerText(tag, der.subarray(start), 'A value in the name') ?? toHexText(der);
}

/** `#` and the lower-case hex of a value's DER, as RFC 2253 section 2.4 writes a value that has no string form. */
export function toHexText(der: Uint8Array): string {
  return `#${toHex(der)}`;
}
