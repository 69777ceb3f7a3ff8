const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const WORDS = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' } as const;
const SHAPE = /^([1-9][0-9]{0,5}) ?([smhdw])$/;

/** Milliseconds of a duration such as `90d`, `12h` or `30 m`; undefined for anything else. */
export function readDuration(text: string): number | undefined {
  const [, digits, unit] = SHAPE.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

/** A duration in words, in the largest unit that divides it. */
export function writeDuration(durationMs: number): string {
  for (const unit of ['w', 'd', 'h', 'm'] as const) {
    if (durationMs % UNITS_MS[unit] === 0) return count(durationMs / UNITS_MS[unit], WORDS[unit]);
  }
  return count(durationMs / UNITS_MS.s, WORDS.s);
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
