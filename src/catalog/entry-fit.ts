import { type EntryFilter, type EntryStatus, statusOf } from './catalog.ts';
import type { EntryColumns } from './entry-column.ts';
import { INDEXED_FIELDS } from './store-key.ts';

/** The statuses by number, in the order they are sorted in. */
export const STATUSES = ['valid', 'expired', 'deprecated', 'superseded'] as const satisfies readonly EntryStatus[];

/** No entry has the number: of a value that no entry has. */
const NO_CODE = 0xffffffff;

/** Fields whose value a filter can ask for. */
const WANTED_FIELDS = [...INDEXED_FIELDS, 'origin'] as const;

/** A field that a filter narrows, the column with the number of each entry's value, and the number wanted. */
export interface WantedCode {
  readonly field: (typeof WANTED_FIELDS)[number];
  readonly codes: Uint32Array;
  readonly code: number;
}

export function toWantedCodes(columns: EntryColumns, filter: EntryFilter): WantedCode[] {
  return WANTED_FIELDS.flatMap((field) => {
    const value = filter[field];
    if (value === undefined) return [];
    const code = columns.dictionaries.get(field)!.codeOf(value) ?? NO_CODE;
    return [{ field, codes: columns.codes(field), code }];
  });
}

/** Tells an entry's status, as its place in `STATUSES`, as the first `size` records and the time make it: of the eight cases there are, each is asked once. */
export function toStatusAt(columns: EntryColumns, at: Date, size: number): (index: number) => number {
  const cases = Array.from({ length: 8 }, (_, bits) => {
    const status = statusOf(
      {
        ...((bits & 1) === 0 ? {} : { supersededBy: 0 }),
        ...((bits & 2) === 0 ? {} : { deprecated: '' }),
        validUntil: new Date(at.getTime() + ((bits & 4) === 0 ? 1 : -1)),
      },
      at,
    );
    return STATUSES.indexOf(status);
  });
  const validUntil = columns.numbers('validUntilMs');
  const nowMs = at.getTime();
  return (index) => {
    const isPast = validUntil[index]! < nowMs;
    return cases[
      (columns.isSuperseded(index, size) ? 1 : 0) | (columns.isDeprecated(index) ? 2 : 0) | (isPast ? 4 : 0)
    ]!;
  };
}

/** Tells whether an entry is one of the first `size` records and fits the filter; its words were looked up before. */
export function toFit(
  columns: EntryColumns,
  filter: EntryFilter,
  at: Date,
  size: number,
  found: Uint8Array | undefined,
): (index: number) => boolean {
  const wanted = toWantedCodes(columns, filter);
  const created = columns.numbers('createdMs');
  const createdMs = filter.createdAt?.getTime();
  const statuses = filter.statuses === undefined ? undefined : new Set<EntryStatus>(filter.statuses);
  const toStatus = toStatusAt(columns, at, size);
  return (index) => {
    if (index >= size || (found !== undefined && found[index] !== 1)) return false;
    for (const { codes, code } of wanted) if (codes[index] !== code) return false;
    if (createdMs !== undefined && created[index] !== createdMs) return false;
    return statuses === undefined || statuses.has(STATUSES[toStatus(index)]!);
  };
}
