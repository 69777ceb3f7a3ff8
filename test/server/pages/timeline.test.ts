import { describe, expect, it } from 'vitest';
import type { StatementOutline } from '../../../src/catalog/image-overview.ts';
import { toAxisLabels, toTimeline } from '../../../src/server/pages/timeline.ts';

const DAY = 86_400_000;
const NOW = new Date('2026-11-20T00:00:00Z');

function ago(days: number): Date {
  return new Date(NOW.getTime() - days * DAY);
}

type Said = readonly [days: number, until?: number | undefined, isDeprecation?: boolean];

/** Statements newest first, so many days ago each. */
function say(who: string, ...statements: readonly Said[]) {
  return statements.map(([days, until, isDeprecation = false], place): StatementOutline => {
    const isCurrent = place === 0;
    return {
      index: 1000 - days,
      endorserKey: who,
      email: `${who.split('/')[0]}@example.org`,
      createdAt: ago(days),
      ...(until === undefined ? {} : { validUntil: ago(until) }),
      isDeprecation,
      status: !isCurrent ? 'superseded' : isDeprecation ? 'deprecated' : (until ?? -1) > 0 ? 'expired' : 'valid',
    };
  });
}

describe('the timeline of an image', () => {
  it('has a stretch for as long as a word held: until it ran out, was renewed, or was taken back', () => {
    const { lanes } = toTimeline(say('ada', [30, undefined, true], [60], [120, 90]), 1, NOW);
    expect(lanes[0]!.stretches).toEqual([
      { kind: 'endorsed', from: 0, to: 0.25 },
      { kind: 'endorsed', from: 0.5, to: 0.75 },
      { kind: 'deprecated', from: 0.75, to: 1 },
    ]);
    expect(lanes[0]!.marks).toEqual([
      { kind: 'endorsed', at: 0 },
      { kind: 'endorsed', at: 0.5 },
      { kind: 'deprecated', at: 0.75 },
    ]);
    expect(lanes[0]).toMatchObject({ endorsements: 2, deprecations: 1, standing: 'deprecated' });
  });

  it('puts first who withdraws the image, then who vouches for it, the most recent first', () => {
    const statements = [say('late', [1]), say('old', [90]), say('gone', [50, 10]), say('no', [80, undefined, true])];
    const { lanes } = toTimeline(statements.flat(), 4, NOW);
    expect(lanes.map(({ email }) => email.split('@')[0])).toEqual(['no', 'late', 'old', 'gone']);
  });

  it('tells endorsers apart who use one address', () => {
    const { lanes } = toTimeline([...say('ada/1', [1]), ...say('ada/2', [2]), ...say('ben', [3])], 3, NOW);
    expect(lanes.map(({ isSharedAddress }) => isSharedAddress)).toEqual([true, true, false]);
  });

  it('draws thousands of statements and endorsers as no more than a picture can show', () => {
    const busy = say(
      'ada',
      ...Array.from({ length: 5_000 }, (_, place) => [place / 10, undefined, place % 2 === 0] as const),
    );
    const crowd = Array.from({ length: 500 }, (_, number) => say(`person${number}`, [number])).flat();
    const { lanes, left } = toTimeline([...busy, ...crowd], 501, NOW);
    expect([lanes.length, left]).toEqual([12, 489]);
    expect(lanes[0]!.deprecations).toBe(2_500);
    expect(lanes[0]!.marks.length).toBeLessThanOrEqual(242);
    expect(lanes[0]!.stretches.length).toBeLessThanOrEqual(121);
  });

  it('holds for a statement made this moment, and for one that is dated later', () => {
    for (const days of [0, -1]) {
      const { from, to, lanes } = toTimeline(say('ada', [days]), 1, NOW);
      expect(to.getTime() - from.getTime()).toBeGreaterThan(0);
      expect(lanes[0]!.marks).toEqual([{ kind: 'endorsed', at: 1 }]);
    }
  });
});

describe('the axis of a timeline', () => {
  const labels = (from: string, to: string) => toAxisLabels(new Date(from), new Date(to)).map(({ text }) => text);

  it('says days, and hours and minutes where everything happened within one', () => {
    const to = '2026-11-20T10:30:59Z';
    expect(labels('2026-11-08T10:30:59Z', to)).toEqual(['2026-11-08', '2026-11-12', '2026-11-16', '2026-11-20']);
    expect(labels('2026-11-18T10:30:59Z', to)).toEqual(['2026-11-18', '2026-11-20']);
    expect(labels('2026-11-20T08:30:59Z', to)).toEqual(['2026-11-20 08:30', '09:30', '2026-11-20 10:30 UTC']);
    expect(labels('2026-11-19T22:30:59Z', to)).toEqual(['2026-11-19 22:30', '04:30', '2026-11-20 10:30 UTC']);
  });
});
