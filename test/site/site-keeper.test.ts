import { afterEach, beforeEach, expect, it } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { readVerifierKey } from '../../src/log/note-key.ts';
import { openMemorySyncedLog } from '../../src/peer/memory-synced-log.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import { DocumentStore } from '../../src/site/document-store.ts';
import { FollowedLog } from '../../src/site/followed-log.ts';
import { Site } from '../../src/site/site.ts';
import { SiteKeeper } from '../../src/site/site-keeper.ts';
import { SignerCache } from '../../src/verify/signer.ts';
import { describeImage, makeEndorser, makeEntry, NOW } from '../endorser.ts';
import { KEY } from '../log/statement.ts';
import { makePolicy } from '../policy/judged.ts';
import { makePlace, type RegistryPlace } from '../registry/world.ts';
import { xml } from '../xml/world.ts';
import { openSite } from './place.ts';

const ANYONE = makePolicy('endorsers: { allow: anyone }');

let place: RegistryPlace;
let registry: OpenRegistry;

beforeEach(async () => {
  place = await makePlace();
  registry = await place.open();
});
afterEach(async () => {
  await registry.close();
  place.remove();
});

it('follows a log, and reads its policy again, while another log hangs', async () => {
  const { log } = await openSite(place, registry, ANYONE);
  const key = readVerifierKey(KEY.verifier.vkey);
  let letGo = (): void => undefined;
  const never = new Promise<never>((_, reject) => {
    letGo = () => reject(new VouchError('timeout', 'It hung.'));
  });
  const hang = () => never;
  const hanging = await FollowedLog.open({
    log: await openMemorySyncedLog(key),
    documents: DocumentStore.inMemory(),
    source: { name: 'hanging', checkpoint: hang, tile: hang, bundle: hang, blob: hang },
    key,
    graceMs: 3_600_000,
  });
  const site = new Site({
    logs: [hanging, log],
    policy: ANYONE,
    trust: { mode: 'any' },
    world: { xml, crypto: nodeCrypto, signers: new SignerCache() },
    isOffline: true,
  });
  let reads = 0;
  const keeper = new SiteKeeper(site, 'same', {
    everyMs: 10,
    fetchesAll: true,
    readPolicy: () => {
      reads += 1;
      return ANYONE;
    },
    readTrust: async () => ({ trust: { mode: 'any' }, digest: 'same' }),
    tell: () => undefined,
  });
  keeper.start();
  try {
    const size = await registry.log.size();
    await expect.poll(() => log.standing(NOW).size, { timeout: 30_000 }).toBe(size);
    const bytes = await makeEntry(await makeEndorser(place.authority, 'ada'), describeImage('kept'), {
      createdAt: new Date(NOW.getTime() - 1_000),
    });
    expect((await registry.submit(bytes)).outcome).toBe('accepted');
    await expect.poll(() => log.standing(NOW).size, { timeout: 30_000 }).toBe(size + 1);
    const before = reads;
    await expect.poll(() => reads, { timeout: 30_000 }).toBeGreaterThan(before + 1);
    expect(keeper.isFilled).toBe(false);
  } finally {
    letGo();
    await keeper[Symbol.asyncDispose]();
    await hanging[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
  }
});
