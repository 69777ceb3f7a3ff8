import type { ChecksumAlgorithm } from '../entry/entry.ts';

/** What a rule that rejects an entry does: keeps the image from running, says so, or is only recorded. */
export type Effect = 'enforce' | 'warn' | 'audit';

/** Names endorsers; every part that is given must fit. An address alone fits only where the policy says `emailAlone`. */
export interface EndorserMatch {
  readonly email?: string;
  /** RFC 2253 text, compared as names and not letter by letter. */
  readonly subject?: string;
  readonly issuer?: string;
  /** SHA-256 hex over issuer DER and subject DER: the endorser's key in every list. */
  readonly key?: string;
  /** SHA-256 hex of one certificate. */
  readonly certificate?: string;
  readonly emailAlone?: boolean;
}

/** Anyone, or one of those listed. */
export type EndorserList = 'anyone' | readonly EndorserMatch[];

/** Fields of an entry that `requires` can ask for by value. */
export const REQUIRED_FIELDS = ['os', 'osVersion', 'osArch', 'kind', 'format', 'hypervisor', 'version'] as const;
export type RequiredField = (typeof REQUIRED_FIELDS)[number];

/** What keeps an entry; the vocabulary of docs/policy.md. */
export type Rule =
  | { readonly kind: 'endorsers'; readonly allow?: EndorserList; readonly deny?: readonly EndorserMatch[] }
  | { readonly kind: 'images'; readonly allow?: readonly string[]; readonly deny?: readonly string[] }
  | { readonly kind: 'checksums'; readonly allow?: readonly string[]; readonly deny?: readonly string[] }
  | {
      readonly kind: 'threshold';
      readonly of: number;
      readonly endorsers: EndorserList;
      /** Take MD5 and SHA-1 for agreement too: originals have nothing better. */
      readonly weakChecksums: boolean;
    }
  | { readonly kind: 'deprecation'; readonly by: 'any' | 'own' | readonly EndorserMatch[] }
  | { readonly kind: 'valid'; readonly maxAgeMs?: number; readonly provenBefore?: Date }
  | {
      readonly kind: 'certificate';
      /** Originals of the StratusLab Marketplace: nothing but an import manifest vouches for their signer. */
      readonly imported: 'accept' | 'refuse';
      readonly rsaBits: number;
      /** At least one of these must be among the checksums. */
      readonly checksums: readonly ChecksumAlgorithm[];
    }
  | {
      readonly kind: 'requires';
      readonly values: Readonly<Partial<Record<RequiredField, readonly string[]>>>;
      /** The entry has a location with one of these schemes. */
      readonly schemes?: readonly string[];
      readonly mostBytes?: number;
      /** The entry asks for no other inbound ports. */
      readonly inboundPorts?: readonly number[];
    }
  | { readonly kind: 'ask'; readonly query: string }
  | { readonly kind: 'shapes'; readonly turtle: string }
  | {
      readonly kind: 'log';
      readonly inclusion: boolean;
      readonly completeness: 'synced' | 'index' | 'any';
      readonly witnesses: boolean;
      readonly maxAgeMs?: number;
    };

/** One rule of a policy, as the document has it. */
export interface PolicyRule {
  readonly rule: Rule;
  readonly effect: Effect;
  /** The operator's own word for it. */
  readonly name?: string;
}

/**
 * What stops while one of several logs cannot be believed: it forked, or was not seen for too long, so that it may hide a withdrawal.
 *
 * - `deny-all`: every image
 * - `deny-own`: the images it says something about, as far as it was followed
 * - `set-aside`: what rests on it alone; what it says against an image counts all the same
 */
export const LOG_FAULTS = ['deny-all', 'deny-own', 'set-aside'] as const;
export type LogFaults = (typeof LOG_FAULTS)[number];

/** What a site lets run: read from a policy document, or converted from an original `policy.cfg`. */
export interface Policy {
  readonly name?: string;
  /** `deny-all` where absent. */
  readonly logFaults?: LogFaults;
  readonly rules: readonly PolicyRule[];
  /** SHA-256 hex of the document, with what it includes: says later which policy decided. */
  readonly digest: string;
}

/** The kinds of rule, in the order of the documentation. */
export const RULE_KINDS = [
  'endorsers',
  'images',
  'checksums',
  'threshold',
  'deprecation',
  'valid',
  'certificate',
  'requires',
  'ask',
  'shapes',
  'log',
] as const satisfies readonly Rule['kind'][];
