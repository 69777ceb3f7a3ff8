import { describe, expect, it } from 'vitest';
import { readSignedCheckpoint, signCheckpoint } from '../../src/log/checkpoint.ts';
import { cosignCheckpoint, isCosigned } from '../../src/log/cosign-checkpoint.ts';
import type { Log } from '../../src/log/log.ts';
import { openMemoryLog } from '../../src/log/memory-log.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { isConsistent } from '../../src/log/merkle.ts';
import { type MirrorLog, type MirrorPackage, openMirrorLog } from '../../src/log/mirror-log.ts';
import { toCosignerKey, toLogKey } from '../../src/log/note-key.ts';
import { openStoreLog } from '../../src/log/store-log.ts';
import { readNote, writeNote } from '../../src/proof/note.ts';
import { writeRecord } from '../../src/proof/record.ts';
import { AT, KEY, makeStatement, ORIGIN } from './statement.ts';

const COSIGNER = toCosignerKey('mirror.example.org/mirror', new Uint8Array(32).fill(4));
const OPTIONS = { log: KEY.verifier, cosigner: COSIGNER };
const LATER = new Date(AT.getTime() + 60_000);

async function makeLog(count: number): Promise<Log> {
  const log = await openMemoryLog({ origin: ORIGIN, key: KEY });
  await log.appendTrust(Buffer.from('anchors'), AT);
  await Promise.all(Array.from({ length: count }, (_, at) => log.append(makeStatement(at, { image: at % 3 }))));
  return log;
}

async function toPackage(log: Log, first: number, end: number): Promise<MirrorPackage> {
  const records = [];
  const blobs = new Map<string, Uint8Array>();
  for await (const { record } of log.records(first, end)) {
    records.push(record);
    for (const name of [record.doc, record.ev]) if (name !== '') blobs.set(name, await log.blob(name));
  }
  return { first, leaves: records.map(writeRecord), records, blobs };
}

async function copy(log: Log, store: MemoryStore): Promise<MirrorLog> {
  const mirror = await openMirrorLog(store, OPTIONS);
  await mirror.aim(log.checkpointNote());
  await mirror.take(await toPackage(log, 0, log.size()));
  return mirror;
}

describe('the copy of a log', () => {
  it('shows nothing before its checkpoint is published, and then answers as the log does', async () => {
    const log = await makeLog(7);
    const mirror = await copy(log, new MemoryStore());
    expect([mirror.size(), mirror.stored]).toEqual([0, 8]);
    await expect(mirror.record(0)).rejects.toMatchObject({ code: 'not-found' });
    await expect(mirror.checkpointOf(0)).rejects.toMatchObject({ code: 'busy' });
    await mirror.publish(log.checkpointNote(), AT);
    expect(mirror.size()).toBe(8);
    const { id, doc } = await log.record(4);
    expect(await mirror.findDocument(doc)).toBe(4);
    const page = { from: 1, limit: 9 };
    expect(await mirror.history(id, page)).toEqual(await log.history(id, page));
    expect(await mirror.bundle(0, 8)).toEqual(await log.bundle(0, 8));
    expect(await mirror.tile(0, 0, 8)).toEqual(await log.tile(0, 0, 8));
    expect(await mirror.inclusionProof(3, 6)).toEqual(await log.inclusionProof(3, 6));
  });

  it('renews its cosignature, also across a restart, while receipts stay as they were', async () => {
    const log = await makeLog(2);
    const store = new MemoryStore();
    const mirror = await copy(log, new MemoryStore(store));
    await mirror.publish(log.checkpointNote(), AT);
    const receipt = await mirror.receipt(1);
    await mirror.publish(log.checkpointNote(), LATER);
    const times = (note: string) =>
      readSignedCheckpoint(Buffer.from(note), KEY.verifier, [COSIGNER.verifier]).cosignatures;
    expect(times(mirror.checkpointNote())).toMatchObject([{ at: LATER }]);
    await mirror.close();
    const again = await openMirrorLog(store, OPTIONS);
    expect(times(again.checkpointNote())).toMatchObject([{ at: LATER }]);
    await log.append(makeStatement(5));
    await again.aim(log.checkpointNote());
    await again.take(await toPackage(log, 3, 4));
    await again.publish(log.checkpointNote(), AT);
    expect([again.size(), await again.receipt(1)]).toEqual([4, receipt]);
  });

  it('publishes no checkpoint but that of exactly what it has', async () => {
    const log = await makeLog(2);
    const short = log.checkpointNote();
    await log.append(makeStatement(9));
    for (const note of [short, signCheckpoint({ origin: ORIGIN, size: 4, root: new Uint8Array(32) }, KEY)]) {
      const store = new MemoryStore();
      const mirror = await copy(log, new MemoryStore(store));
      await expect(mirror.publish(note, AT)).rejects.toMatchObject({ code: 'closed', cause: { code: 'corrupt' } });
      // What went wrong once is not tried again by the same process.
      await expect(mirror.publish(log.checkpointNote(), AT)).rejects.toMatchObject({ code: 'closed' });
      expect(mirror.size()).toBe(0);
      const again = await openMirrorLog(store, OPTIONS);
      expect([again.size(), again.stored]).toEqual([0, 4]);
      await again.publish(log.checkpointNote(), AT);
      expect(again.size()).toBe(4);
    }
  });

  it('takes no package but the next one', async () => {
    const log = await makeLog(3);
    const mirror = await openMirrorLog(new MemoryStore(), OPTIONS);
    await mirror.aim(log.checkpointNote());
    await expect(mirror.take(await toPackage(log, 1, 4))).rejects.toMatchObject({ code: 'closed' });
  });

  it('is not opened as the mirror of another key, nor a log as a mirror, nor anything else', async () => {
    const log = await makeLog(1);
    const store = new MemoryStore();
    await (await copy(log, new MemoryStore(store))).close();
    const other = toLogKey(ORIGIN, new Uint8Array(32).fill(8));
    await expect(openMirrorLog(store, { ...OPTIONS, log: other.verifier })).rejects.toMatchObject({ code: 'config' });
    const own = new MemoryStore();
    await (await openStoreLog(new MemoryStore(own), ORIGIN, KEY)).close();
    await expect(openMirrorLog(own, OPTIONS)).rejects.toMatchObject({ code: 'config' });
    const strange = new MemoryStore();
    await strange.write([[Buffer.from('hello'), Buffer.from('world')]]);
    await expect(openMirrorLog(strange, OPTIONS)).rejects.toMatchObject({ code: 'config' });
  });

  it('is the log itself to whoever has the key of the log', async () => {
    const log = await makeLog(5);
    const store = new MemoryStore();
    const mirror = await copy(log, new MemoryStore(store));
    await mirror.publish(log.checkpointNote(), AT);
    const restored = await openStoreLog(store, ORIGIN, KEY);
    expect(restored.size()).toBe(6);
    const receipt = await restored.append(makeStatement(77));
    expect(receipt.index).toBe(6);
    const [old, now] = [log.checkpointNote(), restored.checkpointNote()].map(
      (note) => readSignedCheckpoint(Buffer.from(note), KEY.verifier).checkpoint,
    );
    const proof = await restored.consistencyProof(6);
    expect(isConsistent(6, old!.root, 7, now!.root, proof)).toBe(true);
  });
});

