import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toFirstCharacters } from '../../../src/catalog/sparql/first-characters.ts';

function firstOf(pattern: RegExp): string | undefined {
  const codes = toFirstCharacters(pattern);
  return codes && [...codes].map((code) => String.fromCharCode(code)).join('');
}

describe('toFirstCharacters', () => {
  it.each([
    [/^(?:BASE)/i, 'Bb'],
    [/^(?:BASE)/, 'B'],
    [/^(?:(LANG|IRI|iri))/, 'LIi'],
    [/^(?:\{\|)/i, '{'],
    [/^(?:<=)/i, '<'],
    [/^(?:[0-2]*\.[3-5]+)/, '012.'],
    [/^(?:(a?b+?)c)/, 'ab'],
    [/^(?:(?:(?:"|"")?x)*')/, '"x\''],
    [/^(?:[\]\\x]y)/, ']\\x'],
    [/^(?:[^\u0000-\u007A|}~\u007F])/, '{'],
    [/^(?:\u0041\d)/, 'A'],
    [/^(?:\u00e4)/i, ''],
  ])('knows what a match of %s begins with', (pattern, characters) => {
    expect([...firstOf(pattern)!].sort()).toEqual([...characters].sort());
  });

  it.each([
    /^(?:$)/,
    /^(?:a*)/,
    /^(?:a|)/,
    /^(?:(?=a)b)/,
    /^(?:(?<name>a))/,
    /^(?:\ba)/,
    /^(?:a{2})/,
    /^(?:\x41)/,
    /^(?:(a?)\1b)/,
    /^(?:a)/u,
  ])('does not claim to know it of %s', (pattern) => {
    expect(toFirstCharacters(pattern)).toBeUndefined();
  });

  it('never leaves out a character that a match begins with', () => {
    const { pattern } = fc.letrec((tie) => ({
      pattern: fc.oneof({ maxDepth: 4 }, tie('one'), tie('sequence'), tie('choice'), tie('often')),
      one: fc.constantFrom('a', 'B', '\\.', '\\s', '[^a-c]', '[x-z.]', '.', '\\u0041', '\\|', '"'),
      sequence: fc.tuple(tie('pattern'), tie('pattern')).map(([first, second]) => `${first}${second}`),
      choice: fc.tuple(tie('pattern'), tie('pattern')).map(([first, second]) => `(${first}|${second})`),
      often: fc
        .tuple(tie('pattern'), fc.constantFrom('*', '?', '+', '*?', '+?'))
        .map((pair) => `(?:${pair[0]})${pair[1]}`),
    }));
    const text = fc.string({ unit: fc.constantFrom(...'abBcAxyz.| "\n'), minLength: 1, maxLength: 6 });
    let matches = 0;
    fc.assert(
      fc.property(pattern, fc.constantFrom('', 'i'), text, (source, flags, given) => {
        const regExp = new RegExp(`^(?:${String(source)})`, flags);
        const codes = toFirstCharacters(regExp);
        if (!regExp.test(given)) return;
        matches++;
        expect(codes?.has(given.charCodeAt(0)) ?? true).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(matches).toBeGreaterThan(200);
  });
});
