import { writeEntryTime } from '../entry/entry-time.ts';
import type { EntryReading } from '../entry/read-entry.ts';
import { type Finding, toFinding, toWarning } from '../errors.ts';
import type { Conditions } from './conditions.ts';
import type { Signer } from './signer.ts';

const CLOCK_SKEW_MS = 5 * 60 * 1000;
/** Nothing the original software signed is younger. */
const LEGACY_ENDS = new Date('2017-01-01T00:00:00Z');

/** The entry's own times: when it was signed and until when it holds (trust A2.12). */
export function checkTime(reading: EntryReading, signer: Signer | undefined, conditions: Conditions): Finding[] {
  const { endorsement, description } = reading;
  if (endorsement === undefined) return [];
  const { createdAt } = endorsement;
  const isLegacy = conditions.profile === 'legacy';
  const findings: Finding[] = [];
  const report = (message: string): void => {
    findings.push(toFinding('created', message, { element: 'dcterms:created' }));
  };
  const created = (): string => writeEntryTime(createdAt);
  if (createdAt.getTime() > conditions.at.getTime() + CLOCK_SKEW_MS) {
    report(
      `The entry says it was signed at ${created()}, which is in the future (now ${writeEntryTime(conditions.at)}).`,
    );
  }
  if (isLegacy && createdAt.getTime() >= LEGACY_ENDS.getTime()) {
    report(`The entry was signed at ${created()}; the legacy profile ends at ${writeEntryTime(LEGACY_ENDS)}.`);
  }
  if (signer !== undefined) {
    const { notBefore, notAfter } = signer.certificate;
    const isInside = createdAt.getTime() >= notBefore.getTime() && createdAt.getTime() <= notAfter.getTime();
    if (!isInside) {
      const message = `The entry says it was signed at ${created()}, when its certificate (${writeEntryTime(notBefore)} to ${writeEntryTime(notAfter)}) was not valid.`;
      findings.push((isLegacy ? toWarning : toFinding)('created', message, { element: 'dcterms:created' }));
    }
  }
  const validUntil = description?.validUntil;
  if (validUntil !== undefined && !isLegacy) {
    if (validUntil.getTime() <= createdAt.getTime()) {
      findings.push(
        toFinding('validity', 'dcterms:valid lies before the time of signing.', { element: 'dcterms:valid' }),
      );
    } else if (validUntil.getTime() <= conditions.at.getTime()) {
      findings.push(
        toFinding('validity', `The entry was valid until ${writeEntryTime(validUntil)} only.`, {
          element: 'dcterms:valid',
        }),
      );
    }
  }
  return findings;
}
