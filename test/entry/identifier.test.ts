import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isIdentifier, toIdentifier } from '../../src/entry/identifier.ts';

it('agrees with the check pair of the format', () => {
  expect(toIdentifier('c319bbd5afc0a22ba3eaed0507c39383ec28eeff')).toBe('MMZu9WvwKIro-rtBQfDk4PsKO7_');
});

it('keeps 27 digits for a digest with leading zeroes', () => {
  expect(toIdentifier('0'.repeat(40))).toBe('A'.repeat(27));
  expect(toIdentifier('f'.repeat(40))).toBe(`P${'_'.repeat(26)}`);
});

it('makes a different identifier from each digest', () => {
  const sha1 = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('hex'));
  fc.assert(
    fc.property(sha1, sha1, (a, b) => {
      expect(isIdentifier(toIdentifier(a))).toBe(true);
      expect(toIdentifier(a) === toIdentifier(b)).toBe(a === b);
    }),
  );
});

it.each([
  '',
  'MMZu9WvwKIro-rtBQfDk4PsKO7',
  'QMZu9WvwKIro-rtBQfDk4PsKO7_',
  'MMZu9WvwKIro+rtBQfDk4PsKO7_',
  'MMZu9WvwKIro-rtBQfDk4PsKO7_ ',
])('refuses %j', (text) => {
  expect(isIdentifier(text)).toBe(false);
});
