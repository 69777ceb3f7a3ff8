import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { hashChildren, hashLeaf } from '../../src/log/merkle.ts';
import { writeBundle } from '../../src/log/tile.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { type PageOptions, readPages, type VerifiedPage } from '../../src/peer/verified-page.ts';
import { lie, MadeLog, plainLeaves } from './made-log.ts';

async function collect(source: LogSource, log: MadeLog, options?: PageOptions): Promise<VerifiedPage[]> {
  const pages: VerifiedPage[] = [];
  for await (const page of readPages(source, log.head(), options)) pages.push(page);
  return pages;
}

describe('readPages', () => {
  it('hands over every leaf of any tree in order, from any place on', async () => {
    const cases = fc.tuple(
      fc.integer({ min: 0, max: 1100 }),
      fc.integer({ min: 0, max: 1100 }),
      fc.integer({ min: 1, max: 9 }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([size, from, parallel]) => {
        const leaves = plainLeaves(size);
        const log = await MadeLog.of(leaves);
        const pages = await collect(log, log, { from, parallel });
        expect(pages.flatMap((page) => page.leaves.map((leaf) => leaf.toString()))).toEqual(
          leaves.slice(from).map((leaf) => leaf.toString()),
        );
        expect(pages.flatMap(({ first, leaves }) => leaves.map((_, at) => first + at))).toEqual(
          leaves.slice(from).map((_, at) => from + at),
        );
        expect(pages.flatMap(({ hashes }) => hashes)).toEqual(leaves.slice(from).map(hashLeaf));
      }),
      { numRuns: 15 },
    );
  });

  it('asks for no more hashes than one tile above the bundles and the edge', async () => {
    const log = await MadeLog.of(plainLeaves(2600));
    const asked: string[] = [];
    const source = lie(log, {
      tile: (level, index, width) => {
        asked.push(`${level}/${index}.${width}`);
        return log.tile(level, index, width);
      },
    });
    expect(await collect(source, log)).toHaveLength(11);
    expect(asked.sort()).toEqual(['0/10.40', '1/0.10']);
  });

  it('has several bundles under way, but not more than it may', async () => {
    const log = await MadeLog.of(plainLeaves(2600));
    let [underWay, most] = [0, 0];
    const source = lie(log, {
      bundle: async (index, width) => {
        underWay += 1;
        most = Math.max(most, underWay);
        // Late bundles come first: order is not left to the network.
        await new Promise((resolve) => setTimeout(resolve, 20 - index));
        underWay -= 1;
        return log.bundle(index, width);
      },
    });
    const pages = await collect(source, log, { parallel: 4 });
    expect(pages.map(({ first }) => first)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((index) => index * 256));
    expect(most).toBe(4);
  });

  it('hands over what it verified before the log fails', async () => {
    const log = await MadeLog.of(plainLeaves(1000));
    const source = lie(log, {
      bundle: async (index, width) => {
        if (index === 2) throw new VouchError('unreachable', 'gone');
        return log.bundle(index, width);
      },
    });
    const pages = readPages(source, log.head());
    expect((await pages.next()).value?.first).toBe(0);
    expect((await pages.next()).value?.first).toBe(256);
    await expect(pages.next()).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('finds a swapped leaf whatever its place, and hands over nothing of its bundle', async () => {
    const leaves = plainLeaves(600);
    const log = await MadeLog.of(leaves);
    for (const place of [0, 255, 256, 511, 512, 599]) {
      const source = lie(await MadeLog.of(leaves.with(place, Buffer.from('other'))), {
        tile: (level, index, width) => log.tile(level, index, width),
      });
      const seen: number[] = [];
      const read = async (): Promise<void> => {
        for await (const { first } of readPages(source, log.head())) seen.push(first);
      };
      await expect(read()).rejects.toMatchObject({ breach: 'bundle', code: 'malformed' });
      expect(seen).toEqual([0, 256, 512].slice(0, Math.floor(place / 256)));
    }
  });

  it('takes no node of the tree for a leaf', async () => {
    const leaves = plainLeaves(2);
    const node = Buffer.concat([Uint8Array.of(1), ...leaves.map(hashLeaf)]);
    const log = await MadeLog.of(leaves);
    expect(Buffer.from(log.head().root)).toEqual(hashChildren(hashLeaf(leaves[0]!), hashLeaf(leaves[1]!)));
    const source = lie(log, { bundle: async () => writeBundle([node]) });
    await expect(collect(source, log)).rejects.toMatchObject({ breach: 'bundle' });
  });

  it('trusts no tile of any level before it leads to the root', async () => {
    const log = await MadeLog.of(plainLeaves(66_000));
    for (const [level, index] of [
      [1, 0],
      [1, 1],
      [2, 0],
      [0, 257],
    ]) {
      const source = lie(log, {
        tile: async (...place) => {
          const bytes = new Uint8Array(await log.tile(...place));
          if (place[0] === level && place[1] === index) bytes[bytes.length - 1]! ^= 1;
          return bytes;
        },
      });
      await expect(collect(source, log), `tile ${level}/${index}`).rejects.toMatchObject({ breach: 'tile' });
    }
  });

  it('says withheld for a part of the signed tree that the log does not give', async () => {
    const log = await MadeLog.of(plainLeaves(600));
    const gone = (): Promise<Uint8Array> => Promise.reject(new VouchError('not-found', 'gone'));
    for (const lies of [{ bundle: gone }, { tile: gone }]) {
      await expect(collect(lie(log, lies), log)).rejects.toMatchObject({
        breach: 'unavailable',
        code: 'remote',
        message: expect.stringMatching(/^Withheld: /),
      });
    }
  });
});
