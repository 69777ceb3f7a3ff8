import type { Checksum } from '../entry/entry.ts';
import type { LogStanding } from './judged-entry.ts';
import type { Rule } from './policy.ts';

/** Rules that hold for every policy, besides those a policy can state. */
export type BuiltInRule = 'entries' | 'integrity' | 'current';

/** How a rule is told: `endorsers.allow`, `threshold`, …, or one of those that hold for every policy. */
export type RuleName =
  | BuiltInRule
  | Exclude<Rule['kind'], 'endorsers' | 'images' | 'checksums'>
  | `${'endorsers' | 'images' | 'checksums'}.${'allow' | 'deny'}`;

/** Which statement is meant. */
export interface EntryLabel {
  readonly origin: string;
  readonly index?: number;
  readonly email: string;
  readonly createdAt: Date;
  readonly documentSha256: string;
}

/** What one rule said, of one entry or of the image. */
export interface Reason {
  readonly rule: RuleName;
  /** The operator's own word for the rule. */
  readonly name?: string;
  /** `skipped`: the entry was out already for a reason no policy can change. */
  readonly effect: 'enforced' | 'warned' | 'audited' | 'skipped';
  readonly entry?: EntryLabel;
  readonly outcome: 'kept' | 'rejected';
  /** One sentence. */
  readonly message: string;
  /** What would have to be true, where it was rejected. */
  readonly remedy?: string;
}

/** The statement an image is to be launched from. */
export interface ChosenEntry extends EntryLabel {
  readonly sizeBytes: number;
  readonly checksums: readonly Checksum[];
  readonly locations: readonly string[];
  readonly format?: string;
  readonly compression?: string;
}

/** May this image run here? With everything that led to the answer. */
export interface Decision {
  readonly outcome: 'allow' | 'deny';
  /** Identifier. */
  readonly image: string;
  /** Present if it may. */
  readonly entry?: ChosenEntry;
  readonly reasons: readonly Reason[];
  /** For a denial: what would have to be true, of the statement that came closest. */
  readonly remedies: readonly string[];
  readonly policy: { readonly name?: string; readonly digest: string };
  readonly log: readonly LogStanding[];
  readonly at: Date;
}
