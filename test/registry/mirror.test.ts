import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { auditLog } from '../../src/log/audit.ts';
import { readSignedCheckpoint } from '../../src/log/checkpoint.ts';
import { openLevelStore } from '../../src/log/level-store.ts';
import { openLogKey } from '../../src/log/log-key.ts';
import type { LogKey } from '../../src/log/note-key.ts';
import { isFork, readForkEvidence } from '../../src/peer/evidence.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import { type MirrorOptions, type OpenMirror, openMirror } from '../../src/registry/open-mirror.ts';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { lie, MadeLog } from '../peer/made-log.ts';
import { forgeLog } from './forged-log.ts';
import { makePlace, type RegistryPlace } from './world.ts';

let place: RegistryPlace;
let origin: OpenRegistry;
let key: LogKey;
let ada: TestEndorser;
let count = 0;

beforeAll(async () => {
  place = await makePlace();
  origin = await place.open();
  key = await openLogKey(join(place.directory, 'data', 'log.key'), origin.log.origin);
  ada = await makeEndorser(place.authority, 'ada');
  await submit(3);
});
afterAll(async () => {
  await origin.close();
  place.remove();
});

async function submit(entries: number): Promise<void> {
  for (let at = 0; at < entries; at += 1) {
    const bytes = await makeEntry(ada, describeImage(`mirrored ${count++}`));
    expect(await origin.submit(bytes)).toMatchObject({ outcome: 'accepted' });
  }
}

const opened: OpenMirror[] = [];
afterEach(async () => {
  for (const mirror of opened.splice(0)) await mirror.close();
});

async function open(name: string, changes: Partial<MirrorOptions> = {}): Promise<OpenMirror> {
  const mirror = await openMirror({
    directory: join(place.directory, name),
    baseUrl: 'http://mirror.test',
    url: 'http://registry.test',
    log: key.verifier,
    source: new ReaderLogSource(origin.log),
    now: () => NOW,
    limits: { workers: 1 },
    ...changes,
  });
  opened.push(mirror);
  return mirror;
}

async function pullFault(mirror: OpenMirror): Promise<VouchError> {
  const thrown = await mirror.follower.pull().then(
    () => undefined,
    (fault: unknown) => fault,
  );
  expect(thrown).toBeInstanceOf(VouchError);
  return thrown as VouchError;
}

/** What a sound mirror must hold: its directory passes the audit that the log's own does. */
async function auditDirectory(name: string): Promise<string[]> {
  const store = await openLevelStore(join(place.directory, name, 'log'));
  try {
    return await auditLog(store, key.verifier);
  } finally {
    await store.close();
  }
}

describe('a mirror', () => {
  it('copies records, documents, evidence, certificates and the trust snapshot, and serves what the log serves', async () => {
    const mirror = await open('copy');
    expect(mirror.log.size()).toBe(0);
    expect(() => mirror.log.checkpointNote()).toThrow(/not copied the first checkpoint/);
    await mirror.follower.pull();
    expect(mirror.mirrored.following()).toMatchObject({ state: 'following', size: 4, stored: 4, targetSize: 4 });
    for (let index = 0; index < 4; index += 1) {
      const record = await origin.log.record(index);
      expect(await mirror.log.record(index)).toEqual(record);
      expect(await mirror.log.blob(record.doc)).toEqual(await origin.log.blob(record.doc));
      if (record.ev !== '') expect(await mirror.log.blob(record.ev)).toEqual(await origin.log.blob(record.ev));
    }
    const evidence = JSON.parse(Buffer.from(await mirror.log.blob((await mirror.log.record(1)).ev)).toString());
    expect(evidence.chain).toHaveLength(2);
    for (const certificate of evidence.chain) expect(await mirror.log.blob(certificate)).not.toHaveLength(0);
    await mirror.catalog.waitFor(4);
    const listed = await mirror.catalog.list({}, NOW, { limit: 10 });
    expect(listed.entries.map(({ documentSha256 }) => documentSha256).toSorted()).toEqual(
      (await origin.catalog.list({}, NOW, { limit: 10 })).entries
        .map(({ documentSha256 }) => documentSha256)
        .toSorted(),
    );
  });

  it('shows the checkpoint of the log with its own cosignature, and no other signature than the log gave', async () => {
    const mirror = await open('copy');
    const note = Buffer.from(mirror.log.checkpointNote());
    const { checkpoint, cosignatures } = readSignedCheckpoint(note, key.verifier, [mirror.key]);
    expect(checkpoint.size).toBe(4);
    expect(cosignatures).toEqual([{ key: mirror.key, at: NOW }]);
    expect(mirror.key.name).toBe('mirror.test/mirror');
    expect(mirror.log.checkpointNote().split('\n— ')).toHaveLength(3);
  });

  it('takes only what is new when it pulls again, and renews its cosignature as time goes on', async () => {
    let now = NOW;
    const mirror = await open('again', { now: () => now });
    await mirror.follower.pull();
    const asked: string[] = [];
    const first = mirror.log.checkpointNote();
    await mirror.follower.pull();
    expect(mirror.log.checkpointNote()).toBe(first);
    now = new Date(NOW.getTime() + 3_600_000);
    await mirror.follower.pull();
    const { cosignatures } = readSignedCheckpoint(Buffer.from(mirror.log.checkpointNote()), key.verifier, [mirror.key]);
    expect(cosignatures[0]?.at).toEqual(now);
    await submit(1);
    await mirror.close();
    const source = new ReaderLogSource(origin.log);
    const again = await open('again', {
      source: lie(source, {
        blob: (sha256) => {
          asked.push(sha256);
          return source.blob(sha256);
        },
      }),
    });
    await again.follower.pull();
    const { doc, ev } = await origin.log.record(origin.log.size() - 1);
    expect(asked.toSorted()).toEqual([doc, ev].toSorted());
    expect(again.log.size()).toBe(origin.log.size());
  });

  it('leaves a directory that the audit of a log finds sound', async () => {
    expect(await auditDirectory('copy')).toEqual([]);
    expect(await auditDirectory('again')).toEqual([]);
  });
});

