import { readFileSync } from 'node:fs';

/** The JSON Schema of what a site follows: this package's `schemas/subscriptions.schema.json`. */
export function readSubscriptionsSchema(): object {
  return JSON.parse(
    readFileSync(new URL('../../schemas/subscriptions.schema.json', import.meta.url), 'utf8'),
  ) as object;
}
