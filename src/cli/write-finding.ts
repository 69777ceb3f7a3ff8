import type { Finding } from '../errors.ts';
import { toVisibleText } from '../server/visible-text.ts';
import type { Terminal } from './terminal.ts';

/** One finding as a line for people: severity, code, place, sentence. */
export function writeFinding(finding: Finding, terminal: Terminal): string {
  const isError = finding.severity === 'error';
  const severity = terminal.paint(isError ? 'red' : 'yellow', isError ? 'error' : 'warning');
  const { line, element } = finding.where ?? {};
  const place = [line === undefined ? '' : `line ${line}`, element ?? ''].filter((part) => part !== '').join(', ');
  return `  ${severity} ${finding.code}${place === '' ? '' : ` (${toVisibleText(place)})`}: ${toVisibleText(finding.message)}`;
}

/** A finding as `--json` writes it; the keys are stable. */
export function toFindingJson({ code, check, severity, message, where }: Finding): Record<string, unknown> {
  return { code, check, severity, message, ...(where === undefined ? {} : { where }) };
}

/** `1 finding`, `3 findings`. */
export function countFindings(findings: readonly Finding[]): string {
  return findings.length === 1 ? '1 finding' : `${findings.length} findings`;
}
