import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertComplete } from '../../src/peer/assert-complete.ts';
import { isFork, readForkEvidence } from '../../src/peer/evidence.ts';
import { writeRecord } from '../../src/proof/record.ts';
import {
  BROKEN_IMAGE,
  caughtAt,
  DAY_MS,
  EvilRegistry,
  HISTORY,
  honestLeaves,
  honestLog,
  NOW,
  WITNESSES,
} from './evil-registry.ts';
import { KEY, lie, type MadeLog, makeRecord } from './made-log.ts';

let honest: MadeLog;
let evil: EvilRegistry;

beforeEach(async () => {
  honest = await honestLog();
  evil = await EvilRegistry.open(honest);
});
afterEach(() => evil[Symbol.asyncDispose]());

/** What the registry would like to have written. */
function longer(leaves: readonly Uint8Array[], count: number): Uint8Array[] {
  const more = Array.from({ length: count }, (_, at) => writeRecord(makeRecord(HISTORY + at)));
  return [...leaves, ...more];
}

describe('a registry that rewrites its history', () => {
  it('TL-01: cannot hide the last deprecation, though it proves the entry before it', async () => {
    const head = await evil.sync();
    const records = await evil.synced.records(BROKEN_IMAGE);
    expect(records.map(({ record }) => record.act)).toEqual(['valid', 'deprecated']);
    const [entry, deprecation] = records.map(({ index, record }) => {
      return { index, createdAt: new Date(record.created), act: record.act as 'valid' | 'deprecated' };
    });
    await assertComplete(evil.synced, BROKEN_IMAGE, [entry!, deprecation!]);
    const breach = await caughtAt(assertComplete(evil.synced, BROKEN_IMAGE, [entry!]));
    expect(breach.breach).toBe('incomplete');
    expect(breach.message).toBe(
      `Incomplete: ${head.origin} hides of ${BROKEN_IMAGE} what its log has: record ${HISTORY - 1} (deprecated).`,
    );
    for (const other of [{ act: 'valid' as const }, { createdAt: new Date(0) }]) {
      const shown = [entry!, { ...deprecation!, ...other }];
      const lied = await caughtAt(assertComplete(evil.synced, BROKEN_IMAGE, shown));
      expect(lied.message).toMatch(/^Incomplete: .* does not have so: record 599/);
    }
    const invented = [entry!, deprecation!, { ...entry!, index: 600 }];
    expect((await caughtAt(assertComplete(evil.synced, BROKEN_IMAGE, invented))).message).toMatch(/record 600\.$/);
  });

  it('TL-01: cannot take the last deprecation back, whatever it writes after', async () => {
    await evil.sync();
    const rewritten = longer(honestLeaves().slice(0, -1), 20);
    evil.shown = await honestLog(rewritten);
    expect((await evil.caught()).breach).toBe('fork');
    evil.shown = await honestLog(honestLeaves().slice(0, -1));
    expect((await evil.caught()).breach).toBe('rollback');
    // A client keeps what it knows.
    expect((await evil.synced.records(BROKEN_IMAGE)).at(-1)?.record.act).toBe('deprecated');
  });

  it('TL-02: is convicted of two histories of one size', async () => {
    await evil.sync();
    evil.shown = await honestLog(honestLeaves().with(-1, writeRecord(makeRecord(5000))));
    const breach = await evil.caught();
    expect(breach.message).toMatch(/^Fork: .* signed two histories, both of 600 entries/);
    expect([breach.breach, breach.code]).toEqual(['fork', 'corrupt']);
    expect(isFork(readForkEvidence(breach.evidence!), KEY.verifier)).toBe(true);
    expect(await evil.synced.head()).toEqual(honest.head());
  });

  it.each([0, 255, 256, HISTORY - 1])('TL-03: is convicted of a history that differs at %i', async (place) => {
    await evil.sync();
    const forked = longer(honestLeaves(), 300).with(place, writeRecord(makeRecord(5000)));
    evil.shown = await honestLog(forked);
    const breach = await evil.caught();
    expect(breach.message).toMatch(/^Fork: .* of 600 and of 900 entries/);
    expect(isFork(readForkEvidence(breach.evidence!), KEY.verifier)).toBe(true);
    expect(await evil.synced.head()).toEqual(honest.head());
    // The honest branch goes on.
    evil.shown = await honestLog(longer(honestLeaves(), 300));
    expect((await evil.sync()).size).toBe(900);
  });

  it('TL-03: gains nothing by withholding the proof of its fork', async () => {
    await evil.sync();
    const forked = await honestLog(longer(honestLeaves(), 300).with(3, writeRecord(makeRecord(5000))));
    evil.shown = lie(forked, { tile: (...place) => honest.tile(...place) });
    expect((await evil.caught()).breach).toBe('unavailable');
    evil.shown = lie(forked, { tile: async (_level, _index, width) => new Uint8Array(width * 32) });
    expect((await evil.caught()).breach).toBe('tile');
    expect(await evil.synced.head()).toEqual(honest.head());
  });

  it('TL-04: cannot replay an older checkpoint', async () => {
    const old = await honest.checkpoint();
    await evil.sync();
    honest.append(writeRecord(makeRecord(HISTORY)));
    await evil.sync();
    evil.shown = lie(honest, { checkpoint: async () => old });
    const breach = await evil.caught();
    expect(breach.breach).toBe('rollback');
    expect(breach.message).toMatch(/^Rollback: .* stale history of 600 entries where it had 601, the beginning of/);
    expect((await evil.synced.head())?.size).toBe(601);
  });

  it('TL-04: cannot pass off an older checkpoint as of another history', async () => {
    await evil.sync();
    evil.shown = await honestLog(
      honestLeaves()
        .slice(0, 400)
        .with(1, writeRecord(makeRecord(5000))),
    );
    // It does not give the tiles that would show what its smaller tree is.
    expect((await evil.caught()).breach).toBe('rollback');
    const forged = evil.shown;
    evil.shown = lie(honest, { checkpoint: () => forged.checkpoint() });
    expect((await evil.caught()).breach).toBe('fork');
  });
});

