import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toShortText, toVisibleText } from '../../src/server/visible-text.ts';

describe('text endorsers wrote', () => {
  test.each([
    ['a right-to-left override', 'safe\u202egpj.exe', 'safe⟨U+202E⟩gpj.exe'],
    ['an isolate left open', '\u2066open', '⟨U+2066⟩open'],
    ['an escape character', 'a\u001b[31mb', 'a⟨U+001B⟩[31mb'],
    ['a zero-width space', 'a\u200bb', 'a⟨U+200B⟩b'],
    ['a line separator', 'a\u2028b', 'a⟨U+2028⟩b'],
    ['a tag character', 'a\u{e0041}b', 'a⟨U+E0041⟩b'],
    ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
  ])('shows %s', (_, text, shown) => {
    expect(toVisibleText(text)).toBe(shown);
  });

  test.each(['שלום', 'ab\u200dc', 'line\nline\ttab', '你好 🌍', 'é'])('leaves honest text as it is: %s', (text) => {
    expect(toVisibleText(text)).toBe(text);
  });

  test('is cut between characters, never inside one', () => {
    expect(toShortText('🌍🌍🌍🌍', 2)).toBe('🌍🌍…');
    expect(toShortText('🌍🌍', 2)).toBe('🌍🌍');
    expect(toShortText('abc', 3)).toBe('abc');
  });

  test('any text comes out well-formed and within its length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (text, length) => {
        const shown = toShortText(text, length);
        expect(Buffer.from(shown).toString()).toBe(shown);
        // a character shown by its code point takes up to ten
        expect([...shown].length).toBeLessThanOrEqual(length * 10 + 1);
      }),
    );
  });
});
