import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { readPolicySchema } from '../platform/policy-schema.ts';
import { readYamlBytes } from '../platform/yaml-document.ts';
import { openPolicyReader, type PolicyDocument, type PolicyReading } from '../policy/read-policy.ts';

/** Nobody's policy is longer; a mistaken file name is. */
const POLICY_BYTES_LIMIT = 16 * 1024 * 1024;

let reader: ((document: PolicyDocument) => PolicyReading) | undefined;

/**
 * Reads a policy document from its bytes. Files it includes are read relative to `directory`; where there is none, it may include none.
 * What is wrong is in the reading; nothing is thrown for any bytes.
 */
export function readPolicyBytes(bytes: Uint8Array, directory: string | undefined): PolicyReading {
  const yaml = readYamlBytes(bytes, POLICY_BYTES_LIMIT);
  if (!yaml.ok) {
    const { ok, ...problem } = yaml;
    return { ok, problems: [{ severity: 'error', path: '', ...problem }] };
  }
  reader ??= openPolicyReader(readPolicySchema());
  const included: string[] = [];
  const reading = reader({
    ...yaml.document,
    digest: '',
    include: (file) => {
      const found = readIncluded(file, directory);
      if ('text' in found) included.push(found.text);
      return found;
    },
  });
  if (!reading.ok) return reading;
  const digest = createHash('sha256').update(bytes);
  for (const each of included) digest.update('\0').update(each);
  return { ...reading, policy: { ...reading.policy, digest: digest.digest('hex') } };
}

/** Reads a policy file. Throws `config` with the first thing that is wrong, and its line: without a policy nothing may run. */
export function openPolicy(file: string): Extract<PolicyReading, { ok: true }> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new VouchError('config', `The policy ${file} cannot be read: ${toMessage(cause)}.`, { cause });
  }
  const reading = readPolicyBytes(bytes, dirname(resolve(file)));
  if (reading.ok) return reading;
  const errors = reading.problems.filter(({ severity }) => severity === 'error');
  const [{ line, path, message } = { message: 'it is no policy' } as (typeof errors)[number]] = errors;
  const where = line === undefined ? file : `${file}, line ${line}`;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more: vouch policy lint ${file})` : '';
  throw new VouchError('config', `${where}: ${path ? `${path}: ` : ''}${message}${more}.`);
}

function readIncluded(file: string, directory: string | undefined): { text: string } | { fault: string } {
  if (directory === undefined) return { fault: 'a policy from elsewhere may include no files.' };
  try {
    const bytes = readFileSync(resolve(directory, file));
    if (bytes.length > POLICY_BYTES_LIMIT) return { fault: 'it is too large.' };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (thrown) {
    return { fault: toMessage(thrown) };
  }
}
