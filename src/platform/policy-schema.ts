import { readFileSync } from 'node:fs';

/** The JSON Schema of site policies: this package's `schemas/policy.schema.json`. */
export function readPolicySchema(): object {
  return JSON.parse(readFileSync(new URL('../../schemas/policy.schema.json', import.meta.url), 'utf8')) as object;
}
