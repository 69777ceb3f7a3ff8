import type { Parts } from './registry-parts.ts';
import type { TrustWatch } from './trust-watch.ts';

/** How a registry does, in figures: what its operator watches. */
export interface Standing {
  /** True after a write whose outcome is unknown: no entry is taken until the registry is started again. */
  readonly isLogStopped: boolean;
  /** Submissions between their arrival and their answer. */
  readonly submissions: number;
  /** Documents that threads verify or read, or that wait for them. */
  readonly verifying: number;
  /** Absent for a mirror, which trusts nobody. */
  readonly trust?: TrustStanding;
}

/** Between two readings of the trust directory where nothing is said. */
export const TRUST_REFRESH_MS = 10 * 60_000;

/** What is trusted, and how fresh that is. */
export interface TrustStanding {
  /** SHA-256 hex of the snapshot of what is trusted, which the log holds. */
  readonly digest: string;
  /** When the settings were last read with success. */
  readonly readAt: Date;
  /** Milliseconds between two readings. */
  readonly refreshMs: number;
  /** True if the last reading could not be used, and what was trusted before stays in force. */
  readonly isFailing: boolean;
  /** Revocation lists held. */
  readonly lists: number;
  /** Those of them that are not taken any more: the time of the next one, with the grace, is over. */
  readonly overdueLists: number;
  /** When the next list must have come; absent where none says. */
  readonly nextListDue?: Date;
}

/** How a registry with a log of its own does, with so many submissions under way. */
export function toStanding({ log, watch, verifier, options, now }: Parts, submissions: number): Standing {
  const trust = toTrustStanding(watch, options.trustRefreshMs ?? TRUST_REFRESH_MS, now());
  return { isLogStopped: log.isStopped(), submissions, verifying: verifier.load(), trust };
}

/** Says how fresh is what a watch has read. Lists that are not looked at are not counted. */
function toTrustStanding(watch: TrustWatch, refreshMs: number, now: Date): TrustStanding {
  const { readAt, isFailing, current } = watch;
  const { trust, store } = current;
  const isLooking = trust.mode === 'anchors' && trust.crl !== 'off';
  const graceMs = trust.mode === 'anchors' ? trust.crlGraceMs : 0;
  const ends = isLooking ? (store?.lists ?? []).flatMap(({ list }) => list.nextUpdate?.getTime() ?? []) : [];
  const next = Math.min(...ends);
  return {
    digest: trust.digest,
    readAt,
    refreshMs,
    isFailing,
    lists: ends.length,
    overdueLists: ends.filter((end) => end + graceMs < now.getTime()).length,
    ...(Number.isFinite(next) ? { nextListDue: new Date(next) } : {}),
  };
}
