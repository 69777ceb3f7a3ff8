import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../../src/catalog/sparql/fair-queue.ts';

/** Who is next, and runs from then on. */
function serve(queue: FairQueue<string>): string | undefined {
  const next = queue.next();
  if (next !== undefined) queue.begin(next, toClient(next));
  return next;
}

/** `a1` is of the client `a`; what begins with `-` is of nobody. */
function toClient(one: string): string | undefined {
  return one.startsWith('-') ? undefined : one[0];
}

function queueOf(share: number, waiting: readonly string[]): FairQueue<string> {
  const queue = new FairQueue<string>(share);
  for (const one of waiting) queue.add(one, toClient(one));
  return queue;
}

describe('FairQueue', () => {
  it('serves a client that comes late before the second of one that came first', () => {
    const queue = queueOf(9, ['a1', 'a2', 'a3', 'b1', 'c1']);
    expect([1, 2, 3, 4, 5].map(() => serve(queue))).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('takes turns among clients of whom equally many run', () => {
    const queue = queueOf(9, ['a1', 'a2', 'b1', 'b2']);
    const served: (string | undefined)[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const next = serve(queue)!;
      served.push(next);
      queue.end(toClient(next));
    }
    expect(served).toEqual(['a1', 'b1', 'a2', 'b2']);
  });

  it('lets a client have its share at once and no more, and nobody in particular all', () => {
    const queue = queueOf(2, ['a1', 'a2', 'a3', '-1', '-2', '-3']);
    const served = [1, 2, 3, 4, 5].map(() => serve(queue));
    expect(served.toSorted()).toEqual(['-1', '-2', '-3', 'a1', 'a2']);
    expect(serve(queue)).toBeUndefined();
    expect(queue.waitingOf('a')).toBe(1);
    queue.end('a');
    expect(serve(queue)).toBe('a3');
  });

  it('gives the next one of those for whom no more than so many run', () => {
    const queue = queueOf(9, ['a1', 'a2']);
    expect(queue.next(0)).toBe('a1');
    queue.begin('a1', 'a');
    expect(queue.next(0)).toBeUndefined();
    queue.add('b1', 'b');
    expect(queue.next(0)).toBe('b1');
    expect(queue.next(1)).toBe('b1');
  });

  it('forgets who leaves', () => {
    const queue = queueOf(9, ['a1', 'b1']);
    expect(queue.delete('a1', 'a')).toBe(true);
    expect(queue.delete('a1', 'a')).toBe(false);
    expect(queue.clear()).toEqual(['b1']);
    expect(queue.size).toBe(0);
    expect(serve(queue)).toBeUndefined();
  });
});