describe('a log that lies to its mirror', () => {
  it('gets no cosignature while a document is missing, and gets it once it is there (MR-03)', async () => {
    const source = new ReaderLogSource(origin.log);
    const { doc } = await origin.log.record(2);
    let isMissing = true;
    const mirror = await open('missing', {
      source: lie(source, {
        blob: async (sha256) => {
          if (isMissing && sha256 === doc) throw new VouchError('not-found', 'no such blob');
          return source.blob(sha256);
        },
      }),
    });
    expect(await pullFault(mirror)).toMatchObject({ breach: 'unavailable', message: expect.stringContaining(doc) });
    expect(mirror.log.size()).toBe(0);
    expect(mirror.mirrored.following()).toMatchObject({ state: 'waiting', problem: { breach: 'unavailable' } });
    isMissing = false;
    await mirror.follower.pull();
    expect(mirror.log.size()).toBe(origin.log.size());
  });

  it('and forks keeps nothing but the first history, with the proof, also after a restart (MR-02)', async () => {
    const mirror = await open('forked');
    await mirror.follower.pull();
    const size = mirror.log.size();
    const note = mirror.log.checkpointNote();
    await mirror.close();
    // Another history: without the record before the last, and longer in the end.
    const source = await forgeLog(origin.log, key, (records) => {
      const kept = records.filter((_, at) => at !== records.length - 2);
      const trust = { ...records[0]!, at: '2026-11-21T13:00:00Z' };
      return [...kept, trust, { ...trust, at: '2026-11-21T13:00:01Z' }];
    });
    const fooled = await open('forked', { source });
    expect(await pullFault(fooled)).toMatchObject({ breach: 'fork', code: 'corrupt' });
    const { state, evidence } = fooled.mirrored.following();
    expect(state).toBe('forked');
    expect(isFork(readForkEvidence(readFileSync(evidence!, 'utf8')), key.verifier)).toBe(true);
    expect([fooled.log.size(), fooled.log.checkpointNote()]).toEqual([size, note]);
    await fooled.close();
    // The honest log again: what was proven stays proven.
    await submit(1);
    const later = await open('forked');
    expect(later.mirrored.following()).toMatchObject({ state: 'forked', evidence, size });
    expect(await pullFault(later)).toMatchObject({ breach: 'fork' });
    expect(later.log.checkpointNote()).toBe(note);
    await later.close();
    expect(await auditDirectory('forked')).toEqual([]);
  });

  it('and goes back is not followed: the mirror keeps what it has, and goes on when the log does', async () => {
    let isOld = false;
    const old = origin.log.checkpointNote();
    const source = new ReaderLogSource(origin.log);
    const mirror = await open('rolled', {
      source: lie(source, { checkpoint: async () => (isOld ? Buffer.from(old) : source.checkpoint()) }),
    });
    await submit(1);
    await mirror.follower.pull();
    const size = mirror.log.size();
    isOld = true;
    expect(await pullFault(mirror)).toMatchObject({ breach: 'rollback' });
    expect(mirror.log.size()).toBe(size);
    isOld = false;
    await mirror.follower.pull();
    expect(mirror.mirrored.following().problem).toBeUndefined();
  });
});

describe('the directory of a mirror', () => {
  it('is refused for the mirror of another key, for a registry, and where the copy is gone but its key is not', async () => {
    const made = await MadeLog.of([]);
    await expect(open('copy', { log: made.key.verifier })).rejects.toMatchObject({ code: 'config' });
    await expect(place.open({ directory: join(place.directory, 'copy') })).rejects.toMatchObject({ code: 'config' });
    await expect(open('data')).rejects.toMatchObject({ code: 'config' });
    rmSync(join(place.directory, 'missing', 'log'), { recursive: true });
    await expect(open('missing')).rejects.toMatchObject({ code: 'corrupt' });
  });
});

describe('what a mirror is asked to take', () => {
  it('is refused with the address of the registry that takes it', async () => {
    const mirror = await open('copy');
    try {
      const refusal = mirror.submit(await makeEntry(ada));
      await expect(refusal).rejects.toMatchObject({
        code: 'read-only',
        message: expect.stringContaining('http://registry.test'),
      });
    } finally {
      await mirror.close();
    }
  });
});
