import type { Certificate } from './certificate.ts';
import { isSameName, writeName } from './name.ts';

/** How a certificate is called in a sentence: its subject in quotation marks, short enough, and without control characters. */
export function toLabel(certificate: Certificate): string {
  return `"${toVisible(writeName(certificate.subject) || `serial ${certificate.serial}`)}"`;
}

/** Text of a certificate for a sentence: at most so many characters, and without those that are not seen or turn the others round. */
export function toVisible(text: string, longest = 200): string {
  const visible = text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
  return visible.length > longest ? `${visible.slice(0, longest)}…` : visible;
}

/** True if issuer and subject are the same name: such a certificate does not lengthen a path. */
export function isSelfIssued(certificate: Certificate): boolean {
  return isSameName(certificate.issuer, certificate.subject);
}
