import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readUseDay } from '../../src/usage/use-day.ts';
import {
  isSiteName,
  RECEIPT_BYTES,
  RECEIPT_IMAGES,
  readReceipt,
  type UseReceipt,
  writeReceipt,
} from '../../src/usage/use-receipt.ts';
import { toIdentifier } from '../server/registry-twin.ts';

const TODAY = readUseDay('2026-11-30')!;
const REPORTER = 'AAAAAAAAAAAAAAAAAAAAAA';
const good = {
  reporter: REPORTER,
  site: 'Cloud A',
  day: '2026-11-30',
  images: [{ image: toIdentifier(1), allowed: 3, denied: 0, downloaded: 1 }],
};

describe('a receipt of use', () => {
  test('is read as it is written, with a name or without', () => {
    const images = new Map([[toIdentifier(1), { allowed: 3, denied: 0, downloaded: 1 }]]);
    for (const named of [{ site: 'Cloud Ä 1' }, {}]) {
      const receipt: UseReceipt = { reporter: REPORTER, ...named, day: TODAY, images };
      expect(readReceipt(JSON.parse(JSON.stringify(writeReceipt(receipt))), TODAY)).toEqual({ ok: true, receipt });
    }
  });

  test('of the largest number of images fits into what is taken', () => {
    const use = { allowed: 1_000_000_000, denied: 1_000_000_000, downloaded: 1_000_000_000 };
    const images = new Map(Array.from({ length: RECEIPT_IMAGES }, (_, number) => [toIdentifier(number), use]));
    const text = JSON.stringify(writeReceipt({ reporter: REPORTER, site: 'Ä'.repeat(80), day: TODAY, images }));
    expect(Buffer.byteLength(text)).toBeLessThan(RECEIPT_BYTES);
    expect(readReceipt(JSON.parse(text), TODAY).ok).toBe(true);
  });

  test.each([
    ['a list', [good], /is a JSON object/],
    ['nothing', null, /is a JSON object/],
    ['more than it may have', { ...good, address: '127.0.0.1' }, /no member "address"/],
    ['no reporter', { ...good, reporter: undefined }, /member reporter/],
    ['a reporter that says something', { ...good, reporter: 'jane@example.org' }, /member reporter/],
    ['a name that is none', { ...good, site: 'a\u0000b' }, /member site/],
    ['a long name', { ...good, site: 'a'.repeat(81) }, /member site/],
    ['a time for a day', { ...good, day: '2026-11-30T12:00:00Z' }, /member day must/],
    ['a day to come', { ...good, day: '2026-12-02' }, /in the future/],
    ['a day long ago', { ...good, day: '2026-10-26' }, /longer ago than the 35 days/],
    ['no images', { ...good, images: [] }, /1 to 1000/],
    ['too many images', { ...good, images: Array(1_001).fill(good.images[0]) }, /1 to 1000/],
    ['an image twice', { ...good, images: [good.images[0], good.images[0]] }, /listed twice/],
    ['an image that is none', { ...good, images: [{ ...good.images[0], image: '../x' }] }, /identifier of an image/],
    ['who asked', { ...good, images: [{ ...good.images[0], user: 'jane' }] }, /only\.$/],
    ['less than nothing', { ...good, images: [{ ...good.images[0], denied: -1 }] }, /whole numbers/],
    ['half a use', { ...good, images: [{ ...good.images[0], denied: 0.5 }] }, /whole numbers/],
    ['more than anybody does', { ...good, images: [{ ...good.images[0], denied: 1e300 }] }, /whole numbers/],
    ['no number', { ...good, images: [{ ...good.images[0], denied: '1' }] }, /whole numbers/],
  ])('with %s is refused in a sentence', (_, json, why) => {
    expect(readReceipt(json, TODAY)).toEqual({ ok: false, why: expect.stringMatching(why) });
  });

  test('may be of tomorrow, where the clock of the site is ahead, and of the 34 days before', () => {
    for (const day of ['2026-12-01', '2026-10-27']) expect(readReceipt({ ...good, day }, TODAY).ok, day).toBe(true);
  });

  test('made of any JSON never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(readReceipt(json, TODAY).ok).toBe(false);
        expect(readReceipt({ ...good, images: [json] }, TODAY).ok).toBe(false);
      }),
    );
  });

  test('names a site by visible text only', () => {
    for (const name of ['Cloud A', 'Rechenzentrum Süd', '雲']) expect(isSiteName(name), name).toBe(true);
    for (const name of ['', ' a', 'a ', 'a\nb', '\u202eabc', 'a\u2028b']) expect(isSiteName(name), name).toBe(false);
  });
});
