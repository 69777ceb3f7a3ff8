import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readExpression, readGlob } from '../../src/x509/pattern.ts';
import { startClock } from '../clock.ts';

describe('an expression', () => {
  test.each([
    ['/C=IT/.*', '/c=it/O=INFN', true],
    ['/C=IT/.*', '/C=IT', false],
    ['/C=IT/.*', 'x/C=IT/O', false],
    ['^/C=IT/.*$', '/C=IT/O', true],
    ['a+b?c*', 'aab', true],
    ['a+b?c*', 'b', false],
    ['(a|bc)+', 'abcbca', true],
    ['(?:a|)b', 'b', true],
    ['[^/]+/x', 'ab/x', true],
    ['[^/]+/x', 'a/b/x', false],
    ['[A-Ca-c-]*', 'ABc-', true],
    ['a\\.b\\/', 'a.b/', true],
    ['a\\.b', 'axb', false],
    ['a\\$', 'a$', true],
    ['.', '\u{1f600}', true],
    ['', '', true],
    ['', 'a', false],
  ])('%s against %s: %s', (expression, text, matches) => {
    expect(readExpression(expression)?.matches(text)).toBe(matches);
  });

  test.each(['a{2}', '(a', 'a)', '[a', '[]', '*a', '\\d', 'a\\', '(?=a)', '[[:alpha:]]', '[b-a]', 'a^b', 'a$b'])(
    '%s is of another kind',
    (expression) => {
      expect(readExpression(expression)).toBeUndefined();
    },
  );

  test('is read only up to a length and a depth', () => {
    expect(readExpression('a'.repeat(1_001))).toBeUndefined();
    expect(readExpression(`${'('.repeat(17)}a${')'.repeat(17)}`)).toBeUndefined();
    expect(readExpression('.*')?.matches('a'.repeat(5_000))).toBe(false);
  });

  test('that makes others think for ever is answered at once', () => {
    const spent = startClock();
    const nested = readExpression(`${'(a*'.repeat(12)}${')*'.repeat(12)}b`);
    expect(nested?.matches('a'.repeat(4_000))).toBe(false);
    expect(readExpression(`${'a?'.repeat(400)}${'a'.repeat(200)}`)?.matches('a'.repeat(199))).toBe(false);
    expect(spent()).toBeLessThan(1_500);
  });

  test('answers as JavaScript’s own does', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\.', '/');
    const expression: fc.Arbitrary<string> = fc.letrec<{ whole: string; part: string }>((tie) => ({
      part: fc.oneof(
        { maxDepth: 3 },
        atom,
        fc.tuple(tie('whole')).map(([inner]) => `(${inner})`),
      ),
      whole: fc
        .array(fc.tuple(tie('part'), fc.constantFrom('', '*', '+', '?')), { minLength: 1, maxLength: 3 })
        .chain((parts) => {
          const sequence = parts.map(([part, times]) => part + times).join('');
          return fc.boolean().map((isChoice) => (isChoice ? `${sequence}|b` : sequence));
        }),
    })).whole;
    const text = fc
      .array(fc.constantFrom('a', 'b', 'A', '.', '/'), { maxLength: 7 })
      .map((letters) => letters.join(''));
    fc.assert(
      fc.property(expression, text, (source, subject) => {
        const expected = new RegExp(`^(?:${source})$`, 'i').test(subject);
        expect(readExpression(source)?.matches(subject)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a glob', () => {
  test.each([
    ['/C=IT/*', '/C=it/O=a/CN=b', true],
    ['/C=I?', '/C=IT', true],
    ['/C=I?', '/C=I', false],
    ['*', '', true],
    ['/C=.*', '/C=IT', false],
    ['(a)', '(a)', true],
    ['a\\b', 'a\\b', true],
  ])('%s against %s: %s', (glob, text, matches) => {
    expect(readGlob(glob)?.matches(text)).toBe(matches);
  });

  test('with many stars is answered at once', () => {
    const spent = startClock();
    expect(readGlob('*a'.repeat(400))?.matches('b'.repeat(4_000))).toBe(false);
    expect(readGlob(`${'*a'.repeat(100)}b`)?.matches('a'.repeat(4_000))).toBe(false);
    expect(spent()).toBeLessThan(1_500);
  });
});
