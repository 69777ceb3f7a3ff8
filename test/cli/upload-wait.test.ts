import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { readWitnessedCheckpoint } from '../../src/log/quorum.ts';
import { readTlogProof } from '../../src/proof/tlog-proof.ts';
import { type RunningServer, serveRegistry } from '../../src/server/listen.ts';
import { type AskingRegistry, openAskingRegistry } from '../confirm/asking-registry.ts';
import { describeImage, makeEndorser, makeEntry, NOW } from '../endorser.ts';
import { type CaughtMail, toToken } from '../mail/smtp-sink.ts';
import { makeThreeRegistries, type ThreeRegistries } from '../registry/three-registries.ts';
import { openTestIo, runCommand } from './run-command.ts';

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

describe('where endorsers are asked by mail, vouch upload --wait', () => {
  let asking: AskingRegistry;
  let server: RunningServer;
  beforeAll(async () => {
    asking = await openAskingRegistry({ confirmation: { mode: 'always' } });
    server = await serveRegistry(asking.app, { host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await server.close(0);
    await asking.close();
  });

  const answer = (way: 'confirm' | 'reject', mail: CaughtMail) =>
    asking.app.request(`/${way}/${toToken(mail)}`, { method: 'POST' });

  async function sign(name: string, seed: string): Promise<string> {
    const file = join(asking.place.directory, `${seed}.xml`);
    const ada = await makeEndorser(asking.place.authority, name);
    await writeFile(file, await makeEntry(ada, describeImage(seed)));
    return file;
  }

  it('says for what it waits and until when, sits out a registry that is away, and gives the receipt in the end', async () => {
    const entry = await sign('ada', 'waited');
    const receipt = join(asking.place.directory, 'waited.tlog-proof');
    const words = ['upload', entry, '--to', server.url, '--receipt', receipt];
    const early = await runCommand(words);
    expect([early.code, early.err]).toEqual([75, expect.stringContaining('no receipt before its endorser confirmed')]);
    const { io, out, err } = openTestIo();
    const waiting = main([...words, '--wait'], io);
    const [mail] = await asking.sink.waitFor(1);
    await expect.poll(err, { timeout: 30_000 }).toMatch(/waiting for its endorser: a mail .* by 2026-11-21T13:00:00Z/);
    const { port } = new URL(server.url);
    await server.close(0);
    await expect.poll(err, { timeout: 30_000 }).toContain('Still waiting; what was uploaded is kept there.');
    await asking.restart();
    server = await serveRegistry(asking.app, { host: '127.0.0.1', port: Number(port) });
    await expect.poll(err, { timeout: 30_000 }).toContain('The registry answers again.');
    expect((await answer('confirm', mail!)).status).toBe(200);
    expect(await waiting).toBe(0);
    expect(out()).toMatch(/^http:\/\/registry\.test\/metadata\/\S+\/ada@example\.org\/\S+\n$/);
    expect(readTlogProof(await readFile(receipt, 'utf8')).checkpointNote).toContain(asking.registry.log.origin);
    expect(asking.sink.mails).toHaveLength(1);
  }, 120_000);

  it('ends with exit code 1 and says so when the endorser rejects it, and stops when it is told to', async () => {
    const entry = await sign('ben', 'rejected');
    const waiting = runCommand(['upload', entry, '--to', server.url, '--wait']);
    const mails = await asking.sink.waitFor(2);
    await answer('reject', mails[1]!);
    expect(await waiting).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Its endorser rejected it') });
    const stop = new AbortController();
    const { io, err } = openTestIo({ signal: stop.signal });
    const stopped = main(['upload', await sign('cleo', 'stopped'), '--to', server.url, '--wait'], io);
    await asking.sink.waitFor(3);
    await expect.poll(err, { timeout: 30_000 }).toContain('waiting for its endorser');
    stop.abort();
    expect([await stopped, err()]).toEqual([130, expect.stringContaining('Stopped.')]);
  }, 120_000);
});
