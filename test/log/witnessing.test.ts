import { afterEach, describe, expect, it, vi } from 'vitest';
import { auditLog } from '../../src/log/audit.ts';
import { readSignedCheckpoint, signCheckpoint } from '../../src/log/checkpoint.ts';
import type { Log } from '../../src/log/log.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { isConsistent } from '../../src/log/merkle.ts';
import { readWitnessedCheckpoint } from '../../src/log/quorum.ts';
import { sha256Hex } from '../../src/log/sha256.ts';
import { openStoreLog } from '../../src/log/store-log.ts';
import { readTlogProof } from '../../src/proof/tlog-proof.ts';
import { FaultStore } from './fault-store.ts';
import { KEY, makeStatement, ORIGIN } from './statement.ts';
import { cosign, makeCosigner, makeThreeSites, type NearWitness, type ThreeSites } from './witnesses.ts';

const opened: Log[] = [];
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
});

async function open(sites: ThreeSites, store = new MemoryStore(), patienceMs = 60_000): Promise<Log> {
  const log = await openStoreLog(store, ORIGIN, KEY, { ...sites.witnessing, patienceMs });
  opened.push(log);
  return log;
}

function readQuorum(sites: ThreeSites, note: string) {
  return readWitnessedCheckpoint(Buffer.from(note), sites.policy, { now: new Date() }, KEY.verifier);
}

const PATIENT = { timeout: 60_000, interval: 5 };

function cut(...peers: readonly NearWitness[]): void {
  for (const peer of peers) peer.isDown = true;
}

