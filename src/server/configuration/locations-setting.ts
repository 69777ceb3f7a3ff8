import type { Lookup } from './configuration.ts';

/** Where a registry reads what was found at the locations of its entries. */
export interface LocationsSetting {
  /** A report of `vouch locations check`; absent where nobody looks. */
  readonly report?: string;
}

/** What the settings say of locations. */
export function toLocations(find: Lookup<undefined>): LocationsSetting {
  const report = find('locations.report');
  return report === undefined ? {} : { report };
}
