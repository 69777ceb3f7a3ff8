import type { BitSet } from './bit-set.ts';
import type { EntryOrder } from './entry-order.ts';

/** So few entries that fit are put in order by themselves; among more, a page is found by walking the order of all. */
const SORTED_LIMIT = 512;
/** Sorting one takes as long as passing so many. */
const SORTING_COST = 32;

/** Entries in order, of which those in `fits` are shown. */
export interface Stretch {
  readonly indexes: Uint32Array;
  readonly fits: BitSet;
}

/** Where a page is in a list of stretches. */
export interface PagePlace {
  /** The last entry of the page before, and the number of the stretch it is in; absent for the beginning. */
  readonly after?: { readonly index: number; readonly stretch: number };
  readonly isDescending: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** The entries of a page, and what surrounds it. */
export interface WalkedPage {
  readonly indexes: readonly number[];
  readonly isMore: boolean;
  /** Entries of the list that stand before the page. */
  readonly before: number;
  /** After which entry the page before this one starts; absent where that is the first, or this is. */
  readonly previous: number | undefined;
}

/** Those that fit, `total` of them, in an order: by themselves where they are few. */
export function toStretch(order: EntryOrder, fits: BitSet, total: number): Stretch {
  const all = order.indexes();
  const isCheap = total <= SORTED_LIMIT && total * SORTING_COST <= all.length;
  return { indexes: isCheap ? order.sort(fits) : all, fits };
}

/** Finds a page among stretches that follow each other, all of them in `order`; from the other end where it is descending. */
export function walkPage(order: EntryOrder, stretches: readonly Stretch[], place: PagePlace): WalkedPage {
  const { after, isDescending, limit, offset } = place;
  const step = isDescending ? -1 : 1;
  const end = isDescending ? -1 : stretches.length;
  const first = isDescending ? stretches.length - 1 : 0;
  const start = after?.stretch ?? first;
  const shown: number[] = [];
  let passed = 0;
  for (let number = start; number !== end && shown.length <= limit; number += step) {
    const { indexes, fits } = stretches[number]!;
    let at = isDescending ? indexes.length - 1 : 0;
    if (number === start && after !== undefined) {
      const around = order.around(indexes, after.index);
      at = isDescending ? around.before - 1 : around.after;
    }
    for (; at >= 0 && at < indexes.length && shown.length <= limit; at += step) {
      if (fits.has(indexes[at]!) && passed++ >= offset) shown.push(indexes[at]!);
    }
  }
  const isMore = shown.length > limit;
  if (isMore) shown.pop();
  const skipped = passed - shown.length - (isMore ? 1 : 0);
  const back = after === undefined ? { before: 0, previous: undefined } : walkBack(order, stretches, place, after);
  return { indexes: shown, isMore, before: back.before + skipped, previous: back.previous };
}

/** How many entries that fit there are up to the last one of the page before, and after which one that page starts. */
function walkBack(
  order: EntryOrder,
  stretches: readonly Stretch[],
  { isDescending, limit }: PagePlace,
  after: NonNullable<PagePlace['after']>,
): { before: number; previous: number | undefined } {
  const step = isDescending ? 1 : -1;
  const end = isDescending ? stretches.length : -1;
  let before = 0;
  let previous: number | undefined;
  for (let number = after.stretch; number !== end; number += step) {
    const { indexes, fits } = stretches[number]!;
    let at = isDescending ? 0 : indexes.length - 1;
    if (number === after.stretch) {
      const around = order.around(indexes, after.index);
      at = isDescending ? around.before : around.after - 1;
    }
    for (; at >= 0 && at < indexes.length; at += step) {
      if (fits.has(indexes[at]!) && before++ === limit) previous = indexes[at];
    }
  }
  return { before, previous };
}
