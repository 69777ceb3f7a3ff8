import { isSameEmail } from '../verify/check-endorser.ts';
import { toNameTextKey } from '../x509/name.ts';
import { isAddressBound, isAuthentic } from './authentic.ts';
import type { JudgedEntry } from './judged-entry.ts';
import type { EndorserList, EndorserMatch } from './policy.ts';

/** True if the endorser of the entry is one of the list, and no mere namesake. */
export function isListed(judged: JudgedEntry, list: EndorserList): boolean {
  if (list === 'anyone') return true;
  return list.some((match) => isSufficient(match) && fits(match, judged) && isProven(match, judged));
}

/** A listed certificate speaks for itself, since the signature is its key's; names must have been certified, and addresses bound. */
function isProven({ certificate, email }: EndorserMatch, judged: JudgedEntry): boolean {
  if (email !== undefined && !isAddressBound(judged)) return false;
  return certificate !== undefined || isAuthentic(judged);
}

/**
 * True if the endorser may be one of those listed. For lists that keep somebody out: an address there counts in any case of its letters
 * and without its owner's name beside it.
 */
export function isListedBroadly(judged: JudgedEntry, list: readonly EndorserMatch[]): boolean {
  const { email } = judged.entry.endorsement;
  return list.some(({ email: denied, ...match }) => {
    return (denied === undefined || denied.toLowerCase() === email.toLowerCase()) && fits(match, judged);
  });
}

/** True if a match names somebody for sure: certificates are what counts, an address only where the policy says that it does. */
export function isSufficient({ email, subject, issuer, key, certificate, emailAlone }: EndorserMatch): boolean {
  if (key !== undefined || certificate !== undefined || issuer !== undefined) return true;
  return email !== undefined && subject === undefined && emailAlone === true;
}

function fits(match: EndorserMatch, { entry, endorserKey, signerSha256 }: JudgedEntry): boolean {
  const { email, subject, issuers } = entry.endorsement;
  if (match.key !== undefined && match.key !== endorserKey) return false;
  if (match.certificate !== undefined && match.certificate !== signerSha256) return false;
  if (match.email !== undefined && !isSameEmail(match.email, email)) return false;
  if (match.subject !== undefined && !isSameNameText(match.subject, subject)) return false;
  return match.issuer === undefined || issuers.some((issuer) => isSameNameText(match.issuer!, issuer));
}

/** True if two RFC 2253 texts are the same name. */
export function isSameNameText(one: string, other: string): boolean {
  const key = toNameTextKey(one);
  return one === other || (key !== undefined && key === toNameTextKey(other));
}

/** Endorsers as a sentence names them: the first few. */
export function writeEndorsers(list: EndorserList): string {
  if (list === 'anyone') return 'anyone';
  const names = list.map(({ email, subject, issuer, key, certificate }) => {
    if (email !== undefined) return email;
    if (subject !== undefined) return subject;
    if (key !== undefined) return `the endorser with the key ${key.slice(0, 12)}…`;
    return certificate === undefined ? `anyone certified by ${issuer}` : `certificate ${certificate.slice(0, 12)}…`;
  });
  return writeSome(names);
}

const SHOWN = 5;

/** A list in words, cut where it becomes long. */
export function writeSome(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN);
  const rest = names.length - shown.length;
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest} more`;
}
