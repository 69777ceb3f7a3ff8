import { describe, expect, it } from 'vitest';
import type { EntryJudgement } from '../../src/policy/judge-entry.ts';
import { JudgementCache } from '../../src/site/judgement-cache.ts';

const START = new Date('2026-11-21T12:00:00Z');
const at = (seconds: number): Date => new Date(START.getTime() + seconds * 1_000);
const judgement = (message: string): EntryJudgement => ({ ok: false, unreadable: { origin: 'a', message } });

/** Asks at a time; gives what is answered, and counts who is judged. */
function openCounted() {
  const cache = new JudgementCache();
  let count = 0;
  const question = async (at: Date, bytes = 10, name = 'a') => {
    const judge = async () => {
      count += 1;
      return judgement(`number ${count}`);
    };
    const found = await cache.get(name, bytes, at, judge);
    return found.ok ? '' : found.unreadable.message;
  };
  return { cache, question, count: () => count };
}

describe('judgements of a moment ago', () => {
  it('are taken again for a minute, and made anew behind the back of who asks before it is over', async () => {
    const { question, count } = openCounted();
    expect([await question(START), await question(at(1)), await question(at(19))]).toEqual(Array(3).fill('number 1'));
    expect(await question(at(55))).toBe('number 1');
    await expect.poll(count).toBe(2);
    await expect.poll(() => question(at(56))).toBe('number 2');
    expect(count()).toBe(2);
  });

  it('are not taken after a minute, or for a time before they were made', async () => {
    const { question } = openCounted();
    expect([await question(START), await question(at(61)), await question(START)]).toEqual([
      'number 1',
      'number 2',
      'number 3',
    ]);
  });

  it('are forgotten, also those under way, when trust or policy are others', async () => {
    const { cache, question } = openCounted();
    expect([await question(START), await question(at(55))]).toEqual(['number 1', 'number 1']);
    cache.clear();
    expect(await question(at(55))).toMatch(/^number [23]$/);
    const [first, second] = [await question(at(56)), await question(at(57))];
    expect(first).toBe(second);
  });

  it('are kept for no longer than they are taken', async () => {
    const { cache, question } = openCounted();
    for (const [seconds, name] of [
      [0, 'a'],
      [30, 'b'],
      [61, 'c'],
    ] as const) {
      await question(at(seconds), 10, name);
    }
    expect(cache.bytes).toBe(20);
  });

  it('make room for newer ones', async () => {
    const { question } = openCounted();
    await question(START);
    expect(await question(START, 16 * 1024 * 1024, 'b')).toBe('number 2');
    expect(await question(START)).toBe('number 3');
  });

  it('that failed are tried again', async () => {
    const { cache, question } = openCounted();
    await expect(cache.get('a', 10, START, () => Promise.reject(new Error('no memory')))).rejects.toThrow('no memory');
    expect(await question(START)).toBe('number 1');
  });
});
