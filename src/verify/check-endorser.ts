import type { EntryReading } from '../entry/read-entry.ts';
import { type Finding, toFinding, toWarning } from '../errors.ts';
import type { Name } from '../x509/certificate.ts';
import { namesAgree, writeName } from '../x509/name.ts';
import type { Conditions, EndorserBinding, Trust } from './conditions.ts';
import type { Signer } from './signer.ts';
import type { AddressBinding } from './verdict.ts';

export interface EndorserResult {
  readonly findings: readonly Finding[];
  readonly address: AddressBinding;
}

/** Is the person the entry names the one who signed it (trust A2.11), and what binds his address? */
export function checkEndorser(reading: EntryReading, signer: Signer, conditions: Conditions): EndorserResult {
  const { endorsement } = reading;
  if (endorsement === undefined) return { findings: [], address: 'none' };
  const { certificate } = signer;
  const agrees = conditions.profile === 'legacy' ? isWrittenAs : namesAgreeAgain;
  const findings: Finding[] = [];
  const report = (what: 'subject' | 'issuer', found: string, name: Name): void => {
    const message = `The endorser's ${what} is ${quote(found)}; the certificate's is ${quote(writeName(name))}.`;
    findings.push(toFinding('identity', message, { element: `slreq:${what}` }));
  };
  if (!agrees(endorsement.subject, certificate.subject)) report('subject', endorsement.subject, certificate.subject);
  // One finding says it: a document has room for thousands of issuers, and a certificate for a name of many pages.
  const other = endorsement.issuers.find((issuer) => !agrees(issuer, certificate.issuer));
  if (other !== undefined) report('issuer', other, certificate.issuer);
  const { trust } = conditions;
  const address = toBinding(endorsement.email, signer, trust);
  const isLeftToMail = trust.mode === 'open' || ('isConfirmed' in trust && trust.isConfirmed === true);
  if (address === 'none' && !isLeftToMail) {
    const message = `Nothing binds ${endorsement.email} to this certificate: it is not among its addresses, and the operator has not bound it.`;
    // Outside a registry's trust nobody could have bound the address: worth saying, not a reason to refuse.
    const isStrict = trust.mode === 'anchors' || trust.mode === 'pinned';
    findings.push((isStrict ? toFinding : toWarning)('email-unbound', message, { element: 'slreq:email' }));
  }
  return { findings, address };
}

/** Where names are nobody's for sure, none of them can be the one the operator meant. */
function toBinding(email: string, signer: Signer, trust: Trust): AddressBinding {
  const bindings = trust.mode === 'anchors' || trust.mode === 'pinned' ? trust.bindings : [];
  if (bindings.some((binding) => binds(binding, email, signer))) return 'operator';
  return signer.certificate.emails.some((one) => isSameEmail(one, email)) ? 'certificate' : 'none';
}

const MOST_QUOTED = 300;

function quote(text: string): string {
  return JSON.stringify(text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text);
}

/** Same local part to the letter, same domain in any case. */
export function isSameEmail(a: string, b: string): boolean {
  const [left, right] = [a.lastIndexOf('@'), b.lastIndexOf('@')];
  return a.slice(0, left) === b.slice(0, right) && a.slice(left).toLowerCase() === b.slice(right).toLowerCase();
}

/** The text that last agreed with a name: an endorser's entries all name him in the same words. */
const AGREED = new WeakMap<Name, string>();

function namesAgreeAgain(text: string, name: Name): boolean {
  if (AGREED.get(name) === text) return true;
  const agrees = namesAgree(text, name);
  if (agrees) AGREED.set(name, text);
  return agrees;
}

function isWrittenAs(text: string, name: Name): boolean {
  return text === writeName(name);
}

function binds(binding: EndorserBinding, email: string, { certificate }: Signer): boolean {
  return (
    isSameEmail(binding.email, email) &&
    namesAgree(binding.subject, certificate.subject) &&
    namesAgree(binding.issuer, certificate.issuer)
  );
}
