import { type Finding, toFinding } from '../errors.ts';
import { isMailAddress } from '../mail/mail-line.ts';
import type { VerifiedEntry } from '../verify/verdict.ts';

/** Can the endorser be asked by mail at the address of his entry? */
export function checkAddress({ entry }: VerifiedEntry): Finding | undefined {
  const { email } = entry.endorsement;
  if (isMailAddress(email)) return undefined;
  const message = `No mail can be sent to ${JSON.stringify(email)}, and this registry asks endorsers by mail.`;
  return toFinding('email', message, { element: 'slreq:email' });
}
