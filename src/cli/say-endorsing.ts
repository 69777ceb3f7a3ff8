import { writeEntryTime } from '../entry/entry-time.ts';
import type { Finding } from '../errors.ts';
import type { Endorsing } from '../sign/endorse.ts';
import { EXIT } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { countFindings, writeFinding } from './write-finding.ts';

/** Tells why nothing was signed, with every finding; gives the exit code. */
export function sayRefusal(terminal: Terminal, findings: readonly Finding[]): number {
  terminal.say(`Not signed: ${countFindings(findings)}`);
  for (const finding of findings) terminal.say(writeFinding(finding, terminal));
  return EXIT.no;
}

/** Tells what signing decided by itself, and what is worth knowing about the result. */
export function sayValidity(terminal: Terminal, endorsing: Extract<Endorsing, { ok: true }>): void {
  const { validity, findings } = endorsing;
  if (validity !== undefined) {
    terminal.say(`Valid until ${writeEntryTime(validity.until)} (${validity.reason}); --valid sets another end.`);
  }
  // Without a trust directory anyone is accepted here; it is the registry that will judge the signer.
  for (const finding of findings) if (finding.code !== 'untrusted') terminal.say(writeFinding(finding, terminal));
}
