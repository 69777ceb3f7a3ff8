import { html } from 'hono/html';
import { writeEntryTime } from '../../entry/entry-time.ts';
import { type Markup, toCount } from './markup.ts';

const MINUTE_MS = 60_000;
const UNITS = [
  ['year', 365.25 * 1440],
  ['month', 30.44 * 1440],
  ['day', 1440],
  ['hour', 60],
  ['minute', 1],
] as const;

/** How long ago a time was, in its largest whole unit, as in `3 months ago`. */
export function toAgeText(at: Date, now: Date): string {
  const minutes = (now.getTime() - at.getTime()) / MINUTE_MS;
  for (const [unit, length] of UNITS) {
    const count = Math.floor(minutes / length);
    if (count >= 1) return `${toCount(count, unit, `${unit}s`)} ago`;
  }
  return 'just now';
}

/** The same with the day it was; the whole time is machine-readable. */
export function age(at: Date, now: Date): Markup {
  const text = writeEntryTime(at);
  return html`<time datetime="${text}">${toAgeText(at, now)} <span class="quiet small">${text.slice(0, 10)}</span></time>`;
}
