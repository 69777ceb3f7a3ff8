import { writeNTriples } from '../rdf/write-n-triples.ts';
import { toStandingTriples } from './entry-graph.ts';
import type { GraphChange } from './graph-source.ts';
import type { StoreView } from './ordered-store.ts';
import { toIndexKey } from './rank.ts';
import { toChangedKey, toSupersededKey, toTriplesKey } from './store-key.ts';

/** Entries sent to a worker at once: a few hundred kilobytes. */
const STEP = 64;

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
        yield await toChanges(view, pairs, false);
      }
    } finally {
      await added.close();
    }
    const changed = view.cursor(toChangedKey(from), toChangedKey(to));
    try {
      for (;;) {
        const pairs = await changed.next(STEP);
        if (pairs.length === 0) break;
        // an entry that came with the same records is already loaded as it stands
        const older = pairs.map(([, index]) => Number(index)).filter((index) => index < from);
        const stored = await view.getMany(older.map(toTriplesKey));
        const known = older.map((index, place): [string, string] => [toTriplesKey(index), stored[place] ?? '']);
        if (known.length > 0) yield await toChanges(view, known, true);
      }
    } finally {
      await changed.close();
    }
  } finally {
    await view.close();
  }
}

async function toChanges(
  view: StoreView,
  stored: readonly [key: string, value: string][],
  isRestated: boolean,
): Promise<GraphChange[]> {
  const indexes = stored.map(([key]) => Number.parseInt(key.slice(-toIndexKey(0).length), 16));
  const superseded = await view.getMany(indexes.map(toSupersededKey));
  return stored.map(([, value], place) => {
    const endOfIri = value.indexOf('\n');
    const iri = value.slice(0, endOfIri);
    const by = superseded[place];
    const standing = writeNTriples(toStandingTriples(iri, by === undefined ? undefined : Number(by)));
    return { iri, triples: isRestated ? standing : value.slice(endOfIri + 1) + standing, isRestated };
  });
}
