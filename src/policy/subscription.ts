import type { EndorserMatch } from './policy.ts';

/** What happens to an image a site follows. */
export const SITE_EVENTS = ['allowed', 'changed', 'withdrawn'] as const;
export type SiteEvent = (typeof SITE_EVENTS)[number];

/** Images a site follows: those of an endorser, perhaps with a tag, those whose statement answers a question with yes, or both at once. */
export interface Subscription {
  readonly name: string;
  readonly endorser?: EndorserMatch;
  readonly tag?: string;
  /** SPARQL `ASK` over the graph of one statement. */
  readonly ask?: string;
  /** Only so many of those that may run, what was stated last first; all where absent. */
  readonly keep?: number;
}

/** What a site keeps, and who is told of it: read from a document by `schemas/subscriptions.schema.json`. */
export interface Subscriptions {
  readonly list: readonly Subscription[];
  readonly mostBytes?: number;
  readonly recheckMs: number;
  readonly commands: Readonly<Partial<Record<SiteEvent, readonly [program: string, ...words: string[]]>>>;
  readonly timeoutMs: number;
  /** SHA-256 hex of the document. */
  readonly digest: string;
}
