import type { openLevelCatalog } from '../catalog/level-catalog.ts';
import type { openSparqlEngine } from '../catalog/sparql/sparql-engine.ts';
import type { Confirmation } from '../confirm/confirmation.ts';
import type { Log } from '../log/log.ts';
import type { Witness } from '../log/witness.ts';
import type { RollbackGuard } from '../peer/rollback-guard.ts';
import type { DailyQuota } from './daily-quota.ts';
import type { OpenOverlay } from './open-overlay.ts';
import type { Reindex } from './open-readers.ts';
import type { RegistryOptions } from './registry-options.ts';
import type { TrustWatch } from './trust-watch.ts';
import type { Verifier } from './verifier.ts';

/** What a registry is put together from. */
export interface Parts {
  readonly options: RegistryOptions;
  readonly log: Log;
  readonly witness: Witness | undefined;
  readonly catalog: Awaited<ReturnType<typeof openLevelCatalog>>;
  readonly sparql: Awaited<ReturnType<typeof openSparqlEngine>>;
  readonly reindex: Reindex;
  readonly overlay: OpenOverlay | undefined;
  readonly verifier: Verifier;
  readonly documentBytesLimit: number;
  readonly watch: TrustWatch;
  readonly guard: RollbackGuard;
  /** By identifier, the newest record that no reader sees yet. */
  readonly pendingImages: Map<string, number>;
  readonly confirmation: Confirmation | undefined;
  readonly quota: DailyQuota | undefined;
  readonly now: () => Date;
  readonly closeAll: () => Promise<void>;
}
