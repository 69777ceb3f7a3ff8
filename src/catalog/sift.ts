import type { StoreView } from './ordered-store.ts';
import type { Rank } from './rank.ts';
import type { WantedStanding } from './standing.ts';
import { toStandingPrefix } from './store-key.ts';

/** Ranks looked up at once. */
const STEP = 64;

/**
 * Of the ranks, those that are under one of the standings and accepted there, in the same order. The cost follows the number of ranks,
 * where a run over a standing may walk far from one that is accepted to the next.
 */
export async function* sift(
  view: StoreView,
  ranks: AsyncGenerator<Rank, void, void>,
  standings: readonly WantedStanding[],
): AsyncGenerator<Rank, void, void> {
  for (let isAtEnd = false; !isAtEnd; ) {
    const step: Rank[] = [];
    while (step.length < STEP && !isAtEnd) {
      const { done, value } = await ranks.next();
      if (done) isAtEnd = true;
      else step.push(value);
    }
    const found = new Set<Rank>();
    for (const { standing, accept } of standings) {
      const values = await view.getMany(step.map((rank) => toStandingPrefix(standing) + rank));
      for (const [place, value] of values.entries()) {
        if (value !== undefined && (accept?.(value) ?? true)) found.add(step[place]!);
      }
    }
    yield* step.filter((rank) => found.has(rank));
  }
}
