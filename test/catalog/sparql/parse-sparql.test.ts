import fc from 'fast-check';
import { Parser, type SparqlLexer } from 'sparqljs';
import { describe, expect, it } from 'vitest';
import { parseSparql, quicken } from '../../../src/catalog/sparql/parse-sparql.ts';
import { toMessage } from '../../../src/errors.ts';

const BASE = 'https://registry.example/';

/** The words of a text, each with its number, and the message where one is none. */
function read(lexer: SparqlLexer, text: string): unknown[] {
  const reading = Object.create(lexer) as SparqlLexer;
  reading.setInput(text, {});
  const words: unknown[] = [];
  try {
    for (let word = reading.lex(); word !== 1; word = reading.lex()) words.push([word, reading.yytext]);
  } catch (failure) {
    words.push(toMessage(failure));
  }
  return words;
}

const slow = new Parser({ baseIRI: BASE }).lexer;
const lexer = quicken(slow);

const PIECES =
  `SELECT select DISTINCT AS asc * ( ) { } {| |} | || && & ! != = < <= << > >= >> , ; . a ab A: :b a:b.c a:%41 _:b1 ?x $y ^ ^^ + - / \\
  1 1.5 .5 1e5 .5e-1 +1 +1.5 -1e9 e5 "x" 'x' """x""y""" '''x''' "x @en @en-GB () [] [ ] <urn:x> <a b> # GROUP GROUP_CONCAT BY IN INTO INSERT DELETE
  WHERE DATA STR STRSTARTS STRLANG STRUUID sameTerm isIRI isURI true false TRIPLE NOT EXISTS SUM SEPARATOR ä é: Ω ſ K \u{1d4d0} \ud800 undef`.split(
    /\s+/,
  );

describe('parseSparql', () => {
  it('tries few of the rules at any place', () => {
    const tried = [...'SELECT ?x { <urn:x> a "b" }'].map((one) => {
      return Object.create(lexer, { _input: { value: one } })._currentRules().length;
    });
    expect(slow.conditions.INITIAL.rules.length).toBeGreaterThan(100);
    expect(Math.max(...tried)).toBeLessThan(30);
  });

  it('reads the words that the library reads', () => {
    const gap = fc.constantFrom('', '', ' ', '\n', ' #c\n', '\t');
    let words = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...PIECES), gap), { maxLength: 12 }), (pieces) => {
        const text = pieces.flat().join('');
        const expected = read(slow, text);
        words += expected.length;
        expect(read(lexer, text)).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
    expect(words).toBeGreaterThan(5_000);
  });

  it('reads any text as the library does', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary-ascii' })), (text) => {
        expect(read(lexer, text)).toEqual(read(slow, text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('says of what is no query what the library says', () => {
    const text = 'SELECT * { ?s ?p §§ }';
    const messageOf = (parse: () => unknown): string => {
      try {
        return String(parse());
      } catch (failure) {
        return toMessage(failure);
      }
    };
    const message = messageOf(() => parseSparql(text, BASE));
    expect(message).toMatch(/line 1/);
    expect(message).toBe(messageOf(() => new Parser({ baseIRI: BASE }).parse(text)));
  });
});