describe('a log with witnesses', () => {
  it('shows readers only what a quorum has seen, as any client reads it', async () => {
    const sites = makeThreeSites();
    const log = await open(sites);
    const receipt = await log.append(makeStatement(1));
    expect(receipt).toMatchObject({ index: 0, size: 1 });
    expect(receipt.isPending).toBeUndefined();
    const { checkpoint, quorum } = readQuorum(sites, log.checkpointNote());
    expect(checkpoint.size).toBe(1);
    expect(quorum.outcome).toBe('met');
    expect(readQuorum(sites, await log.checkpointOf(1)).quorum.outcome).toBe('met');
    const proof = readTlogProof(await log.receipt(0));
    expect(readQuorum(sites, proof.checkpointNote).quorum.outcome).toBe('met');
  });

  it('gives every receipt a witnessed checkpoint, also where batches came faster than witnesses', async () => {
    const sites = makeThreeSites();
    const log = await open(sites);
    let go = () => {};
    const pace = new Promise<void>((resolve) => {
      go = resolve;
    });
    await log.append(makeStatement(0));
    for (const peer of sites.peers) peer.pace = pace;
    const waiting: Promise<unknown>[] = [];
    for (let number = 1; number <= 5; number += 1) {
      waiting.push(log.append(makeStatement(number)));
      // Each a batch of its own: the one before is durable by now.
      await vi.waitFor(async () => expect(await collect(log.pendingRecords())).toHaveLength(number), PATIENT);
    }
    expect(log.size()).toBe(1);
    go();
    await Promise.all(waiting);
    for (let index = 0; index < 6; index += 1) {
      expect(readQuorum(sites, readTlogProof(await log.receipt(index)).checkpointNote).quorum.outcome).toBe('met');
    }
  });

  it('needs two of three, and says who is missing and who is back', async () => {
    const sites = makeThreeSites();
    cut(sites.peers[2]);
    const log = await open(sites);
    await log.append(makeStatement(1));
    expect(readQuorum(sites, log.checkpointNote()).quorum.by.map(({ witness }) => witness.name)).toEqual(['A', 'B']);
    expect(sites.news).toEqual(['The witness C cannot be asked: nothing listens there.']);
    sites.peers[2].isDown = false;
    await log.append(makeStatement(2));
    expect(sites.news.slice(1)).toEqual(['The witness C answers again.']);
  });

  it('does not wait for a witness that hangs once the quorum holds', async () => {
    const sites = makeThreeSites();
    sites.peers[0].pace = new Promise(() => {});
    const log = await open(sites);
    expect((await log.append(makeStatement(1))).isPending).toBeUndefined();
    expect(readQuorum(sites, log.checkpointNote()).quorum.by.map(({ witness }) => witness.name)).toEqual(['B', 'C']);
  });

  it('answers without a quorum that the record is pending, and publishes by itself when witnesses return', async () => {
    const sites = makeThreeSites();
    const log = await open(sites, new MemoryStore(), 50);
    cut(sites.peers[0], sites.peers[1]);
    const statement = makeStatement(1);
    const receipt = await log.append(statement);
    expect(receipt).toMatchObject({ index: 0, size: 1, isPending: true });
    expect(log.size()).toBe(0);
    const sha256 = statement.verified.documentSha256;
    expect(await log.findDocument(sha256)).toBeUndefined();
    expect(await log.findPending(sha256)).toMatchObject({ index: 0, record: receipt.record });
    await expect(log.record(0)).rejects.toMatchObject({ code: 'not-found' });
    // The same again is the same record; reading goes on.
    expect(await log.append(statement)).toMatchObject({ index: 0, isPending: true });
    expect(await collect(log.pendingRecords())).toHaveLength(1);
    expect(sites.news.join(' ')).toContain('waits for its witnesses');
    for (const peer of sites.peers) peer.isDown = false;
    await vi.waitFor(() => expect(log.size()).toBe(1), PATIENT);
    expect(await log.findDocument(sha256)).toBe(0);
    expect(await log.findPending(sha256)).toBeUndefined();
    expect(await collect(log.pendingRecords())).toEqual([]);
  });

  it('goes on after a restart with what was pending', async () => {
    const sites = makeThreeSites();
    cut(...sites.peers);
    const store = new MemoryStore();
    const first = await open(sites, store, 0);
    for (const number of [1, 2]) expect(await first.append(makeStatement(number))).toMatchObject({ isPending: true });
    await first.close();
    const second = await open(sites, new MemoryStore(store), 0);
    expect(second.size()).toBe(0);
    expect(await collect(second.pendingRecords())).toHaveLength(2);
    for (const peer of sites.peers) peer.isDown = false;
    await vi.waitFor(() => expect(second.size()).toBe(2), PATIENT);
    await second.close();
    expect(await auditLog(new MemoryStore(store), KEY.verifier)).toEqual([]);
  });

  it('never takes back what readers have seen, whether witnesses are added to it or taken away', async () => {
    const store = new MemoryStore();
    const plain = await openStoreLog(store, ORIGIN, KEY);
    await plain.append(makeStatement(1));
    await plain.close();
    const sites = makeThreeSites();
    cut(...sites.peers);
    const witnessed = await open(sites, new MemoryStore(store), 0);
    expect(witnessed.size()).toBe(1);
    expect(await witnessed.append(makeStatement(2))).toMatchObject({ index: 1, isPending: true });
    await witnessed.close();
    const again = await openStoreLog(new MemoryStore(store), ORIGIN, KEY);
    opened.push(again);
    expect(again.size()).toBe(2);
    expect(await again.append(makeStatement(3))).toMatchObject({ index: 2, size: 3 });
    await again.close();
    const last = await open(sites, new MemoryStore(store), 0);
    expect(last.size()).toBe(3);
    await last.close();
    expect(await auditLog(new MemoryStore(store), KEY.verifier)).toEqual([]);
  });

  it('is cosigned anew when nothing happens, and receipts keep the first cosignatures', async () => {
    let now = new Date('2026-11-20T12:00:00Z');
    const sites = makeThreeSites({ now: () => now, refreshMs: 20 });
    const log = await open(sites);
    await log.append(makeStatement(1));
    const [note, receipt] = [log.checkpointNote(), await log.receipt(0)];
    now = new Date('2026-11-20T14:00:00Z');
    await vi.waitFor(() => expect(log.checkpointNote()).not.toBe(note), PATIENT);
    const { quorum } = readWitnessedCheckpoint(Buffer.from(log.checkpointNote()), sites.policy, { now }, KEY.verifier);
    expect(quorum).toMatchObject({ outcome: 'met', freshAt: now });
    expect(await log.receipt(0)).toBe(receipt);
  });

  it('stays closed after a write of its publication that ended in doubt', async () => {
    const sites = makeThreeSites();
    const memory = new MemoryStore();
    cut(...sites.peers);
    const failing = new FaultStore(memory);
    const log = await openStoreLog(failing, ORIGIN, KEY, { ...sites.witnessing, patienceMs: 0 });
    opened.push(log);
    await log.append(makeStatement(1));
    memory.write = () => Promise.reject(new Error('the disk is full'));
    for (const peer of sites.peers) peer.isDown = false;
    await vi.waitFor(() => expect(log.append(makeStatement(2))).rejects.toMatchObject({ code: 'closed' }), PATIENT);
    expect(log.size()).toBe(0);
  });
});

