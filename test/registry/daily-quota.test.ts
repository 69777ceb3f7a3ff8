import { afterEach, beforeEach, expect, test } from 'vitest';
import { DailyQuota } from '../../src/registry/daily-quota.ts';
import { describeImage, makeEndorser, makeEntry } from '../endorser.ts';
import { makePlace, type RegistryPlace } from './world.ts';

const HOUR_MS = 3_600_000;

let place: RegistryPlace;

beforeEach(async () => {
  place = await makePlace();
});
afterEach(() => place.remove());

test('what was taken a day ago counts no more, and what came to nothing never did', () => {
  let nowMs = 0;
  const before = [{ endorserKey: 'old', ageMs: 23 * HOUR_MS }];
  const quota = new DailyQuota({ entries: 4, perEndorser: 2 }, before, () => nowMs);
  quota.take('ada')();
  quota.take('ada');
  quota.take('ada');
  expect(() => quota.take('ada')).toThrow(/2 entries of this endorser/);
  quota.take('bob');
  expect(() => quota.take('bob')).toThrow(/4 entries were taken here/);
  nowMs += HOUR_MS + 1;
  quota.take('bob');
  expect(() => quota.take('eve')).toThrow(expect.objectContaining({ code: 'quota', retryAfterSeconds: 82_800 }));
});

test('an endorser may add so many entries in 24 hours, also over a restart; others go on', async () => {
  const [ada, bob] = [await makeEndorser(place.authority, 'ada'), await makeEndorser(place.authority, 'bob')];
  const daily = { entries: 100, perEndorser: 2 };
  const registry = await place.open({ daily });
  const first = await makeEntry(ada, describeImage());
  expect((await registry.submit(first)).outcome).toBe('accepted');
  expect((await registry.submit(await makeEntry(ada, describeImage()))).outcome).toBe('accepted');
  await expect(registry.submit(await makeEntry(ada, describeImage()))).rejects.toMatchObject({ code: 'quota' });
  // What is here already is no new entry.
  expect((await registry.submit(first)).outcome).toBe('known');
  expect((await registry.submit(await makeEntry(bob, describeImage()))).outcome).toBe('accepted');
  await registry.close();
  const again = await place.open({ daily });
  await expect(again.submit(await makeEntry(ada, describeImage()))).rejects.toMatchObject({ code: 'quota' });
  expect((await again.submit(await makeEntry(bob, describeImage()))).outcome).toBe('accepted');
  await again.close();
});
