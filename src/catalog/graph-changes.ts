import type { EntryRow } from './entry-row.ts';
import type { GraphChange } from './graph-source.ts';
import type { StoreView } from './ordered-store.ts';
import { toIndexKey } from './rank.ts';
import { toChangedKey, toTriplesKey } from './store-key.ts';

/** Entries sent to a worker at once: a few hundred kilobytes. */
const STEP = 64;

/** What the store keeps before the triples of an entry, on a line of its own. */
type Head = Omit<GraphChange, 'index' | 'triples' | 'supersedes'>;

/** An entry's lasting triples (N-Triples) and how it stood when it came, as text for the store. */
export function writeStoredGraph(entry: EntryRow, iri: string, triples: string): string {
  const { provenance, numbers, supersededBy } = entry;
  const head: Head = {
    iri,
    isDeprecated: entry.deprecated !== undefined,
    ...(entry.validUntil === undefined ? {} : { validUntil: entry.validUntil.getTime() }),
    ...(supersededBy === undefined ? {} : { supersededBy }),
    ...(provenance === undefined ? {} : { number: provenance.index }),
    ...(provenance === undefined || supersededBy === undefined ? {} : { newerNumber: numbers![supersededBy]! }),
  };
  return `${JSON.stringify(head)}\n${triples}`;
}

/** What the records `from` (inclusive) to `to` (exclusive) changed, as it stands in the view, which is closed at the end. */
export async function* readGraphChanges(
  view: StoreView,
  from: number,
  to: number,
): AsyncGenerator<readonly GraphChange[], void, void> {
  try {
    const added = view.cursor(toTriplesKey(from), toTriplesKey(to));
    try {
      for (;;) {
        const pairs = await added.next(STEP);
        if (pairs.length === 0) break;
        yield await toChanges(view, pairs);
      }
    } finally {
      await added.close();
    }
  } finally {
    await view.close();
  }
}

async function toChanges(
  view: StoreView,
  stored: readonly [key: string, value: string][],
): Promise<readonly GraphChange[]> {
  const indexes = stored.map(([key]) => Number.parseInt(key.slice(-toIndexKey(0).length), 16));
  const superseded = await view.getMany(indexes.map(toChangedKey));
  return stored.map(([, value], place) => {
    const endOfHead = value.indexOf('\n');
    const head = JSON.parse(value.slice(0, endOfHead)) as Head;
    const older = superseded[place];
    const change = { ...head, index: indexes[place]!, triples: value.slice(endOfHead + 1) };
    return older === undefined ? change : { ...change, supersedes: Number(older) };
  });
}