describe('a hostile witness', () => {
  const text = (size: number, root: Uint8Array) => `${ORIGIN}\n${size}\n${Buffer.from(root).toString('base64')}\n`;

  async function openWith(change: (peer: NearWitness) => void): Promise<{ log: Log; sites: ThreeSites }> {
    const sites = makeThreeSites();
    change(sites.peers[0]);
    return { log: await open(sites), sites };
  }

  it.each([
    [
      'sends the cosignature of another',
      async () => ({
        outcome: 'cosigned',
        lines: Buffer.from(cosign(makeCosigner('x.example/w'), text(1, Buffer.alloc(32)), new Date())),
      }),
    ],
    [
      'cosigns another checkpoint',
      async () => ({
        outcome: 'cosigned',
        lines: Buffer.from(cosign(makeCosigner('a.example.org/witness'), text(1, Buffer.alloc(32)), new Date())),
      }),
    ],
    ['sends no line at all', async () => ({ outcome: 'cosigned', lines: Buffer.from('hello\n') })],
    ['sends nothing', async () => ({ outcome: 'cosigned', lines: Buffer.alloc(0) })],
    ['claims to have seen more, without proof', async () => ({ outcome: 'conflict', size: 1_000_000 })],
    ['always names another size', async () => ({ outcome: 'conflict', size: 0 })],
    ['refuses', async () => ({ outcome: 'refused', status: 422, reason: 'I do not like it.' })],
    ['throws', async () => Promise.reject(new Error('no'))],
  ] as const)('that %s is told of and stops nothing', async (_, add) => {
    const { log, sites } = await openWith((peer) => {
      peer.add = add as never;
    });
    expect((await log.append(makeStatement(1))).isPending).toBeUndefined();
    expect(readQuorum(sites, log.checkpointNote()).quorum.by.map(({ witness }) => witness.name)).toEqual(['B', 'C']);
    expect(sites.news.join(' ')).toContain('The witness A ');
    expect(log.haltReason()).toBeUndefined();
  });

  it('whose clock is far ahead counts for nothing, so that clients do not refuse the rest', async () => {
    const sites = makeThreeSites();
    const { key } = sites.policy.witnesses[0]!;
    const cosigner = makeCosigner(key.name);
    sites.peers[0].add = async (body) => {
      const signed = body.slice(body.indexOf('\n\n') + 2);
      const own = signed.slice(0, signed.indexOf('\n\n') + 1);
      return { outcome: 'cosigned', lines: Buffer.from(cosign(cosigner, own, new Date(Date.now() + 3_600_000))) };
    };
    const log = await open(sites);
    await log.append(makeStatement(1));
    expect(readQuorum(sites, log.checkpointNote()).quorum).toMatchObject({ outcome: 'met' });
    expect(sites.news.join(' ')).toContain('has a clock that is ahead');
  });

  it('cannot make the log carry lines of others', async () => {
    const sites = makeThreeSites();
    const peer = sites.peers[0];
    const honest = peer.add.bind(peer);
    peer.add = async (body, signal) => {
      const reply = await honest(body, signal);
      const more = Buffer.from(cosign(makeCosigner('evil.example/w'), 'x\n', new Date(0)));
      return reply.outcome === 'cosigned' ? { ...reply, lines: Buffer.concat([more, reply.lines]) } : reply;
    };
    const log = await open(sites);
    await log.append(makeStatement(1));
    expect(log.checkpointNote()).not.toContain('evil');
    expect(log.checkpointNote()).toContain('a.example.org/witness');
  });
});

