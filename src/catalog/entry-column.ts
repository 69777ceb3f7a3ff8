import { VouchError } from '../errors.ts';
import type { EntryRow } from './entry-row.ts';
import { type StoreView, toRange } from './ordered-store.ts';
import { COLUMNS_PREFIX, toColumnsKey } from './store-key.ts';
import { readPosition } from './tally.ts';

/** Fields whose values many entries share, or are sorted by. */
export const TEXT_COLUMNS = [
  'identifier',
  'email',
  'endorserKey',
  'tag',
  'title',
  'os',
  'osVersion',
  'osArch',
  'kind',
  'format',
  'hypervisor',
  'origin',
] as const satisfies readonly (keyof EntryRow | 'origin')[];
export type TextColumn = (typeof TEXT_COLUMNS)[number];
export const NUMBER_COLUMNS = ['createdMs', 'validUntilMs', 'sizeBytes'] as const;
export type NumberColumn = (typeof NUMBER_COLUMNS)[number];
/** Columns whose entries with one value can be walked without looking at others. */
export const CHAINED_COLUMNS = ['identifier', 'email', 'endorserKey', 'tag'] as const satisfies readonly TextColumn[];
export type ChainedColumn = (typeof CHAINED_COLUMNS)[number];

/** What one record adds to the columns, as stored: numbers (null for none), then texts (null for none). */
interface ColumnRow {
  readonly isDeprecated: boolean;
  /** The entry was superseded when it came. */
  readonly isSuperseded: boolean;
  /** Log index of the entry it superseded. */
  readonly supersedes: number | null;
  readonly numbers: readonly (number | null)[];
  readonly texts: readonly (string | null)[];
}

/** The columns' part of a record; what it superseded is a fact of the moment it came, so that no later record changes it. */
export function writeColumnRow(entry: EntryRow, supersedes: number | undefined): string {
  const numbers = [entry.createdAt.getTime(), entry.validUntil?.getTime() ?? null, entry.sizeBytes];
  // a title is only sorted by: its beginning will do, however long endorsers make theirs
  const said = { ...entry, title: entry.title?.slice(0, 100), origin: entry.provenance?.origin };
  const texts = TEXT_COLUMNS.map((column) => said[column] ?? null);
  const row: ColumnRow = {
    isDeprecated: entry.deprecated !== undefined,
    isSuperseded: entry.supersededBy !== undefined,
    supersedes: supersedes ?? null,
    numbers,
    texts,
  };
  return JSON.stringify([row.isDeprecated, row.isSuperseded, row.supersedes, ...row.numbers, ...row.texts]);
}

function readColumnRow(stored: string): ColumnRow {
  const [isDeprecated, isSuperseded, supersedes, ...rest] = JSON.parse(stored) as [boolean, boolean, number | null];
  const values = rest as unknown as (number | null)[];
  return {
    isDeprecated,
    isSuperseded,
    supersedes,
    numbers: values.slice(0, NUMBER_COLUMNS.length),
    texts: values.slice(NUMBER_COLUMNS.length) as unknown as (string | null)[],
  };
}

const STEP = 1_024;
const NEVER = 0xffffffff;

/** Texts by number; number 0 is none. */
class Dictionary {
  readonly texts: (string | undefined)[] = [undefined];
  readonly #codes = new Map<string, number>();

  codeOf(text: string): number | undefined {
    return this.#codes.get(text);
  }

