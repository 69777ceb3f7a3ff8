import { describe, expect, it } from 'vitest';
import type { Subscription } from '../../../src/policy/subscription.ts';
import type { Assessment } from '../../../src/site/subscription/assess-image.ts';
import { chooseImages } from '../../../src/site/subscription/choose-images.ts';

const assess = (
  image: string,
  outcome: Assessment['outcome'],
  askedFor: Readonly<Record<string, number>>,
): Assessment => ({
  image,
  outcome,
  askedFor: new Map(Object.entries(askedFor)),
  isWithheld: false,
  reasons: [`${image}: ${outcome}`],
});

const choose = (
  assessments: readonly Assessment[],
  list: readonly Subscription[],
  here: readonly string[] = [],
  before: Readonly<Record<string, readonly string[]>> = {},
) =>
  Object.fromEntries(
    [
      ...chooseImages(assessments, list, {
        heldMs: (image) => (here.includes(image) ? 3 : undefined),
        hadBefore: (image) => before[image] ?? [],
      }),
    ].map(([image, target]) => [image, 'state' in target ? `${target.target}: ${target.state}` : target.target]),
  );

const TAG: Subscription = { name: 'tag', keep: 1 };
const ALL: Subscription = { name: 'all' };

describe('what becomes of the images of subscriptions', () => {
  it('keeps of a tag the newest that may run, not the newest that was stated', () => {
    const said = [
      assess('old', 'allow', { tag: 1 }),
      assess('good', 'allow', { tag: 2 }),
      assess('denied', 'deny', { tag: 3 }),
    ];
    expect(choose(said, [TAG], ['good'])).toEqual({
      old: 'gone: passed-over',
      good: 'here',
      denied: 'gone: denied',
    });
  });

  it('takes nothing away before what comes instead is here', () => {
    const said = [assess('old', 'allow', { tag: 1 }), assess('new', 'allow', { tag: 2 })];
    expect(choose(said, [TAG], ['old'])).toEqual({ old: 'as-it-is: passed-over', new: 'here' });
    expect(choose(said, [TAG], ['old', 'new'])).toEqual({ old: 'gone: passed-over', new: 'here' });
  });

  it('keeps what another subscription wants all the same', () => {
    const said = [assess('old', 'allow', { tag: 1, all: 1 }), assess('new', 'allow', { tag: 2, all: 2 })];
    expect(choose(said, [TAG, ALL], ['old', 'new'])).toEqual({ old: 'here', new: 'here' });
  });

  it('leaves as it is what nothing can be decided about, and gives its place to nobody', () => {
    const said = [assess('old', 'allow', { tag: 1 }), assess('held', 'undecided', {})];
    expect(choose(said, [TAG], ['held'], { held: ['tag'] })).toEqual({
      old: 'gone: passed-over',
      held: 'as-it-is: undecided',
    });
    expect(choose(said, [TAG])).toEqual({ old: 'here', held: 'as-it-is: undecided' });
  });

  it('lets go of what no subscription asks for any more', () => {
    expect(choose([assess('one', 'allow', {})], [ALL], ['one'], { one: ['all'] })).toEqual({ one: 'gone: unfollowed' });
  });
});
