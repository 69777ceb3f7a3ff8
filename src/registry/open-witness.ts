import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { VouchError } from '../errors.ts';
import { openLevelStore } from '../log/level-store.ts';
import { openCosignerKey } from '../log/log-key.ts';
import type { CosignerKey } from '../log/note-key.ts';
import { Witness } from '../log/witness.ts';
import type { RegistryOptions } from './registry-options.ts';

const HOLDING = 'What the witness has seen,';

/** Opens the witness of a registry, in its directory; undefined where it is to look at no log. */
export async function openWitness(
  { directory, baseUrl, witnessedLogs: logs = [] }: RegistryOptions,
  now: () => Date,
): Promise<Witness | undefined> {
  if (logs.length === 0) return undefined;
  const key = await openWitnessKey(directory, baseUrl);
  const store = await openLevelStore(join(directory, 'witness'), HOLDING);
  try {
    return new Witness({ store, key, logs, now });
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
}

/**
 * The key of the registry's witness, made at the first call together with the store of what it sees. `corrupt` if there is a key
 * and that store is gone: a witness that forgot could cosign a second history, and whoever trusts its key would not notice.
 */
export async function openWitnessKey(directory: string, baseUrl: string): Promise<CosignerKey> {
  const [keyPath, storePath] = [join(directory, 'witness.key'), join(directory, 'witness')];
  if (!existsSync(keyPath)) {
    // The store comes first, so that a first start which was cut off leaves no key without it.
    await (await openLevelStore(storePath, HOLDING)).close();
  } else if (!existsSync(join(storePath, 'CURRENT'))) {
    const message =
      `What the witness has seen, in ${storePath}, is gone, while its key is there. Mount or restore it; to begin anew ` +
      'instead, move witness.key away and give the new key to all who trusted the old one.';
    throw new VouchError('corrupt', message);
  }
  return openCosignerKey(keyPath, toCosignerName(baseUrl, 'witness'));
}

/** The key of the registry as a mirror of other logs. */
export function openMirrorKey(directory: string, baseUrl: string): Promise<CosignerKey> {
  return openCosignerKey(join(directory, 'mirror.key'), toCosignerName(baseUrl, 'mirror'));
}

/** The name of a key of the registry that cosigns: a URL prefix without a scheme, as the origin of its log is. */
export function toCosignerName(baseUrl: string, role: 'witness' | 'mirror'): string {
  return `${baseUrl.replace(/^https?:\/\//, '')}/${role}`;
}