describe('a log whose old copy was restored (ST-02)', () => {
  async function restore(): Promise<{ sites: ThreeSites; old: MemoryStore; newest: string }> {
    const sites = makeThreeSites();
    const store = new MemoryStore();
    const log = await open(sites, store);
    await log.append(makeStatement(1));
    await log.close();
    const old = new MemoryStore();
    for (const [key, value] of await new MemoryStore(store).range(new Uint8Array(), Buffer.of(0xff), 1000)) {
      await old.write([[key, value]]);
    }
    const on = await open(sites, new MemoryStore(store));
    for (const number of [2, 3]) await on.append(makeStatement(number));
    const newest = on.checkpointNote();
    await on.close();
    return { sites, old, newest };
  }

  it('is stopped by the first witness that shows what it signed', async () => {
    const { sites, old } = await restore();
    const log = await open(sites, old);
    await vi.waitFor(() => expect(log.haltReason()).toBeDefined(), PATIENT);
    expect(log.haltReason()).toMatch(
      /^The witness [ABC] holds a checkpoint of 3 records that this log signed, while only 1/,
    );
    await expect(log.append(makeStatement(9))).rejects.toMatchObject({ code: 'read-only' });
    expect(log.size()).toBe(1);
    expect((await log.record(0)).seq).toBe(1);
  });

  it('publishes nothing of a second history, even if it appended before it heard of the first', async () => {
    const { sites, old, newest } = await restore();
    cut(...sites.peers);
    const log = await open(sites, old, 0);
    expect(await log.append(makeStatement(7))).toMatchObject({ index: 1, isPending: true });
    for (const peer of sites.peers) peer.isDown = false;
    await vi.waitFor(() => expect(log.haltReason()).toBeDefined(), PATIENT);
    expect(log.size()).toBe(1);
    expect(newest).toContain('\n3\n');
  });

  it('also when as many other records were appended as were lost', async () => {
    const { sites, old } = await restore();
    cut(...sites.peers);
    const log = await open(sites, old, 0);
    for (const number of [7, 8, 9]) await log.append(makeStatement(number));
    for (const peer of sites.peers) peer.isDown = false;
    await vi.waitFor(() => expect(log.haltReason()).toContain('of another history than the one here'), PATIENT);
    expect(log.size()).toBe(1);
  });

  it('is found out by any copy of a later checkpoint, and by nothing that it did not sign', async () => {
    const { old, newest } = await restore();
    const log = await openStoreLog(old, ORIGIN, KEY);
    opened.push(log);
    expect(await log.findLoss(Buffer.from(newest))).toContain('while only 1 are here');
    expect(await log.findLoss(Buffer.from(log.checkpointNote()))).toBeUndefined();
    expect(await log.findLoss(Buffer.from(await log.checkpointOf(0)))).toBeUndefined();
    const fork = signCheckpoint({ origin: ORIGIN, size: 1, root: Buffer.alloc(32, 1) }, KEY);
    expect(await log.findLoss(Buffer.from(fork))).toContain('of another history');
    await expect(log.findLoss(Buffer.from(newest.replace('\n3\n', '\n4\n')))).rejects.toMatchObject({
      code: 'malformed',
    });
  });
});

describe('crashes while checkpoints are witnessed', () => {
  it('lose nothing and leave no witness on another branch, wherever they come', async () => {
    for (let call = 0; call < 60; call += 1) {
      const sites = makeThreeSites({ patienceMs: 20, refreshMs: 1_000_000 });
      const memory = new MemoryStore();
      const notes: string[] = [];
      const fault = { call, moment: call % 2 === 0 ? 'after' : 'before', isFatal: true } as const;
      try {
        const log = await openStoreLog(new FaultStore(memory, fault), ORIGIN, KEY, sites.witnessing);
        for (const number of [1, 2, 3]) {
          await log.append(makeStatement(number)).catch(() => undefined);
          notes.push(log.checkpointNote());
        }
        await log.close();
      } catch {
        // It failed while it was opened.
      }
      const again = await open(
        { ...sites, witnessing: { ...sites.witnessing, patienceMs: 60_000 } },
        new MemoryStore(memory),
      );
      await again.append(makeStatement(4));
      expect(again.haltReason()).toBeUndefined();
      const now = readSignedCheckpoint(Buffer.from(again.checkpointNote()), KEY.verifier).checkpoint;
      for (const note of notes) {
        const seen = readSignedCheckpoint(Buffer.from(note), KEY.verifier).checkpoint;
        expect(isConsistent(seen.size, seen.root, now.size, now.root, await again.consistencyProof(seen.size))).toBe(
          true,
        );
      }
      for (const { server } of sites.peers) {
        const kept = await server.checkpoint(sha256Hex(Buffer.from(ORIGIN)));
        if (kept !== undefined) expect(await again.findLoss(Buffer.from(kept))).toBeUndefined();
      }
      await again.close();
      expect(await auditLog(new MemoryStore(memory), KEY.verifier)).toEqual([]);
    }
  });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
