import type { Command } from 'commander';
import { readBodyValue } from '../entry/read-value.ts';
import { VouchError } from '../errors.ts';
import { elementOf, REMARK_FIELDS, type RemarkField, type Remarks } from '../sign/remark-field.ts';
import { readValidity } from './read-moment.ts';
import { toCamelCase } from './settings.ts';

/** Adds a flag for each thing an endorser can state about an image. */
export function addDescriptionOptions(command: Command): Command {
  for (const { name, value, field, help } of REMARK_FIELDS) {
    if (elementOf(field).isRepeatable) command.option(`--${name} <${value}>`, help, collect);
    else command.option(`--${name} <${value}>`, help);
  }
  return command.option('--valid <time|span>', 'until when the endorsement holds: 2027-01-31, 90d, 18m, 1y, …');
}

/** What the flags state. Throws `usage`, naming the flag, for a value the entry format does not allow. */
export function readDescriptionOptions(options: Readonly<Record<string, unknown>>, at: Date): Remarks {
  const remarks: Record<string, unknown> = {};
  for (const { name: flag, field } of REMARK_FIELDS) {
    const given = options[toCamelCase(flag)];
    if (given === undefined) continue;
    const values = (Array.isArray(given) ? given : [given]).map((text) => readOne(flag, field, String(text)));
    remarks[field] = elementOf(field).isRepeatable ? [...new Set(values)] : values[0];
  }
  if (typeof options.valid === 'string') remarks.validUntil = readValidity(options.valid, at, '--valid');
  return remarks as Remarks;
}

function readOne(flag: string, field: RemarkField['field'], text: string): unknown {
  const reading = readBodyValue(elementOf(field).kind, text.trim());
  if (!reading.ok) throw new VouchError('usage', `--${flag}: ${reading.message}`);
  if (reading.value === undefined) throw new VouchError('usage', `--${flag} is empty.`);
  return reading.value;
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
