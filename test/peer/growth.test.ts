import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { isFork, readForkEvidence, writeForkEvidence } from '../../src/peer/evidence.ts';
import { verifyGrowth } from '../../src/peer/growth.ts';
import { LogBreach } from '../../src/peer/log-breach.ts';
import { KEY, lie, MadeLog, plainLeaves } from './made-log.ts';

async function caught(act: Promise<unknown>): Promise<LogBreach> {
  const thrown = await act.catch((fault: unknown) => fault);
  if (thrown instanceof LogBreach) return thrown;
  throw new Error('no breach', { cause: thrown });
}

describe('verifyGrowth', () => {
  it('finds for any two sizes that a log which grew has grown, and that one which changed has forked', async () => {
    const sizes = fc.tuple(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 700 }), fc.nat(699));
    await fc.assert(
      fc.asyncProperty(sizes, async ([one, other, place]) => {
        const [older, newer] = [Math.min(one, other), Math.max(one, other)];
        const leaves = plainLeaves(newer);
        const last = (await MadeLog.of(leaves.slice(0, older))).head();
        const honest = await MadeLog.of(leaves);
        await verifyGrowth(honest, last, honest.head());
        if (place >= older) return;
        const forked = await MadeLog.of(leaves.with(place, Buffer.from('other')));
        const breach = await caught(verifyGrowth(forked, last, forked.head()));
        expect(breach.breach).toBe('fork');
        expect(isFork(readForkEvidence(breach.evidence!), KEY.verifier)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('calls an older checkpoint a rollback, whether or not the log still proves it', async () => {
    const log = await MadeLog.of(plainLeaves(600));
    const [older, newer] = [(await MadeLog.of(plainLeaves(500))).head(), log.head()];
    const breach = await caught(verifyGrowth(log, newer, older));
    expect(breach).toMatchObject({ breach: 'rollback', code: 'corrupt' });
    expect(breach.message).toMatch(/^Rollback: .*stale history of 500 entries where it had 600, the beginning of/);
    const restored = await MadeLog.of(plainLeaves(500));
    expect((await caught(verifyGrowth(restored, newer, older))).message).toMatch(/^Rollback: .*without a proof/);
  });

  it('calls an older checkpoint of another history a fork', async () => {
    const log = await MadeLog.of(plainLeaves(600));
    const other = (await MadeLog.of(plainLeaves(500, 'other'))).head();
    const breach = await caught(verifyGrowth(log, log.head(), other));
    expect(breach.breach).toBe('fork');
    expect(isFork(readForkEvidence(breach.evidence!), KEY.verifier)).toBe(true);
  });

  it('accuses nobody of a fork for tiles that prove nothing', async () => {
    const log = await MadeLog.of(plainLeaves(600));
    const last = (await MadeLog.of(plainLeaves(500))).head();
    const noise = lie(log, { tile: async (_level, _index, width) => new Uint8Array(width * 32) });
    expect((await caught(verifyGrowth(noise, last, log.head()))).breach).toBe('tile');
    const forked = await MadeLog.of(plainLeaves(600, 'other'));
    expect((await caught(verifyGrowth(noise, last, forked.head()))).breach).toBe('tile');
  });

  it('proves a fork at one size without any tile', async () => {
    const [one, other] = [await MadeLog.of(plainLeaves(500)), await MadeLog.of(plainLeaves(500, 'other'))];
    const silent = lie(one, { tile: () => Promise.reject(new Error('nothing is asked for')) });
    const breach = await caught(verifyGrowth(silent, one.head(), other.head()));
    expect(breach.breach).toBe('fork');
    expect(isFork(readForkEvidence(breach.evidence!), KEY.verifier)).toBe(true);
  });

  it('takes a whole tile where the log has dropped the part', async () => {
    const log = await MadeLog.of(plainLeaves(768));
    const asked: number[] = [];
    const pruned = lie(log, {
      tile: async (level, index, width) => {
        asked.push(width);
        if (level === 0 && width < 256) throw new VouchError('not-found', 'dropped');
        return await log.tile(level, index, width);
      },
    });
    const [last, fresh] = [await MadeLog.of(plainLeaves(500)), await MadeLog.of(plainLeaves(600))];
    await verifyGrowth(pruned, last.head(), fresh.head());
    expect(asked).toContain(600 - 512);
    expect(asked).toContain(256);
  });
});

describe('evidence of a fork', () => {
  it('convicts nobody who did not sign both', async () => {
    const [one, other] = [await MadeLog.of(plainLeaves(5)), await MadeLog.of(plainLeaves(5, 'other'))];
    const evidence = readForkEvidence((await caught(verifyGrowth(one, one.head(), other.head()))).evidence!);
    expect(isFork(evidence, KEY.verifier)).toBe(true);
    const tampered = { ...evidence, newer: evidence.newer.replace('\n5\n', '\n6\n') };
    expect(() => isFork(tampered, KEY.verifier)).toThrow(/signature of .* is wrong/);
    expect(isFork({ ...evidence, newer: evidence.older }, KEY.verifier)).toBe(false);
    expect(isFork({ ...evidence, prefix: one.head().root }, KEY.verifier)).toBe(false);
    expect(isFork({ ...evidence, proof: [new Uint8Array(32)] }, KEY.verifier)).toBe(false);
  });

  it('convicts nobody of having grown', async () => {
    const log = await MadeLog.of(plainLeaves(600));
    const older = (await MadeLog.of(plainLeaves(500))).head();
    const forged = { older: older.note, newer: log.head().note, prefix: log.head().root, proof: [] };
    expect(isFork(forged, KEY.verifier)).toBe(false);
  });

  it('is not read where it was cut off or added to', async () => {
    const forked = await MadeLog.of(plainLeaves(600, 'other'));
    const last = (await MadeLog.of(plainLeaves(500))).head();
    const text = (await caught(verifyGrowth(forked, last, forked.head()))).evidence!;
    expect(writeForkEvidence(readForkEvidence(text))).toBe(text);
    expect(text.startsWith('vouch fork evidence v1\n')).toBe(true);
    for (let end = 0; end < text.length; end += 1) {
      expect(() => readForkEvidence(text.slice(0, end)), text.slice(0, end)).toThrow(/not evidence of a fork/);
    }
    expect(() => readForkEvidence(`${text}x`)).toThrow(/goes on/);
  });
});
