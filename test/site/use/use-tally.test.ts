import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UseTally } from '../../../src/site/use/use-tally.ts';
import { toUseDay } from '../../../src/usage/use-day.ts';
import { NOW, toIdentifier } from '../../server/registry-twin.ts';

const DAY_MS = 86_400_000;
const TODAY = toUseDay(NOW);
const [debian, centos] = [toIdentifier(1), toIdentifier(2)];

let directory: string;
let at: Date;
let told: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vouch-tally-'));
  at = NOW;
  told = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = () =>
  new UseTally(
    join(directory, 'use'),
    () => at,
    (sentence) => told.push(sentence),
  );

describe('the tally of a site', () => {
  test('is of several commands together, however they come in between', async () => {
    const tallies = Array.from({ length: 5 }, open);
    for (const tally of tallies) {
      tally.count(debian, 'allowed');
      tally.count(centos, 'denied');
      tally.count(debian, 'downloaded');
    }
    await Promise.all(tallies.map((tally) => tally.write()));
    await tallies[0]!.write();
    expect(await open().waiting()).toEqual([
      {
        day: TODAY,
        changes: 5,
        taken: 0,
        images: new Map([
          [debian, { allowed: 5, denied: 0, downloaded: 5 }],
          [centos, { allowed: 0, denied: 5, downloaded: 0 }],
        ]),
      },
    ]);
    const reporters = new Set(await Promise.all(tallies.map((tally) => tally.reporter())));
    expect(reporters.size).toBe(1);
    expect([...reporters][0]).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  test('waits until it was taken as it is now, and goes once its day is over', async () => {
    const tally = open();
    tally.count(debian, 'allowed');
    await tally.write();
    const [given] = await tally.waiting();
    tally.count(debian, 'allowed');
    await tally.write();
    await tally.settle(given!);
    expect(await tally.waiting()).toMatchObject([{ changes: 2, taken: 1 }]);
    await tally.settle((await tally.waiting())[0]!);
    expect(await tally.waiting()).toEqual([]);
    expect(readdirSync(tally.directory)).toEqual(['2026-11-20.json']);
    at = new Date(NOW.getTime() + 2 * DAY_MS);
    expect(await tally.waiting()).toEqual([]);
    expect(readdirSync(tally.directory)).toEqual([]);
  });

  test('goes where nobody would take it for five weeks, and waits where its day has not come', async () => {
    const tally = open();
    tally.count(debian, 'allowed');
    await tally.write();
    at = new Date(NOW.getTime() - 3 * DAY_MS);
    expect(await tally.waiting()).toEqual([]);
    at = new Date(NOW.getTime() + 34 * DAY_MS);
    expect(await tally.waiting()).toHaveLength(1);
    at = new Date(NOW.getTime() + 35 * DAY_MS);
    expect(await tally.waiting()).toEqual([]);
    expect(readdirSync(tally.directory)).toEqual([]);
  });

  test('that is damaged is put aside, and said so', async () => {
    const tally = open();
    tally.count(debian, 'allowed');
    await tally.write();
    const path = join(tally.directory, '2026-11-20.json');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 30));
    expect(await tally.waiting()).toEqual([]);
    expect(told).toEqual([expect.stringMatching(/cannot be read; they are put aside as .*2026-11-20\.json\.damaged/)]);
    tally.count(centos, 'allowed');
    await tally.write();
    expect((await tally.waiting())[0]?.images.size).toBe(1);
  });

  test('has room for a bounded number of images', async () => {
    const tally = open();
    for (let number = 0; number < 25_000; number++) tally.count(toIdentifier(number), 'denied');
    await tally.write();
    tally.count(toIdentifier(24_999), 'denied');
    tally.count(toIdentifier(3), 'denied');
    await tally.write();
    const [{ images } = { images: new Map() }] = await tally.waiting();
    expect(images.size).toBe(20_000);
    expect(images.get(toIdentifier(3))).toEqual({ allowed: 0, denied: 2, downloaded: 0 });
  });

  test('that cannot be written stays in memory', async () => {
    const tally = open();
    writeFileSync(join(directory, 'use'), 'no directory');
    tally.count(debian, 'allowed');
    await expect(tally.write()).rejects.toMatchObject({ code: 'input-output' });
    tally.count(debian, 'allowed');
    rmSync(join(directory, 'use'));
    await tally.write();
    expect((await tally.waiting())[0]?.images.get(debian)?.allowed).toBe(2);
  });
});
