import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLogKey, readVerifierKey } from '../../src/log/note-key.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { openMemorySyncedLog } from '../../src/peer/memory-synced-log.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import { readTrust } from '../../src/registry/read-trust.ts';
import { fromTrustCopy } from '../../src/registry/trust-copy.ts';
import { DocumentStore } from '../../src/site/document-store.ts';
import { FollowedLog, type FollowedLogOptions } from '../../src/site/followed-log.ts';
import { Site } from '../../src/site/site.ts';
import { SignerCache } from '../../src/verify/signer.ts';
import { NOW } from '../endorser.ts';
import type { RegistryPlace } from '../registry/world.ts';
import { xml } from '../xml/world.ts';

/** A site that follows one registry of this process, in memory; `source` may lie, `now` may be moved. */
export interface SitePlace {
  readonly site: Site;
  readonly log: FollowedLog;
  /** What the site believes the time is. */
  setNow(now: Date): void;
  setSource(source: LogSource): void;
}

export const GRACE_MS = 3_600_000;

/** The verifier key of a registry's log. */
export function keyOf(place: RegistryPlace) {
  const line = readFileSync(join(place.directory, 'data', 'log.key'), 'utf8').trim();
  return readVerifierKey(readLogKey(line).verifier.vkey);
}

export async function openSite(
  place: RegistryPlace,
  registry: OpenRegistry,
  policy: Policy,
  options: Partial<FollowedLogOptions> & { readonly isOffline?: boolean } = {},
): Promise<SitePlace> {
  let now = NOW;
  let source: LogSource = new ReaderLogSource(registry.log);
  const key = keyOf(place);
  const log = await FollowedLog.open({
    log: await openMemorySyncedLog(key),
    documents: DocumentStore.inMemory(),
    source: {
      name: registry.log.origin,
      checkpoint: () => source.checkpoint(),
      tile: (level, index, width) => source.tile(level, index, width),
      bundle: (index, width) => source.bundle(index, width),
      blob: (sha256, limit) => source.blob(sha256, limit),
    },
    key,
    graceMs: GRACE_MS,
    now: () => now,
    ...options,
  });
  const { trust } = await readTrust({ mode: 'anchors', directory: join(place.directory, 'trust') });
  const site = new Site({
    logs: [log],
    policy,
    trust: fromTrustCopy(trust),
    world: { xml, crypto: nodeCrypto, signers: new SignerCache() },
    isOffline: options.isOffline ?? false,
    now: () => now,
  });
  return {
    site,
    log,
    setNow: (at) => {
      now = at;
    },
    setSource: (other) => {
      source = other;
    },
  };
}
