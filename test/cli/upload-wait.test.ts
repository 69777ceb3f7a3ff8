import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readWitnessedCheckpoint } from '../../src/log/quorum.ts';
import { readTlogProof } from '../../src/proof/tlog-proof.ts';
import { makeEndorser, makeEntry, NOW } from '../endorser.ts';
import { makeThreeRegistries, type ThreeRegistries } from '../registry/three-registries.ts';
import { runCommand } from './run-command.ts';

let three: ThreeRegistries;
beforeAll(async () => {
  three = await makeThreeRegistries();
});
afterAll(() => three.remove());

it('vouch upload --wait comes back when the witnesses have seen the entry, with a receipt they signed', async () => {
  const [a, b, c] = three.sites;
  await a.start({ witnessedBy: { policy: three.policy, patienceMs: 50 } });
  const entry = join(a.place.directory, 'entry.xml');
  const receipt = join(a.place.directory, 'entry.tlog-proof');
  await writeFile(entry, await makeEntry(await makeEndorser(a.place.authority, 'ada')));
  const early = await runCommand(['upload', entry, '--to', a.url, '--receipt', receipt]);
  expect([early.code, early.err]).toEqual([75, expect.stringMatching(/no receipt before the witnesses/)]);
  const waiting = runCommand(['upload', entry, '--to', a.url, '--receipt', receipt, '--wait']);
  await Promise.all([b.start(), c.start()]);
  const done = await waiting;
  expect([done.code, done.out]).toEqual([0, expect.stringContaining(`${a.url}/metadata/`)]);
  expect(done.err).toMatch(/number 1 of the log, waiting for its witnesses/);
  const { checkpointNote } = readTlogProof(await readFile(receipt, 'utf8'));
  const { quorum } = readWitnessedCheckpoint(Buffer.from(checkpointNote), three.policy, { now: NOW }, a.log);
  expect(quorum.outcome).toBe('met');
});
