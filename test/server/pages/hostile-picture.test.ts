import { describe, expect, it } from 'vitest';
import type { StatementOutline } from '../../../src/catalog/image-overview.ts';
import { activityFigure } from '../../../src/server/pages/activity-picture.ts';
import { toTimeline } from '../../../src/server/pages/timeline.ts';
import { lanesPicture } from '../../../src/server/pages/timeline-picture.ts';

const NOW = new Date('2026-11-20T00:00:00Z');
const MARKUP = `</text></svg><script>alert(1)</script>"'><img src=x onerror=alert(2)>&lt;`;
const OVERRIDE = '\u202Emoc.elpmaxe@yrollam';

function say(email: string, number: number, hoursAgo: number): StatementOutline {
  const isDeprecation = number % 2 === 1;
  const status = number === 0 ? 'valid' : 'superseded';
  const createdAt = new Date(NOW.getTime() - hoursAgo * 3_600_000);
  return { index: number, endorserKey: email, email, createdAt, isDeprecation, status };
}

/** The picture of these statements, newest first, as its HTML. */
async function draw(statements: readonly StatementOutline[], endorsers: number): Promise<string> {
  const { from, to, lanes } = toTimeline(statements, endorsers, NOW);
  const drawn = lanes.map((lane) => ({ ...lane, label: lane.email, text: `${lane.email} now ${lane.standing}` }));
  return String(await lanesPicture({ name: 'timeline', title: MARKUP, from, to, lanes: drawn }));
}

const ELEMENTS = new Set(['svg', 'title', 'desc', 'defs', 'path', 'g', 'line', 'text', 'rect', 'use']);

/** The names of all elements that begin in the text. */
function elementsOf(picture: string): string[] {
  return [...picture.matchAll(/<([^\s/>]+)/g)].map(([, name]) => name!);
}

describe('the timeline of those who mean harm', () => {
  it('has their names as text and no element that is not its own', async () => {
    const picture = await draw([say(MARKUP, 0, 5), say(OVERRIDE, 0, 9)], 2);
    expect(elementsOf(picture).filter((name) => !ELEMENTS.has(name))).toEqual([]);
    expect(picture).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(picture.match(/<svg/g)).toHaveLength(1);
    expect(picture).not.toMatch(/\son\w+=(?!alert\(2\)&gt;)/);
  });

  it('shortens a name of any length where it is drawn, and shows what would turn it around', async () => {
    const picture = await draw([say(OVERRIDE + 'x'.repeat(100_000), 0, 5)], 1);
    const [, label] = /<text[^>]*y="16">([^<]*)<\/text>/.exec(picture)!;
    expect(label).toMatch(/^⟨U\+202E⟩moc\.elpmaxe@yrollamx+…$/);
    expect(label!.length).toBeLessThan(60);
  });

  it('stays small however many statements by however many people there are', async () => {
    const statements = Array.from({ length: 100 }, (_, who) =>
      Array.from({ length: 200 }, (_, number) => say(`e${who}@example.org`, number, number * 7 + who)),
    ).flat();
    const picture = await draw(statements, 20_000);
    expect(picture.match(/<g><title>/g)).toHaveLength(12);
    expect(picture.length).toBeLessThan(400_000);
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('holds for statements of the first and of the last year that a document can name', async () => {
    for (const year of ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z']) {
      const statement = { ...say('ada@example.org', 0, 0), createdAt: new Date(year) };
      const picture = await draw([statement], 1);
      expect(picture).not.toMatch(/NaN|Infinity|undefined|="-\d/);
    }
  });
});

describe('the picture of what somebody signed', () => {
  const none = { entries: 0, images: 0, statuses: { valid: 0, expired: 0, deprecated: 0, superseded: 0 } };

  it('has at most 48 columns of bounded height for any number of months and statements', async () => {
    const months = Array.from({ length: 5_000 }, (_, number) => ({
      month: `${String(1 + number * 2).padStart(4, '0')}-0${1 + (number % 9)}`,
      endorsements: number % 3 === 0 ? 1_000_000_000 : 0,
      deprecations: number % 3 === 1 ? 1 : 0,
    }));
    const picture = String(await activityFigure({ ...none, months }, NOW));
    expect(picture.match(/<g><title>/g)!.length).toBeLessThanOrEqual(48);
    const heights = [...picture.matchAll(/ height="([^"]*)"\/>/g)].map(([, height]) => Number(height));
    expect(heights.length).toBeGreaterThan(0);
    for (const height of heights) expect(height > 0 && height <= 130, String(height)).toBe(true);
    expect(picture.length).toBeLessThan(60_000);
    expect(picture).not.toMatch(/NaN|Infinity|undefined|="-\d/);
  });

  it('is not there where nothing was signed', async () => {
    expect(String(await activityFigure({ ...none, months: [] }, NOW))).toBe('');
  });
});