describe('a cosigned checkpoint', () => {
  const note = signCheckpoint({ origin: ORIGIN, size: 1, root: new Uint8Array(32).fill(1) }, KEY);

  it('keeps what others signed, and has one cosignature of the mirror however often it is made', () => {
    const witness = toCosignerKey('witness.example.org/w', new Uint8Array(32).fill(6));
    const witnessed = cosignCheckpoint(note, KEY.verifier, witness, AT);
    const once = cosignCheckpoint(witnessed, KEY.verifier, COSIGNER, AT);
    const twice = cosignCheckpoint(once, KEY.verifier, COSIGNER, LATER);
    const { cosignatures } = readSignedCheckpoint(Buffer.from(twice), KEY.verifier, [
      witness.verifier,
      COSIGNER.verifier,
    ]);
    expect(cosignatures.map(({ key, at }) => [key.name, at])).toEqual([
      [witness.name, AT],
      [COSIGNER.name, LATER],
    ]);
    expect(readNote(Buffer.from(twice)).signatures).toHaveLength(3);
  });

  it('can still be read where the log came with as many signatures as a note may have', () => {
    const { text, signatures } = readNote(Buffer.from(note));
    const strangers = Array.from({ length: 99 }, (_, at) => ({
      name: `stranger.example.org/${at}`,
      keyId: at.toString(16).padStart(8, '0'),
      bytes: new Uint8Array(72),
    }));
    const full = writeNote({ text, signatures: [...strangers, ...signatures] });
    const cosigned = cosignCheckpoint(full, KEY.verifier, COSIGNER, AT);
    const read = readSignedCheckpoint(Buffer.from(cosigned), KEY.verifier, [COSIGNER.verifier]);
    expect(read.cosignatures).toHaveLength(1);
    expect(readNote(Buffer.from(cosigned)).signatures).toHaveLength(100);
  });

  it('is not made of what the log did not sign', () => {
    const other = toLogKey(ORIGIN, new Uint8Array(32).fill(8));
    expect(() => cosignCheckpoint(note, other.verifier, COSIGNER, AT)).toThrow(/not signed/);
  });

  it('is renewed when it grows old, when the log shows more signatures, and for another checkpoint', () => {
    const cosigned = cosignCheckpoint(note, KEY.verifier, COSIGNER, AT);
    expect(isCosigned(cosigned, note, COSIGNER, AT)).toBe(true);
    expect(isCosigned(cosigned, note, COSIGNER, LATER)).toBe(false);
    const witness = toCosignerKey('witness.example.org/w', new Uint8Array(32).fill(6));
    const witnessed = cosignCheckpoint(note, KEY.verifier, witness, AT);
    expect(isCosigned(cosigned, witnessed, COSIGNER, AT)).toBe(false);
    const other = signCheckpoint({ origin: ORIGIN, size: 2, root: new Uint8Array(32).fill(1) }, KEY);
    expect(isCosigned(cosigned, other, COSIGNER, AT)).toBe(false);
    expect(isCosigned(note, note, COSIGNER, AT)).toBe(false);
  });
});
