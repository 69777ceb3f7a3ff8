import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMirrorKey, openWitnessKey } from '../../src/registry/open-witness.ts';
import { KEY } from '../log/statement.ts';
import { BASE_URL, makePlace, type RegistryPlace } from './world.ts';

let place: RegistryPlace;
beforeAll(async () => {
  place = await makePlace();
});
afterAll(() => place.remove());

describe('the witness of a registry', () => {
  const data = () => join(place.directory, 'data');

  it('is there only where it has logs to look at, under a name and key of its own', async () => {
    const none = await place.open();
    expect(none.witness).toBeUndefined();
    await none.close();
    const registry = await place.open({ witnessedLogs: [KEY.verifier] });
    const keys = [registry.witness!.key, (await openMirrorKey(data(), BASE_URL)).verifier];
    expect(keys.map(({ name }) => name)).toEqual(['registry.test/witness', 'registry.test/mirror']);
    expect(keys[0]!.publicKey).not.toBe(keys[1]!.publicKey);
    await registry.close();
  });

  it('keeps its key, which can be shown before the first start', async () => {
    const { verifier } = await openWitnessKey(data(), BASE_URL);
    const registry = await place.open({ witnessedLogs: [KEY.verifier] });
    expect(registry.witness!.key.vkey).toBe(verifier.vkey);
    await registry.close();
  });

  it('does not start where it has forgotten what it saw', async () => {
    rmSync(join(data(), 'witness'), { recursive: true });
    await expect(place.open({ witnessedLogs: [KEY.verifier] })).rejects.toMatchObject({ code: 'corrupt' });
    await expect(openWitnessKey(data(), BASE_URL)).rejects.toThrow('is gone, while its key is there');
    rmSync(join(data(), 'witness.key'));
    await (await place.open({ witnessedLogs: [KEY.verifier] })).close();
  });
});
