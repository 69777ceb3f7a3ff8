import { type Finding, toFinding } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { toLabel } from './certificate-label.ts';
import { type Candidates, findCandidates, type SignatureCheck } from './crl-candidates.ts';
import { byGravity, judgeRevocation, type Revocation } from './crl-judge.ts';
import type { RevocationList, RevokedEntry } from './crl-list.ts';
import { compareIssue } from './crl-newer.ts';

/**
 * `require`: every authority of a chain must have a list that counts. `if-present`: an authority without any list passes, but a
 * list that is there must count. `off`: lists are not looked at.
 */
export type RevocationMode = 'require' | 'if-present' | 'off';

export interface RevocationRequest extends SignatureCheck {
  /** A path that holds: signer first, anchor last. About the last one nothing is asked. */
  readonly chain: readonly Certificate[];
  /** Lists of any issuers; their order does not matter. */
  readonly lists: readonly RevocationList[];
  readonly mode: RevocationMode;
  /** The time to judge at. */
  readonly at: Date;
  /** How long a list is still taken after the time of its next update. */
  readonly graceMs: number;
  /** When the signature in question provably existed, if that is known; decides what a revocation means (`judgeRevocation`). */
  readonly provenAt?: Date;
}

export interface RevocationAnswer {
  readonly findings: readonly Finding[];
  /** What the findings of code `revoked` and `revoked-after-poe` rest on. */
  readonly revocations: readonly Revocation[];
  /** The lists whose entries counted, of each authority the newest first; what the answer rests on. */
  readonly lists: readonly RevocationList[];
}

/** The findings of `assessRevocation`; none if all is well. */
export async function checkRevocation(request: RevocationRequest): Promise<Finding[]> {
  return [...(await assessRevocation(request)).findings];
}

/**
 * Whether any certificate of a chain is revoked, by trust rule A3.13: findings `revoked`, `crl-missing`, `crl-stale`,
 * `crl-unusable` and the warning `revoked-after-poe`. The answer does not depend on the order of the lists.
 */
export async function assessRevocation(request: RevocationRequest): Promise<RevocationAnswer> {
  const { chain, lists, mode, provenAt } = request;
  const findings: Finding[] = [];
  const revocations: Revocation[] = [];
  const used = new Set<RevocationList>();
  if (mode === 'off') return { findings, revocations, lists: [] };
  for (const [certificate, issuer] of links(chain)) {
    const candidates = await findCandidates(certificate, issuer, lists, request);
    const { finding, consulted } = choose(candidates, issuer, request);
    if (finding !== undefined) findings.push(finding);
    for (const list of consulted) used.add(list);
    const entry = findGravest(consulted, certificate);
    if (entry === undefined) continue;
    const revocation = { ...entry, certificate };
    revocations.push(revocation);
    findings.push(...judgeRevocation(revocation, provenAt));
  }
  return { findings, revocations, lists: [...used] };
}

/**
 * Every revocation in a chain that any of the lists tells of, however old or new the list is: for judging after the fact, when
 * the list of today no longer names what has expired since. A hold counts only if the newest list still says so.
 */
export async function findRevocations(
  chain: readonly Certificate[],
  lists: readonly RevocationList[],
  check: SignatureCheck,
): Promise<Revocation[]> {
  const revocations: Revocation[] = [];
  for (const [certificate, issuer] of links(chain)) {
    const { good } = await findCandidates(certificate, issuer, lists, check);
    const entry = findGravest(
      good.filter((list, index) => index === 0 || !isHeld(list, certificate)),
      certificate,
    );
    if (entry !== undefined) revocations.push({ ...entry, certificate });
  }
  return revocations;
}

function isHeld(list: RevocationList, certificate: Certificate): boolean {
  return list.find(certificate.serial)?.reason === 'certificateHold';
}

/** Each certificate with the one that issued it. */
function links(chain: readonly Certificate[]): [certificate: Certificate, issuer: Certificate][] {
  return chain.slice(1).map((issuer, index) => [chain[index]!, issuer]);
}

interface Choice {
  /** What is wrong with the lists of this issuer. */
  readonly finding?: Finding;
  /** The lists whose entries count. */
  readonly consulted: readonly RevocationList[];
}

function choose({ good, faults }: Candidates, issuer: Certificate, request: RevocationRequest): Choice {
  const { mode, at, graceMs } = request;
  const of = `of the authority ${toLabel(issuer)}`;
  const begun = good.filter(({ thisUpdate }) => thisUpdate <= at);
  const current = begun.find(({ nextUpdate }) => at.getTime() <= nextUpdate!.getTime() + graceMs);
  // A newer list that ended earlier still tells whom the issuer had revoked by then, and of two of the same age each counts.
  if (current !== undefined) return { consulted: begun.filter((list) => compareIssue(list, current) >= 0) };
  const [newest] = begun;
  if (newest !== undefined) {
    const message = `The revocation list ${of} is out of date: the next one was due at ${newest.nextUpdate!.toISOString()}.`;
    const consulted = begun.filter((list) => compareIssue(list, newest) >= 0);
    return { finding: toFinding('crl-stale', message), consulted };
  }
  const early = good.map(({ thisUpdate }) => `counts from ${thisUpdate.toISOString()} on only`);
  const reasons = [...early, ...faults];
  if (reasons.length > 0) {
    const more = reasons.length > 3 ? `; and ${reasons.length - 3} more do not count either` : '';
    const message = `No revocation list ${of} can be used. One ${reasons.slice(0, 3).join('; one ')}${more}.`;
    return { finding: toFinding('crl-unusable', message), consulted: [] };
  }
  if (mode === 'if-present') return { consulted: [] };
  return {
    finding: toFinding('crl-missing', `There is no revocation list ${of}, and one is required.`),
    consulted: [],
  };
}

/** What the lists say of a certificate; where they differ, the gravest. */
function findGravest(lists: readonly RevocationList[], { serial }: Certificate): RevokedEntry | undefined {
  return lists.flatMap((list) => list.find(serial) ?? []).sort(byGravity)[0];
}
