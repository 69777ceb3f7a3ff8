import type { Subscription } from '../../policy/subscription.ts';
import { readAccepted } from '../../verify/read-accepted.ts';
import type { Site } from '../site.ts';
import { mayBeAskedFor } from './match-subscription.ts';

/** What looking through the logs came to. */
export interface Found {
  /** Images about which something is said that was not looked at before. */
  readonly touched: ReadonlySet<string>;
  /** Those of them that some subscription may ask for. */
  readonly candidates: ReadonlySet<string>;
  /** By origin of each log: where to go on. A document that is not here yet is looked at again. */
  readonly next: Readonly<Record<string, number>>;
}

const PAGE = 64;

/** Looks through what the logs have from some record on, for images that subscriptions may ask for. */
export async function lookThrough(
  { logs, world }: Pick<Site, 'logs' | 'world'>,
  list: readonly Subscription[],
  from: Readonly<Record<string, number>>,
  signal: AbortSignal,
): Promise<Found> {
  const [touched, candidates] = [new Set<string>(), new Set<string>()];
  const next: Record<string, number> = { ...from };
  for (const log of logs) {
    let position = from[log.origin] ?? 0;
    let missing: number | undefined;
    for (;;) {
      const page = await log.page(position, PAGE);
      for (const { index, image, isImported, bytes } of page.statements) {
        signal.throwIfAborted();
        touched.add(image);
        if (bytes === undefined) {
          missing ??= index;
          continue;
        }
        if (candidates.has(image)) continue;
        // Whoever asks for a decision meanwhile is answered first.
        await new Promise(setImmediate);
        const content = await readAccepted(bytes, isImported ? 'legacy' : 'current', world).catch(() => undefined);
        if (content === undefined) continue;
        const statement = { judged: { ...content, findings: [] }, triples: content.triples };
        if (list.some((subscription) => mayBeAskedFor(subscription, statement))) candidates.add(image);
      }
      if (page.next === position) break;
      position = page.next;
    }
    next[log.origin] = missing ?? position;
  }
  return { touched, candidates, next };
}
