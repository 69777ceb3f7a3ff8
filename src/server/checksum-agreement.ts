import type { CatalogEntry } from '../catalog/catalog.ts';

/** Whether several statements about one image speak of the same bytes. */
export interface ChecksumAgreement {
  /** The number of statements compared. */
  readonly statements: number;
  /** What at least two statements give and all that give it agree on. */
  readonly agreed: readonly string[];
  /** What two statements give differently. */
  readonly conflicts: readonly string[];
}

/** Compares size and checksums of entries about one image, algorithm by algorithm. */
export function compareChecksums(entries: readonly CatalogEntry[]): ChecksumAgreement {
  const claims = new Map<string, string[]>();
  const claim = (name: string, value: string) => claims.set(name, [...(claims.get(name) ?? []), value]);
  for (const entry of entries) {
    claim('size', String(entry.sizeBytes));
    for (const { algorithm, value } of entry.checksums) claim(algorithm, value.toLowerCase());
  }
  const shared = [...claims].filter(([, values]) => values.length > 1);
  const isAgreed = (values: readonly string[]) => new Set(values).size === 1;
  return {
    statements: entries.length,
    agreed: shared.filter(([, values]) => isAgreed(values)).map(([name]) => name),
    conflicts: shared.filter(([, values]) => !isAgreed(values)).map(([name]) => name),
  };
}
