import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Posting, UseReporter } from '../../../src/site/use/use-reporter.ts';
import { UseTally } from '../../../src/site/use/use-tally.ts';
import { toUseDay } from '../../../src/usage/use-day.ts';
import type { UseReceipt } from '../../../src/usage/use-receipt.ts';
import { NOW, toIdentifier } from '../../server/registry-twin.ts';

const MINUTE_MS = 60_000;
const debian = toIdentifier(1);

let directory: string;
let at: Date;
let told: string[];
let receipts: UseReceipt[];
let answer: Posting;
let tally: UseTally;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vouch-reporter-'));
  at = NOW;
  told = [];
  receipts = [];
  answer = { outcome: 'taken' };
  tally = new UseTally(
    directory,
    () => at,
    (sentence) => told.push(sentence),
  );
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = (site?: string) =>
  new UseReporter(tally, {
    ...(site === undefined ? {} : { site }),
    post: async (receipt) => {
      receipts.push(receipt);
      return answer;
    },
    now: () => at,
    tell: (sentence) => told.push(sentence),
  });

const pass = (minutes: number): void => {
  at = new Date(at.getTime() + minutes * MINUTE_MS);
};

describe('a site that reports', () => {
  test('tells at once, then every quarter of an hour all of the day until then, and nothing where nothing came', async () => {
    const reporter = open('Cloud A');
    tally.count(debian, 'allowed');
    await reporter.round();
    tally.count(debian, 'allowed');
    await reporter.round();
    expect(receipts).toHaveLength(1);
    pass(16);
    await reporter.round();
    pass(16);
    await reporter.round();
    expect(receipts.map(({ site, day, images }) => [site, day, images.get(debian)?.allowed])).toEqual([
      ['Cloud A', toUseDay(NOW), 1],
      ['Cloud A', toUseDay(NOW), 2],
    ]);
    expect(new Set(receipts.map(({ reporter: name }) => name)).size).toBe(1);
    expect(told).toEqual([]);
  });

  test('waits longer and longer while it fails, also in commands that come after, and says it once', async () => {
    answer = { outcome: 'failed', why: 'Nothing listens there.' };
    tally.count(debian, 'denied');
    const sentAt: number[] = [];
    const reporter = open();
    for (let minute = 0; minute < 24 * 60; minute++) {
      const before = receipts.length;
      await reporter.round();
      if (receipts.length > before) sentAt.push(minute);
      pass(1);
    }
    expect(sentAt).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 871, 1231]);
    await open().round();
    expect(receipts).toHaveLength(12);
    expect(told).toEqual(['Use is not reported: Nothing listens there. It is tried again.']);
    answer = { outcome: 'taken' };
    pass(7 * 60);
    await reporter.round();
    expect(receipts.slice(-2).map(({ day }) => day)).toEqual([toUseDay(NOW), toUseDay(NOW)]);
    expect(told.at(-1)).toBe('Use is reported again.');
    expect(await tally.waiting()).toEqual([]);
  });

  test('comes back when the registry says, and at once where a clock went back', async () => {
    answer = { outcome: 'failed', why: 'Busy.', retryAfterMs: 30 * MINUTE_MS };
    tally.count(debian, 'allowed');
    const reporter = open();
    await reporter.round();
    pass(29);
    await reporter.round();
    expect(receipts).toHaveLength(1);
    pass(2);
    await reporter.round();
    expect(receipts).toHaveLength(2);
    answer = { outcome: 'taken' };
    pass(-24 * 60);
    tally.count(debian, 'allowed');
    await reporter.round();
    expect(receipts.slice(2).map(({ day }) => day - toUseDay(NOW))).toEqual([0, -1]);
  });

  test('sends other days though one is refused, and a day of many images in parts', async () => {
    for (let number = 0; number < 2_500; number++) tally.count(toIdentifier(number), 'allowed');
    await tally.write();
    pass(24 * 60);
    tally.count(debian, 'allowed');
    answer = { outcome: 'refused', why: 'Look at the clock.' };
    await open().round();
    expect(receipts.map(({ images }) => images.size)).toEqual([1, 1_000]);
    answer = { outcome: 'taken' };
    pass(7 * 60);
    await open().round();
    expect(receipts.slice(2).map(({ images }) => images.size)).toEqual([1, 1_000, 1_000, 500]);
    expect(await tally.waiting()).toEqual([]);
  });
});
