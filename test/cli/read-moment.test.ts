import { expect, test } from 'vitest';
import { readTime, readValidity } from '../../src/cli/read-moment.ts';

const AT = new Date('2026-03-01T10:20:30.456Z');

test.each([
  ['90d', '2026-05-30T10:20:30.000Z'],
  ['2w', '2026-03-15T10:20:30.000Z'],
  ['18m', '2027-09-01T10:20:30.000Z'],
  ['1y', '2027-03-01T10:20:30.000Z'],
  ['2027-01-31', '2027-01-31T00:00:00.000Z'],
  ['2027-01-31T12:00:00Z', '2027-01-31T12:00:00.000Z'],
])('a validity of %s ends at %s', (text, end) => {
  expect(readValidity(text, AT, '--valid').toISOString()).toBe(end);
});

test.each(['', '90', '1h', '-1d', 'tomorrow', '2027-02-30', '2027-01-31T12:00', '99999y'])(
  '%j is no validity',
  (text) => {
    expect(() => readValidity(text, AT, '--valid')).toThrow('--valid is');
  },
);

test('a time is a second or the first second of a day', () => {
  expect(readTime('2027-01-31', '--at').toISOString()).toBe('2027-01-31T00:00:00.000Z');
  expect(() => readTime('90d', '--at')).toThrow('--at is "90d"');
});
