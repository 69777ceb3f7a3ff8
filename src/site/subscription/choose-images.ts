import type { Subscription } from '../../policy/subscription.ts';
import type { Assessment } from './assess-image.ts';

/** What is to become of one image. */
export type Target =
  /** It is to be here. */
  | { readonly target: 'here'; readonly subscriptions: readonly string[] }
  /** It stays as it is: nothing can be decided now, or what takes its place is not here yet. */
  | { readonly target: 'as-it-is'; readonly state: 'undecided' | 'passed-over'; readonly reasons: readonly string[] }
  /** It is not to be here. */
  | {
      readonly target: 'gone';
      readonly state: 'denied' | 'passed-over' | 'unfollowed';
      readonly reasons: readonly string[];
    };

/** How an image stood until now. */
export interface Before {
  /** When the statement was signed by which its bytes are here, in milliseconds; undefined while they are not. */
  readonly heldMs: (image: string) => number | undefined;
  /** Names of the subscriptions that had it. */
  readonly hadBefore: (image: string) => readonly string[];
}

/** What is to become of every image. */
export function chooseImages(
  assessments: readonly Assessment[],
  list: readonly Subscription[],
  { heldMs, hadBefore }: Before,
): Map<string, Target> {
  const isHere = (image: string): boolean => heldMs(image) !== undefined;
  const kept = new Map<string, string[]>();
  /** By image that a subscription does not keep: those it keeps instead. */
  const instead = new Map<string, { readonly name: string; readonly keep: number; readonly images: string[] }>();
  for (const { name, keep = Number.POSITIVE_INFINITY } of list) {
    const rivals = assessments.flatMap((assessment) => {
      const { image, outcome, askedFor } = assessment;
      const isHeld = outcome === 'undecided' && isHere(image);
      const before = isHeld && hadBefore(image).includes(name) ? heldMs(image) : undefined;
      const signedMs = askedFor.get(name) ?? before;
      return signedMs === undefined || (outcome !== 'allow' && !isHeld) ? [] : [{ image, signedMs }];
    });
    rivals.sort((one, other) => other.signedMs - one.signedMs || (one.image < other.image ? -1 : 1));
    const images = rivals.slice(0, keep).map(({ image }) => image);
    for (const image of images) kept.set(image, [...(kept.get(image) ?? []), name]);
    for (const { image } of rivals.slice(keep)) instead.set(image, { name, keep, images });
  }
  return new Map(assessments.map((one) => [one.image, toTarget(one, kept.get(one.image), instead.get(one.image))]));

  function toTarget(
    { outcome, askedFor, image, reasons }: Assessment,
    subscriptions: readonly string[] | undefined,
    passed: { readonly name: string; readonly keep: number; readonly images: readonly string[] } | undefined,
  ): Target {
    if (outcome === 'undecided') return { target: 'as-it-is', state: 'undecided', reasons };
    if (subscriptions !== undefined) return { target: 'here', subscriptions };
    if (askedFor.size === 0 && hadBefore(image).length > 0) {
      return { target: 'gone', state: 'unfollowed', reasons: ['No subscription asks for it any more.', ...reasons] };
    }
    if (outcome === 'deny' || passed === undefined) {
      return { target: 'gone', state: outcome === 'deny' ? 'denied' : 'unfollowed', reasons };
    }
    const { name, keep, images } = passed;
    const sentence = `${name} keeps ${keep === 1 ? 'one image' : `${keep} images`}; stated later: ${images.join(', ')}.`;
    const state = 'passed-over';
    // What a cloud runs is not taken away before it has what comes instead.
    return images.every(isHere)
      ? { target: 'gone', state, reasons: [sentence] }
      : { target: 'as-it-is', state, reasons: [isHere(image) ? `${sentence} It stays until that is here.` : sentence] };
  }
}