describe('a registry that plays with time and witnesses', () => {
  const seenBy = (keys: readonly number[], hours: number): void => {
    const note = honest.noteSeenBy(
      keys.map((at) => WITNESSES[at]!),
      new Date(NOW.getTime() - hours * 3_600_000),
    );
    evil.shown = lie(honest, { checkpoint: async () => Buffer.from(note) });
  };

  it('is believed while two operators have seen it lately', async () => {
    seenBy([0, 1], 1);
    expect((await evil.sync(true)).size).toBe(HISTORY);
  });

  it('TL-05: cannot freeze at a checkpoint its witnesses saw three days ago', async () => {
    seenBy([0, 1], 72);
    const breach = await evil.caught(true);
    expect(breach.breach).toBe('freeze');
    expect(breach.message).toMatch(
      /^Freeze: .* stale checkpoint of 600 entries\. Witnessed by .* not since 2026-11-17/,
    );
    expect(breach.evidence).toMatch(/^vouch freeze sighting v1\nat 2026-11-20T12:00:00\.000Z\nnote \d+\n/);
    expect(72 * 3_600_000).toBeGreaterThan(DAY_MS);
  });

  it('TL-06: cannot have been seen in the future', async () => {
    seenBy([0, 1], -1);
    const breach = await evil.caught(true);
    expect([breach.breach, breach.message]).toEqual(['time', expect.stringMatching(/^Wrong time at/)]);
  });

  it.each([
    ['nobody', []],
    ['one witness', [0]],
    ['one witness twice', [1, 1]],
    ['two keys of one operator', [0, 2]],
  ])('TL-07: cannot count %s for a quorum', async (_, keys) => {
    seenBy(keys, 1);
    const breach = await evil.caught(true);
    expect([breach.breach, breach.message]).toEqual(['quorum', expect.stringMatching(/^No quorum for/)]);
    expect(await evil.synced.head()).toBeUndefined();
  });
});
