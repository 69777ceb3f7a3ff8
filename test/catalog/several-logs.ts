import type { RecordSource } from '../../src/catalog/record-source.ts';
import type { LogReader } from '../../src/log/log.ts';
import { at } from './history.ts';

/** The records of several logs in the order told: each step is the place of a log, whose next record is learned then. The first is the registry's own. */
export function inOrder(logs: readonly LogReader[], order: readonly number[], size = order.length): RecordSource {
  const places = order.map((of, place) => ({ of, index: order.slice(0, place).filter((one) => one === of).length }));
  const source: RecordSource = {
    origin: `test ${logs.map((log) => log.origin).join(', ')}`,
    size: () => size,
    async *records(from, to) {
      for (let place = from; place < Math.min(to, size); place++) {
        const { of, index } = places[place]!;
        const log = logs[of]!;
        const learnedAt = at(100_000 + place);
        const provenance = { origin: log.origin, index, isFollowed: of > 0, learnedAt };
        yield { index: place, record: await log.record(index), provenance };
      }
    },
    record: (place) => logs[places[place]!.of]!.record(places[place]!.index),
    async blob(sha256) {
      for (const log of logs) {
        const found = await log.blob(sha256).catch(() => undefined);
        if (found !== undefined) return found;
      }
      throw new Error('There is no such blob.');
    },
  };
  return source;
}
