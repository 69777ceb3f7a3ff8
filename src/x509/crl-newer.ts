import { type Finding, toFinding } from '../errors.ts';
import { toVisible } from './certificate-label.ts';
import type { RevocationList } from './crl-list.ts';
import { writeName } from './name.ts';
import { compareOctets, isEqual } from './octets.ts';

/** Negative, zero or positive as `a` was issued before, with or after `b`: by time, then by number. A total order. */
export function compareIssue(a: RevocationList, b: RevocationList): number {
  const difference = a.thisUpdate.getTime() - b.thisUpdate.getTime();
  if (difference !== 0) return difference;
  const [left, right] = [a.number ?? -1n, b.number ?? -1n];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The lists newest first, each once; the order they came in does not matter. */
export function toNewestFirst(lists: readonly RevocationList[]): RevocationList[] {
  const sorted = [...lists].sort((a, b) => compareIssue(b, a) || compareOctets(a.der, b.der));
  return sorted.filter((list, index) => index === 0 || !isEqual(list.der, sorted[index - 1]!.der));
}

/** True if a cache that holds `held` gains something by replacing it with `next`, a list signed by the same key. */
export function isNewerList(next: RevocationList, held: RevocationList): boolean {
  return checkReplacement(next, held).length === 0 && compareIssue(next, held) > 0;
}

/**
 * What speaks against putting `next` into the place of `held` in a cache: `crl-rollback` if its number or its time goes down
 * (trust rule A3.13). The same list again is no rollback. Both MUST be signed by the same key, which numbers them.
 */
export function checkReplacement(next: RevocationList, held: RevocationList): Finding[] {
  const label = `The revocation list of "${toVisible(writeName(next.issuer))}"`;
  const findings: Finding[] = [];
  if (next.number !== undefined && held.number !== undefined && next.number < held.number) {
    const message = `${label} has the number ${next.number}, which is lower than the number ${held.number} of the one held.`;
    findings.push(toFinding('crl-rollback', message));
  }
  if (next.thisUpdate < held.thisUpdate) {
    const message = `${label} was issued at ${next.thisUpdate.toISOString()}, before the one held (${held.thisUpdate.toISOString()}).`;
    findings.push(toFinding('crl-rollback', message));
  }
  return findings;
}
