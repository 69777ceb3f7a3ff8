/** What was done with an image, in the order in which it is written. */
export const USE_KINDS = ['lookups', 'checks', 'allowed', 'denied', 'downloaded'] as const;
export type UseKind = (typeof USE_KINDS)[number];

/**
 * How often an image was used. `lookups`: its page, list or one of its entries was fetched, in whatever format; `checks`: the proof of its
 * history was; `allowed`, `denied`, `downloaded`: what sites that report decided about it and fetched.
 */
export type UseCount = Readonly<Record<UseKind, number>>;

export const NO_USE: UseCount = { lookups: 0, checks: 0, allowed: 0, denied: 0, downloaded: 0 };

/** The sum of two counts; of a count and a correction, where one of the numbers may be negative, never less than nothing. */
export function addUse(one: UseCount, other: Readonly<Partial<UseCount>>): UseCount {
  const sum = (kind: UseKind): number => Math.min(Math.max(0, one[kind] + (other[kind] ?? 0)), Number.MAX_SAFE_INTEGER);
  return {
    lookups: sum('lookups'),
    checks: sum('checks'),
    allowed: sum('allowed'),
    denied: sum('denied'),
    downloaded: sum('downloaded'),
  };
}

/** True for a count of nothing at all. */
export function isUnused(count: UseCount): boolean {
  return USE_KINDS.every((kind) => count[kind] === 0);
}

/** How often, in words. */
export function toTimes(count: number): string {
  if (count === 0) return 'never';
  return count === 1 ? 'once' : `${count.toLocaleString('en-GB')} times`;
}
