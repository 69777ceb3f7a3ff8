import type { SiteNames } from '../routes/usage.ts';
import type { Lookup } from './configuration.ts';

/** How the use of images is counted, where it is. */
export interface UsageSetting {
  /** Days that are kept as days. */
  readonly days: number;
  readonly siteNames: SiteNames;
}

/** What the settings say of use; undefined where nobody counts. */
export function toUsage(need: Lookup<never>): UsageSetting | undefined {
  if (!need('usage.count')) return undefined;
  return { days: need('usage.days'), siteNames: need('usage.siteNames') as SiteNames };
}
