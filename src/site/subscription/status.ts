import type { FollowedEntry, FollowedImage, Notice } from './followed-image.ts';
import type { Ledger } from './ledger.ts';
import type { NoticeRunner } from './notice-runner.ts';
import type { SubscriptionKeeper } from './subscription-keeper.ts';

/** How one image stands, as JSON values. */
export interface ImageStatus extends Pick<FollowedImage, 'image' | 'state' | 'subscriptions' | 'reasons' | 'since'> {
  /** Where it lies. */
  readonly file?: string;
  readonly entry?: FollowedEntry;
  /** Why it is wanted but not here. */
  readonly trouble?: string;
  /** What programs have not taken yet. */
  readonly notices: readonly (Pick<Notice, 'id' | 'event' | 'at'> & {
    readonly failures: number;
    readonly trouble?: string;
  })[];
}

/** How a site's subscriptions stand. */
export interface SubscriptionStatus {
  readonly subscriptions: readonly string[];
  readonly images: readonly ImageStatus[];
  /** Programs that ended well, by event, and attempts that failed, since the start. */
  readonly told: NoticeRunner['counts'];
}

/** How the subscriptions stand now. */
export function readStatus(ledger: Ledger, keeper: SubscriptionKeeper, runner: NoticeRunner): SubscriptionStatus {
  const images = ledger.list().map(({ image, state, subscriptions, reasons, since, held, notices }): ImageStatus => {
    const trouble = keeper.troubleOf(image);
    const telling = runner.troubleOf(image);
    return {
      image,
      state,
      subscriptions,
      reasons,
      since,
      ...(held === undefined ? {} : { file: held.file, entry: held.entry }),
      ...(trouble === undefined ? {} : { trouble }),
      notices: notices.map(({ id, event, at }, nth) => ({
        id,
        event,
        at,
        // Only the first is tried; the others wait for it.
        failures: nth === 0 ? (telling?.failures ?? 0) : 0,
        ...(nth === 0 && telling !== undefined ? { trouble: telling.message } : {}),
      })),
    };
  });
  return { subscriptions: keeper.subscriptions.list.map(({ name }) => name), images, told: runner.counts };
}
