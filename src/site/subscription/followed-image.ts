import type { Entry } from '../../entry/entry.ts';
import { writeEntryTime } from '../../entry/entry-time.ts';
import type { ChosenEntry } from '../../policy/decision.ts';
import type { SiteEvent } from '../../policy/subscription.ts';

/** How an image stands that some subscription has, or had. */
export type FollowedState =
  /** It is here, verified, and may run. */
  | 'here'
  /** It may run, and is being fetched or waits for that. */
  | 'wanted'
  /** The policy denies it. */
  | 'denied'
  /** Nothing can be decided now: what is here is left as it is. */
  | 'undecided'
  /** It may run, but its subscription keeps only some, and others were stated later. */
  | 'passed-over'
  /** No subscription has it any more. */
  | 'unfollowed';

/** The statement an image is here by, with what a cloud wants to know of it. What was not stated is absent. */
export interface FollowedEntry extends Omit<ChosenEntry, 'createdAt'>, Pick<Entry, (typeof TOLD)[number]> {
  /** When it was signed: an ISO 8601 time. */
  readonly created: string;
}

/** Fields that say how to run it, besides those that say how to fetch it. */
const TOLD = ['title', 'version', 'tag', 'kind', 'os', 'osVersion', 'osArch', 'hypervisor', 'disksBus'] as const;

/** What a program is told: the same, under the same id, however often it is run. */
export interface Notice {
  /** Unique for all time; a program that has seen it may pass it over. */
  readonly id: string;
  readonly event: SiteEvent;
  readonly image: string;
  /** ISO 8601. */
  readonly at: string;
  /** Names of the subscriptions the image belongs to, or belonged to until now. */
  readonly subscriptions: readonly string[];
  /** Where the image lies; after a withdrawal, where it lay. */
  readonly file: string;
  readonly entry: FollowedEntry;
  /** Of a change: the statement before. */
  readonly previous?: FollowedEntry;
  /** Whole sentences: why. */
  readonly reasons: readonly string[];
}

/** What is kept of an image that some subscription has, or had. */
export interface FollowedImage {
  readonly image: string;
  readonly state: FollowedState;
  readonly subscriptions: readonly string[];
  /** Whole sentences: why it stands so. */
  readonly reasons: readonly string[];
  /** ISO 8601: since when it stands so. */
  readonly since: string;
  /** Present while its bytes are here. */
  readonly held?: { readonly entry: FollowedEntry; readonly file: string };
  /** Files that are still to be removed. */
  readonly leaving: readonly string[];
  /** What programs have not taken yet, oldest first. */
  readonly notices: readonly Notice[];
}

/** The chosen statement with what else it says. */
export function toFollowedEntry({ createdAt, ...chosen }: ChosenEntry, entry: Entry): FollowedEntry {
  const told = Object.fromEntries(TOLD.flatMap((field) => (entry[field] === undefined ? [] : [[field, entry[field]]])));
  return { ...chosen, ...told, created: writeEntryTime(createdAt) };
}

/**
 * What programs are still to be told once something new is: an image that is withdrawn or changed meanwhile is not said to be allowed any
 * more, and one nobody was told of is not said to have changed. Of a withdrawal somebody is always told, of the last one where there are
 * several.
 */
export function addNotice(notices: readonly Notice[], next: Notice): Notice[] {
  if (next.event === 'withdrawn') return [next];
  const kept = notices.filter(({ event }) => event === 'withdrawn');
  const isNews = next.event === 'changed' && notices.some(({ event }) => event === 'allowed');
  if (!isNews) return [...kept, next];
  const { previous: _, ...rest } = next;
  return [...kept, { ...rest, event: 'allowed' }];
}
