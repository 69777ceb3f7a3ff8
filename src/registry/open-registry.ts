import { join } from 'node:path';
import { openLevelLog } from '../log/level-log.ts';
import { openLogKey } from '../log/log-key.ts';
import { openDirectory } from './data-directory.ts';
import { LocalRegistry } from './local-registry.ts';
import { openReaders } from './open-readers.ts';
import { openWitness } from './open-witness.ts';
import { readTrust, type TrustReading } from './read-trust.ts';
import type { OpenRegistry } from './registry.ts';
import type { RegistryOptions } from './registry-options.ts';
import { TrustWatch } from './trust-watch.ts';
import { openVerifier } from './verifier.ts';

export type { OpenRegistry } from './registry.ts';
export type { RegistryLimits, RegistryOptions } from './registry-options.ts';

const DOCUMENT_BYTES = 256 * 1024;
const TRUST_REFRESH_MS = 10 * 60_000;

/** Opens the registry in its directory: log, catalog, SPARQL index, verifying threads. Close it to release them. */
export async function openRegistry(options: RegistryOptions): Promise<OpenRegistry> {
  const { directory, baseUrl, limits = {} } = options;
  const origin = options.origin ?? `${baseUrl.replace(/^https?:\/\//, '')}/log`;
  const reading = await readTrust(options.trust);
  const documentBytesLimit = limits.documentBytes ?? DOCUMENT_BYTES;
  await openDirectory(directory);
  const now = options.now ?? (() => new Date());
  const opened: (() => Promise<unknown>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).toReversed()) await close();
  };
  try {
    const log = await openLevelLog({
      directory: join(directory, 'log'),
      origin,
      key: await openLogKey(join(directory, 'log.key'), origin),
    });
    opened.push(() => log.close());
    const witness = await openWitness(options, now);
    if (witness !== undefined) opened.push(() => witness.close());
    const recordTrust = async ({ snapshot, attachments }: TrustReading): Promise<void> => {
      if (options.isReadOnly !== true) await log.appendTrust(snapshot, now(), attachments);
    };
    await recordTrust(reading);
    const verifier = openVerifier({
      trust: reading.trust,
      documentBytesLimit,
      ...(limits.workers === undefined ? {} : { workers: limits.workers }),
      ...(limits.verifyMs === undefined ? {} : { timeoutMs: limits.verifyMs }),
      ...(limits.queue === undefined ? {} : { queueLimit: limits.queue }),
    });
    opened.push(async () => verifier[Symbol.asyncDispose]());
    const watch = new TrustWatch(options.trust, reading, async (next) => {
      await recordTrust(next);
      verifier.replaceTrust(next.trust);
    });
    watch.start(options.trustRefreshMs ?? TRUST_REFRESH_MS, options.onTrustNews ?? (() => {}));
    opened.push(() => watch.close());
    const { catalog, sparql, close } = await openReaders({ directory, baseUrl, log, verifier, limits });
    opened.push(close);
    return new LocalRegistry({
      options,
      log,
      witness,
      catalog,
      sparql,
      verifier,
      documentBytesLimit,
      watch,
      now,
      closeAll,
    });
  } catch (thrown) {
    await closeAll();
    throw thrown;
  }
}
