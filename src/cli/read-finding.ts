import { FINDING_CHECKS, type Finding, type FindingCode } from '../errors.ts';
import { isRecord, unlike } from './listed-entry.ts';

/** Reads a finding from a registry's JSON. Throws `remote` if it is none; a code this version does not know reads as `schema`. */
export function readFinding(json: unknown): Finding {
  if (!isRecord(json) || typeof json.code !== 'string' || typeof json.message !== 'string') {
    throw unlike('a finding lacks its code or message');
  }
  const code: FindingCode = Object.hasOwn(FINDING_CHECKS, json.code) ? (json.code as FindingCode) : 'schema';
  const where = isRecord(json.where) ? toWhere(json.where) : undefined;
  const finding: Finding = {
    code,
    check: FINDING_CHECKS[code],
    severity: json.severity === 'warning' ? 'warning' : 'error',
    message: code === json.code ? json.message : `${json.code}: ${json.message}`,
  };
  return where === undefined ? finding : { ...finding, where };
}

function toWhere({ line, element }: Record<string, unknown>): Finding['where'] {
  return {
    ...(typeof line === 'number' ? { line } : {}),
    ...(typeof element === 'string' ? { element } : {}),
  };
}
