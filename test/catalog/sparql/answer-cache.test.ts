import { describe, expect, test } from 'vitest';
import { AnswerCache } from '../../../src/catalog/sparql/answer-cache.ts';

const MINUTE_MS = 60_000;
const body = (length: number) => new Uint8Array(length);

describe('answers that are kept', () => {
  test('are found for the same question and log size, and within the minute where they depend on the clock', () => {
    const cache = new AnswerCache();
    const [lasting, timed] = [body(3), body(4)];
    cache.keep('lasting', 7, undefined, lasting);
    cache.keep('timed', 7, 5 * MINUTE_MS, timed);
    expect(cache.find('lasting', 7, 99 * MINUTE_MS)).toBe(lasting);
    expect(cache.find('timed', 7, 5 * MINUTE_MS + 59_999)).toBe(timed);
    expect(cache.find('timed', 7, 6 * MINUTE_MS)).toBeUndefined();
    expect(cache.find('lasting', 8, 0)).toBeUndefined();
    expect(cache.find('other', 7, 0)).toBeUndefined();
  });

  test('go when the log has grown, and one about an earlier size is kept until it grows again', () => {
    const cache = new AnswerCache();
    cache.keep('a', 7, undefined, body(1));
    cache.keep('a', 8, undefined, body(1));
    expect(cache.find('a', 7, 0)).toBeUndefined();
    cache.keep('past', 3, undefined, body(1));
    expect(cache.find('past', 3, 0)).toBeDefined();
    expect(cache.find('a', 8, 0)).toBeDefined();
    cache.keep('a', 9, undefined, body(1));
    expect(cache.find('past', 3, 0)).toBeUndefined();
  });

  test('are of bounded size together, the one not used for longest going first, and none is very large', () => {
    const cache = new AnswerCache();
    const mebibyte = 1024 * 1024;
    for (let number = 0; number < 10; number++) {
      cache.keep(`${number}`, 1, undefined, body(3.5 * mebibyte));
      expect(cache.find('0', 1, 0) !== undefined).toBe(true);
    }
    expect(cache.find('1', 1, 0)).toBeUndefined();
    expect(cache.find('9', 1, 0)).toBeDefined();
    const part = body(4 * mebibyte + 1).subarray(0, 1);
    cache.keep('part', 1, undefined, part);
    expect(cache.find('part', 1, 0)).toBeUndefined();
    cache.keep('large', 1, undefined, body(4 * mebibyte + 1));
    expect(cache.find('large', 1, 0)).toBeUndefined();
  });
});
