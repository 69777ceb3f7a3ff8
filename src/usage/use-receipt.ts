import { isIdentifier } from '../entry/identifier.ts';
import { readUseDay, type UseDay, writeUseDay } from './use-day.ts';

/** What was decided about an image on one day, and how often its bytes were fetched. */
export interface SiteUse {
  readonly allowed: number;
  readonly denied: number;
  readonly downloaded: number;
}

/** What one reporter of a site counted on one day until now: it takes the place of what he told of that day before. */
export interface UseReceipt {
  /** Made by chance once for each place that counts, so that the counts of two of them add up. */
  readonly reporter: string;
  /** As the operator of the site wants it to be called; absent where he names none. */
  readonly site?: string;
  readonly day: UseDay;
  readonly images: ReadonlyMap<string, SiteUse>;
}

/** Images of one receipt; of a day with more there are several, each about other images. */
export const RECEIPT_IMAGES = 1_000;
/** Days after which nothing more is taken for a day. */
export const RECEIPT_DAYS = 35;
/** A receipt of so many images has fewer. */
export const RECEIPT_BYTES = 256 * 1024;

const COUNT_MOST = 1_000_000_000;
const REPORTER = /^[A-Za-z0-9_-]{22}$/;
const SITE_LENGTH = 80;

/** The JSON of a receipt, as `readReceipt` takes it. */
export function writeReceipt({ reporter, site, day, images }: UseReceipt): Record<string, unknown> {
  return {
    reporter,
    ...(site === undefined ? {} : { site }),
    day: writeUseDay(day),
    images: [...images].map(([image, { allowed, denied, downloaded }]) => ({ image, allowed, denied, downloaded })),
  };
}

/** True for what a site may be called: visible text of at most 80 characters. */
export function isSiteName(text: string): boolean {
  return text.length <= SITE_LENGTH && text.trim() === text && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(text);
}

/** Reads a receipt strictly, as of a day. What is wrong is one sentence. */
export function readReceipt(
  json: unknown,
  today: UseDay,
): { readonly ok: true; readonly receipt: UseReceipt } | { readonly ok: false; readonly why: string } {
  const no = (why: string) => ({ ok: false as const, why });
  if (!isRecord(json)) return no('A receipt is a JSON object.');
  const { reporter, site, day: text, images: list, ...others } = json;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return no(`A receipt has no member ${JSON.stringify(unknown.slice(0, 40))}.`);
  if (typeof reporter !== 'string' || !REPORTER.test(reporter)) {
    return no('The member reporter must be 22 characters of base64url, made by chance once.');
  }
  if (site !== undefined && (typeof site !== 'string' || !isSiteName(site))) {
    return no(`The member site must be visible text of at most ${SITE_LENGTH} characters, or be left out.`);
  }
  const day = typeof text === 'string' ? readUseDay(text) : undefined;
  if (day === undefined) return no('The member day must be a day as in 2026-01-31.');
  if (day > today + 1) return no('The member day lies in the future: look at the clock.');
  if (day <= today - RECEIPT_DAYS) return no(`The day is longer ago than the ${RECEIPT_DAYS} days that are taken.`);
  if (!Array.isArray(list)) return no('The member images must be a list.');
  if (list.length === 0 || list.length > RECEIPT_IMAGES) {
    return no(`The member images must have 1 to ${RECEIPT_IMAGES} of them.`);
  }
  const images = new Map<string, SiteUse>();
  for (const one of list as readonly unknown[]) {
    const use = readUse(one);
    if (typeof use === 'string') return no(use);
    if (images.has(use.image)) return no(`The image ${use.image} is listed twice.`);
    images.set(use.image, use.count);
  }
  return { ok: true, receipt: { reporter, ...(site === undefined ? {} : { site }), day, images } };
}

function readUse(json: unknown): { readonly image: string; readonly count: SiteUse } | string {
  if (!isRecord(json)) return 'Each of the images must be a JSON object.';
  const { image, allowed, denied, downloaded, ...others } = json;
  if (Object.keys(others).length > 0) return 'Of an image, a receipt has image, allowed, denied and downloaded only.';
  if (typeof image !== 'string' || !isIdentifier(image)) return 'The member image must be the identifier of an image.';
  if (!isCount(allowed) || !isCount(denied) || !isCount(downloaded)) {
    return `The members allowed, denied and downloaded must be whole numbers from 0 to ${COUNT_MOST}.`;
  }
  return { image, count: { allowed, denied, downloaded } };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= COUNT_MOST;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
