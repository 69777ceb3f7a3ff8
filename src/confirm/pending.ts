import type { Finding } from '../errors.ts';

/** How a submission that waited ended. */
export type Ending =
  /** Confirmed and appended. */
  | 'accepted'
  /** Confirmed, but no longer acceptable then; the findings say why. */
  | 'refused'
  /** The owner of the address did not want it. */
  | 'rejected'
  /** The owner of the address reported it as abuse. */
  | 'reported'
  /** Nobody did anything in time. */
  | 'expired'
  /** The server of the address does not take mail for it. */
  | 'undeliverable';

/** A submission that waits for its endorser's word, or did. All of it is plain data, as it is kept on disk. */
export interface Pending {
  readonly v: 1;
  /** Random; names the files. */
  readonly id: string;
  readonly documentSha256: string;
  readonly identifier: string;
  readonly email: string;
  readonly subject: string;
  readonly issuer: string;
  readonly endorserKey: string;
  readonly signerSha256: string;
  readonly title: string;
  readonly isDeprecation: boolean;
  /** ISO 8601, like all times here. */
  readonly signedAt: string;
  readonly submittedAt: string;
  readonly expiresAt: string;
  /** `confirmed`: the endorser has said yes, and the entry is on its way into the log, also over a restart. */
  readonly state: 'waiting' | 'confirmed' | Ending;
  readonly confirmedAt?: string;
  readonly endedAt?: string;
  /** SHA-256 hex of each token that was mailed: one for each attempt, and all of them good, since any may have arrived. */
  readonly tokens: readonly string[];
  readonly attempts: number;
  readonly sentAt?: string;
  /** Path of the entry, once accepted. */
  readonly path?: string;
  /** Why it was refused. */
  readonly findings?: readonly Finding[];
}

/** True while the document is still needed. */
export function isOpen({ state }: Pending): boolean {
  return state === 'waiting' || state === 'confirmed';
}

/** An address as limits and lists compare it: the domain in any case. */
export function toAddressKey(email: string): string {
  const at = email.lastIndexOf('@');
  return email.slice(0, at) + email.slice(at).toLowerCase();
}

/** An address as limits on mail compare it: also the letters before the `@`, and what many servers ignore after a plus sign. */
export function toMailboxKey(email: string): string {
  return email.toLowerCase().replace(/\+[^@]*@/, '@');
}