  add(text: string | null): number {
    if (text === null) return 0;
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    this.#codes.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

/** For every entry the one before it with the same value, newest first. */
class Chain {
  /** Log index plus one of the last entry with each value, by its number; 0 for none. */
  readonly #last: number[] = [];
  #before = new Uint32Array(STEP);

  add(index: number, code: number): void {
    // after reading that failed half-way, what was taken in comes again
    if (index < (this.#last[code] ?? 0)) return;
    this.#before[index] = this.#last[code] ?? 0;
    this.#last[code] = index + 1;
  }

  /** Log indexes of the entries with the value, the last one first. */
  *walk(code: number): Generator<number, void, void> {
    for (let next = this.#last[code] ?? 0; next > 0; next = this.#before[next - 1]!) yield next - 1;
  }

  grow(length: number): void {
    this.#before = grown(this.#before, new Uint32Array(length));
  }
}

/**
 * Every entry's values by column in memory, some eighty bytes an entry besides distinct texts: what counting and sorting a hundred
 * thousand entries in milliseconds takes. Read from the store, a quarter of a second for so many, and only ever added to.
 */
export class EntryColumns {
  readonly dictionaries = new Map<TextColumn, Dictionary>(TEXT_COLUMNS.map((column) => [column, new Dictionary()]));
  readonly #codes = new Map<TextColumn, Uint32Array>(TEXT_COLUMNS.map((column) => [column, new Uint32Array(STEP)]));
  readonly #numbers = new Map<NumberColumn, Float64Array>(
    NUMBER_COLUMNS.map((column) => [column, new Float64Array(STEP)]),
  );
  readonly #chains = new Map<ChainedColumn, Chain>(CHAINED_COLUMNS.map((column) => [column, new Chain()]));
  #isEntry = new Uint8Array(STEP);
  #isDeprecated = new Uint8Array(STEP);
  /** Log index of the record that superseded the entry. */
  #supersededAt = new Uint32Array(STEP).fill(NEVER);
  /** Log index of the entry that the record superseded. */
  #supersedes = new Uint32Array(STEP).fill(NEVER);
  #size = 0;
  #reading: Promise<void> = Promise.resolve();

  /** Records taken in. */
  get size(): number {
    return this.#size;
  }

  codes(column: TextColumn): Uint32Array {
    return this.#codes.get(column)!;
  }

  /** NaN where the entry has none. */
  numbers(column: NumberColumn): Float64Array {
    return this.#numbers.get(column)!;
  }

  isEntry(index: number): boolean {
    return this.#isEntry[index] === 1;
  }

  isDeprecated(index: number): boolean {
    return this.#isDeprecated[index] === 1;
  }

  /** True if one of the first `size` records superseded the entry. */
  isSuperseded(index: number, size: number): boolean {
    return this.#supersededAt[index]! < size;
  }

  /** Log index of the older entry that the record superseded when it came, if there was one. */
  supersedes(index: number): number | undefined {
    const older = this.#supersedes[index]!;
    return older === NEVER ? undefined : older;
  }

  /** Log indexes of the entries with a value, the last accepted first: the cost is theirs alone, however many others there are. */
  *withValue(column: ChainedColumn, value: string): Generator<number, void, void> {
    const code = this.dictionaries.get(column)!.codeOf(value);
    if (code !== undefined) yield* this.#chains.get(column)!.walk(code);
  }

  /** The text of an entry in a column; undefined where it has none. */
  textOf(column: TextColumn, index: number): string | undefined {
    return this.dictionaries.get(column)!.texts[this.codes(column)[index]!];
  }

  /** Takes in what the view has and the columns lack; callers wait for each other. */
  bringUp(view: StoreView): Promise<void> {
    const next = this.#reading.then(() => this.#read(view));
    // who comes next tries again
    this.#reading = next.catch(() => undefined);
    return next;
  }

  async #read(view: StoreView): Promise<void> {
    const position = await readPosition(view);
    if (position <= this.#size) return;
    this.#grow(position);
    const cursor = view.cursor(toColumnsKey(this.#size), toRange(COLUMNS_PREFIX).to);
    try {
      for (let pairs = await cursor.next(STEP); pairs.length > 0; pairs = await cursor.next(STEP)) {
        for (const [key, stored] of pairs) this.#add(Number.parseInt(key.slice(COLUMNS_PREFIX.length), 16), stored);
      }
    } finally {
      await cursor.close();
    }
    this.#size = position;
  }

  #add(index: number, stored: string): void {
    const row = readColumnRow(stored);
    if (index >= this.#isEntry.length) throw new VouchError('corrupt', `The catalog is ahead of itself at ${index}.`);
    TEXT_COLUMNS.forEach((column, place) => {
      this.codes(column)[index] = this.dictionaries.get(column)!.add(row.texts[place] ?? null);
    });
    NUMBER_COLUMNS.forEach((column, place) => {
      this.numbers(column)[index] = row.numbers[place] ?? Number.NaN;
    });
    for (const [column, chain] of this.#chains) chain.add(index, this.codes(column)[index]!);
    this.#isEntry[index] = 1;
    this.#isDeprecated[index] = row.isDeprecated ? 1 : 0;
    if (row.isSuperseded) this.#supersededAt[index] = index;
    if (row.supersedes !== null) {
      this.#supersedes[index] = row.supersedes;
      this.#supersededAt[row.supersedes] = Math.min(index, this.#supersededAt[row.supersedes]!);
    }
  }

  #grow(size: number): void {
    if (size <= this.#isEntry.length) return;
    const length = Math.max(size, this.#isEntry.length * 2);
    for (const [column, codes] of this.#codes) this.#codes.set(column, grown(codes, new Uint32Array(length)));
    for (const [column, numbers] of this.#numbers) this.#numbers.set(column, grown(numbers, new Float64Array(length)));
    for (const chain of this.#chains.values()) chain.grow(length);
    this.#isEntry = grown(this.#isEntry, new Uint8Array(length));
    this.#isDeprecated = grown(this.#isDeprecated, new Uint8Array(length));
    this.#supersededAt = grown(this.#supersededAt, new Uint32Array(length).fill(NEVER));
    this.#supersedes = grown(this.#supersedes, new Uint32Array(length).fill(NEVER));
  }
}

function grown<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
