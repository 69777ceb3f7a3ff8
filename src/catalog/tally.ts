import { VouchError } from '../errors.ts';
import type { StoreView } from './ordered-store.ts';
import { CURSOR_KEY, toTallyKey } from './store-key.ts';

/** How much the catalog holds. */
export interface Counts {
  readonly entries: number;
  readonly images: number;
  readonly endorsers: number;
}

/** What the records up to one of them come to. One is kept for every record, so that the past can be asked as cheaply as now. */
export interface Tally extends Counts {
  /** The latest `createdAt` of all entries, in milliseconds: where their list begins. */
  readonly newestMs: number;
  /** The latest acceptance, in milliseconds: it never goes down, whatever the clock did. */
  readonly acceptedMs: number;
}

const NOTHING: Tally = { entries: 0, images: 0, endorsers: 0, newestMs: 0, acceptedMs: 0 };
const FIELDS = Object.keys(NOTHING) as (keyof Tally)[];

export function writeTally(tally: Tally): string {
  return FIELDS.map((field) => tally[field]).join(' ');
}

/** Reads what `writeTally` wrote; of nothing where there is no record yet. */
export function readTally(stored: string | undefined): Tally {
  if (stored === undefined) return NOTHING;
  const numbers = stored.split(' ');
  return Object.fromEntries(FIELDS.map((field, place) => [field, Number(numbers[place])])) as unknown as Tally;
}

/** The number of records that are taken in, as the view has it. */
export async function readPosition(view: StoreView): Promise<number> {
  const stored = await view.get(CURSOR_KEY);
  return stored === undefined ? 0 : (JSON.parse(stored) as { readonly position: number }).position;
}

/** The tally of the first `size` records. Throws `corrupt` where it is not there. */
export async function findTally(view: StoreView, size: number): Promise<Tally> {
  if (size === 0) return NOTHING;
  const stored = await view.get(toTallyKey(size - 1));
  if (stored === undefined) {
    throw new VouchError('corrupt', `The catalog lacks the tally of record ${size - 1}: rebuild it.`);
  }
  return readTally(stored);
}

/** The number of records before the first one accepted after `time`, by binary search. */
export async function findSizeAt(view: StoreView, time: Date): Promise<number> {
  let low = 0;
  let high = await readPosition(view);
  while (low < high) {
    const middle = low + ((high - low) >> 1);
    const { acceptedMs } = await findTally(view, middle + 1);
    if (acceptedMs <= time.getTime()) low = middle + 1;
    else high = middle;
  }
  return low;
}
