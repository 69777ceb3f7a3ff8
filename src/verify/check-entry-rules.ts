import { toElementName } from '../entry/element.ts';
import type { EntryReading } from '../entry/read-entry.ts';
import { type Finding, toFinding, toWarning } from '../errors.ts';
import type { Profile } from './verdict.ts';

const STRONG = new Set(['SHA-256', 'SHA-384', 'SHA-512']);

/** What the current profile asks of an entry beyond its format; of an original the same is worth a warning at most. */
export function checkEntryRules(reading: EntryReading, profile: Profile): Finding[] {
  const { description } = reading;
  if (description === undefined) return [];
  const report = profile === 'current' ? toFinding : toWarning;
  const findings: Finding[] = [];
  // An element that is there but cannot be read has a finding of its own; it is not missing as well.
  const unread = new Set(reading.findings.map(({ element }) => toElementName(element)));
  if (description.type === undefined && !unread.has('dcterms:type')) {
    findings.push(toFinding('type', 'dcterms:type is missing: machine, disk, base, …', { element: 'dcterms:type' }));
  }
  if (!description.checksums.some(({ algorithm }) => STRONG.has(algorithm))) {
    const message =
      'A SHA-256, SHA-384 or SHA-512 checksum is missing; SHA-1 alone does not tie the entry to the image.';
    findings.push(report('checksum', message, { element: 'slreq:checksum' }));
  }
  const isWithdrawn = description.deprecated !== undefined || unread.has('slterms:deprecated');
  if (description.locations.length === 0 && !isWithdrawn && !unread.has('slterms:location')) {
    findings.push(
      report('location', 'slterms:location is missing; only a deprecated image may have none.', {
        element: 'slterms:location',
      }),
    );
  }
  if (description.validUntil === undefined && !unread.has('dcterms:valid')) {
    findings.push(
      report('validity', 'dcterms:valid is missing: until when does the endorsement hold?', {
        element: 'dcterms:valid',
      }),
    );
  }
  return findings;
}
