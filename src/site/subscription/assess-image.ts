import { toStanding } from '../../policy/candidate.ts';
import { isSound } from '../../policy/decide.ts';
import type { Decision, Reason } from '../../policy/decision.ts';
import type { Subscription } from '../../policy/subscription.ts';
import type { JudgedStatement, Site } from '../site.ts';
import { type FollowedEntry, toFollowedEntry } from './followed-image.ts';
import { isAskedFor } from './match-subscription.ts';

/** What a site makes of one image now. */
export interface Assessment {
  readonly image: string;
  /** By name of each subscription that asks for it: when the newest statement that it asks for was signed, in milliseconds. */
  readonly askedFor: ReadonlyMap<string, number>;
  readonly outcome: 'allow' | 'deny' | 'undecided';
  /** True where a document is withheld: after some time that must be taken for a no. */
  readonly isWithheld: boolean;
  /** Present if it may run: the statement to launch from. */
  readonly entry?: FollowedEntry;
  /** Whole sentences: what the decision rests on. */
  readonly reasons: readonly string[];
}

/** Rules whose no stands whatever a log that cannot be followed now would say. */
const CERTAIN: readonly Reason['rule'][] = ['deprecation', 'endorsers.deny', 'images.deny', 'checksums.deny'];

/** Decides about an image, and finds which subscriptions ask for it. */
export async function assessImage(
  site: Pick<Site, 'look'>,
  image: string,
  list: readonly Subscription[],
): Promise<Assessment> {
  const { decision, statements } = await site.look(image);
  const { entry: chosen } = decision;
  const entry =
    chosen &&
    toFollowedEntry(
      chosen,
      statements.find(({ judged }) => judged.documentSha256 === chosen.documentSha256)!.judged.entry,
    );
  return {
    image,
    askedFor: findAskedFor(list, statements),
    outcome: decision.outcome === 'deny' && isUncertain(decision) ? 'undecided' : decision.outcome,
    isWithheld: decision.reasons.some(({ rule, outcome }) => rule === 'integrity' && outcome === 'rejected'),
    ...(entry === undefined ? {} : { entry }),
    reasons: toSentences(decision),
  };
}

/** Only what endorsers say now asks for an image, not what they said before. */
function findAskedFor(list: readonly Subscription[], statements: readonly JudgedStatement[]): Map<string, number> {
  const sound = statements.filter(({ judged }) => isSound(judged));
  const { current } = toStanding(sound.map(({ judged }) => judged));
  const triplesOf = new Map(sound.map(({ judged, triples }) => [judged, triples]));
  const found = new Map<string, number>();
  for (const subscription of list) {
    const times = current.flatMap((judged) => {
      const asks = isAskedFor(subscription, { judged, triples: triplesOf.get(judged)! });
      return asks ? [judged.entry.endorsement.createdAt.getTime()] : [];
    });
    if (times.length > 0) found.set(subscription.name, Math.max(...times));
  }
  return found;
}

/** True if the image is denied for nothing but what is not known: a log cannot be followed, or gives a document not, or not as it was signed. */
function isUncertain({ reasons }: Decision): boolean {
  const hurdles = reasons.filter(({ effect, outcome }) => effect === 'enforced' && outcome === 'rejected');
  const isBlind = hurdles.some(({ rule }) => rule === 'log' || rule === 'integrity');
  if (!isBlind) return false;
  const judged = new Set(
    reasons.flatMap(({ entry, effect }) => (entry === undefined || effect === 'skipped' ? [] : [entry.documentSha256])),
  );
  const refused = new Set(
    hurdles.flatMap(({ rule, entry }) => (entry && CERTAIN.includes(rule) ? [entry.documentSha256] : [])),
  );
  return judged.size === 0 || [...judged].some((document) => !refused.has(document));
}

function toSentences({ outcome, reasons }: Decision): string[] {
  const told = reasons.filter(({ effect, outcome: said }) =>
    outcome === 'allow' ? effect === 'warned' : effect === 'enforced' && said === 'rejected',
  );
  return [...new Set(told.map(({ message }) => message))];
}
