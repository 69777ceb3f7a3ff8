import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { auditLog } from '../../src/log/audit.ts';
import { readSignedCheckpoint } from '../../src/log/checkpoint.ts';
import { writeDocumentBundle } from '../../src/log/document-bundle.ts';
import type { LogRecord } from '../../src/log/log.ts';
import { openLogKey } from '../../src/log/log-key.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { openMirrorLog } from '../../src/log/mirror-log.ts';
import { type LogKey, toCosignerKey } from '../../src/log/note-key.ts';
import { sha256Hex } from '../../src/log/sha256.ts';
import type { Store } from '../../src/log/store.ts';
import { toCheckpointKey } from '../../src/log/store-key.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import { pullLog } from '../../src/registry/pull-log.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { FaultStore } from '../log/fault-store.ts';
import { lie } from '../peer/made-log.ts';
import { forgeLog } from './forged-log.ts';
import { makePlace, type RegistryPlace } from './world.ts';

const MIRROR = toCosignerKey('mirror.example.org/mirror', new Uint8Array(32).fill(9));

let place: RegistryPlace;
let origin: OpenRegistry;
let key: LogKey;
let ada: TestEndorser;

beforeAll(async () => {
  place = await makePlace();
  origin = await place.open({ limits: { workers: 1 } });
  key = await openLogKey(join(place.directory, 'data', 'log.key'), origin.log.origin);
  ada = await makeEndorser(place.authority, 'ada');
  const image = describeImage('pulled 0');
  for (const [at, description] of [image, describeImage('pulled 1'), image].entries()) {
    const bytes = await makeEntry(ada, description, { createdAt: new Date(NOW.getTime() - 60_000 + at * 1000) });
    expect(await origin.submit(bytes)).toMatchObject({ outcome: 'accepted' });
  }
});
afterAll(async () => {
  await origin.close();
  place.remove();
});

/** One pull into a store that lives on; what it threw, or nothing. */
async function pull(store: Store, source: LogSource): Promise<unknown> {
  try {
    const mirror = await openMirrorLog(store, { log: key.verifier, cosigner: MIRROR });
    const signal = new AbortController().signal;
    const { verifier } = origin;
    await pullLog({ source, mirror, verifier, log: key.verifier, now: () => NOW, onProgress: () => {}, signal });
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

/** What is in a mirror is under the log's checkpoints, and cosigned only where all of it is there. */
async function expectSound(memory: MemoryStore): Promise<number> {
  const notes = await memory.range(toCheckpointKey(0), toCheckpointKey(1_000), 1_000);
  const sizes = notes.map(([, note]) => {
    const { checkpoint, cosignatures } = readSignedCheckpoint(note, key.verifier, [MIRROR.verifier]);
    expect(cosignatures).toHaveLength(1);
    return checkpoint.size;
  });
  const problems = await auditLog(new MemoryStore(memory), key.verifier);
  const none = sizes.length === 0 ? ['there is no signed checkpoint'] : [];
  expect(problems).toEqual(none);
  return Math.max(0, ...sizes);
}

async function countAnswers(): Promise<number> {
  const source = new CountingSource(Number.POSITIVE_INFINITY);
  expect(await pull(new MemoryStore(), source)).toBeUndefined();
  return source.answers;
}

/** The origin, until the line breaks at one of its answers. */
class CountingSource extends ReaderLogSource {
  answers = 0;
  readonly #broken: number;

  constructor(broken: number) {
    super(origin.log);
    this.#broken = broken;
  }

  override checkpoint = (): Promise<Uint8Array> => this.#answer(() => super.checkpoint());
  override tile = (...place: [number, number, number]): Promise<Uint8Array> => this.#answer(() => super.tile(...place));
  override bundle = (...place: [number, number]): Promise<Uint8Array> => this.#answer(() => super.bundle(...place));
  override blob = (sha256: string): Promise<Uint8Array> => this.#answer(() => super.blob(sha256));

  async #answer(act: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const bytes = await act();
    if (this.answers++ === this.#broken) throw new VouchError('unreachable', 'The line is down.');
    return bytes;
  }
}

describe('an interrupted pull (MR-01)', () => {
  it('goes on where it was, whichever answer of the log broke it', async () => {
    const answers = await countAnswers();
    expect(answers).toBeGreaterThan(8);
    for (let broken = 0; broken < answers; broken += 1) {
      const memory = new MemoryStore();
      expect(await pull(new MemoryStore(memory), new CountingSource(broken))).toMatchObject({ code: 'unreachable' });
      await expectSound(memory);
      expect(await pull(memory, new ReaderLogSource(origin.log))).toBeUndefined();
      expect(await expectSound(memory)).toBe(origin.log.size());
    }
  });

  it('goes on where it was, whichever call of the store failed before or after its effect, or killed the process', async () => {
    const counting = new FaultStore(new MemoryStore());
    expect(await pull(counting, new ReaderLogSource(origin.log))).toBeUndefined();
    expect(counting.calls).toBeGreaterThan(15);
    for (let call = 0; call < counting.calls; call += 1) {
      for (const moment of ['before', 'after'] as const) {
        for (const isFatal of [false, true]) {
          const memory = new MemoryStore();
          const store = new FaultStore(new MemoryStore(memory), { call, moment, isFatal });
          expect(await pull(store, new ReaderLogSource(origin.log))).toBeInstanceOf(Error);
          expect(await pull(memory, new ReaderLogSource(origin.log))).toBeUndefined();
          expect(await expectSound(memory)).toBe(origin.log.size());
        }
      }
    }
  });
});

describe('documents that come many at a time', () => {
  const many = (documents: LogSource['documents']): LogSource =>
    lie(new ReaderLogSource(origin.log), { documents: documents! });

  it('are taken from one answer, but for the certificates', async () => {
    const memory = new MemoryStore();
    const asked: string[] = [];
    const source = new ReaderLogSource(origin.log);
    const counting = lie(source, {
      documents: (from, to) => writeDocumentBundle(origin.log, from, to),
      blob: (sha256) => {
        asked.push(sha256);
        return source.blob(sha256);
      },
    });
    expect(await pull(memory, counting)).toBeUndefined();
    expect(await expectSound(memory)).toBe(origin.log.size());
    const { doc, ev } = await origin.log.record(1);
    expect(asked).not.toContain(doc);
    expect(asked).not.toContain(ev);
  });

  it.each<[string, LogSource['documents']]>([
    ['are others than were recorded', async () => Buffer.from('000000036162630000000178', 'hex')],
    ['are cut off', async (from, to) => (await writeDocumentBundle(origin.log, from, to)).subarray(0, 3000)],
    [
      'are not to be had',
      async () => {
        throw new VouchError('not-found', 'no such thing');
      },
    ],
  ])('are asked for one by one where they %s', async (_, documents) => {
    const memory = new MemoryStore();
    expect(await pull(memory, many(documents))).toBeUndefined();
    expect(await expectSound(memory)).toBe(origin.log.size());
  });
});

describe('a trust snapshot that names more than there can be', () => {
  it('does not fill the memory of the mirror', async () => {
    const anchors = Array.from({ length: 70 }, (_, at) => Buffer.alloc(1_048_576, at));
    const snapshot = Buffer.from(anchors.map((anchor) => `anchor ${sha256Hex(anchor)}\n`).join(''));
    const forged = await forgeLog(origin.log, key, ([first]) => [
      { ...first!, doc: sha256Hex(snapshot), len: snapshot.length },
    ]);
    const blobs = new Map([snapshot, ...anchors].map((bytes) => [sha256Hex(bytes), bytes]));
    const memory = new MemoryStore();
    expect(await pull(memory, lie(forged, { blob: async (sha256) => blobs.get(sha256)! }))).toMatchObject({
      breach: 'leaf',
      message: expect.stringContaining('more certificates than any can'),
    });
    expect(await expectSound(memory)).toBe(0);
  });
});

const wrong = (changes: Partial<LogRecord>) => (records: LogRecord[]) =>
  records.with(2, { ...records[2]!, ...changes });

describe('a log that lies to its mirror', () => {
  it.each([
    ['gives a swapped document', async () => Buffer.from('something else')],
    [
      'gives a document longer than any',
      async () => {
        throw new VouchError('too-large', 'more bytes than allowed');
      },
    ],
  ])('is not cosigned where it %s', async (_, blob) => {
    const memory = new MemoryStore();
    const source = lie(new ReaderLogSource(origin.log), { blob });
    expect(await pull(memory, source)).toMatchObject({ breach: 'blob' });
    expect(await expectSound(memory)).toBe(0);
  });

  it.each<[string, (records: LogRecord[]) => LogRecord[], object]>([
    ['another signer', wrong({ signer: 'ab'.repeat(32) }), { breach: 'entry' }],
    ['other signed octets', wrong({ c14n: 'ab'.repeat(32) }), { breach: 'entry' }],
    ['another algorithm', wrong({ sig: 'rsa-sha1' }), { breach: 'entry' }],
    ['a deprecation that is none', wrong({ act: 'deprecated' }), { breach: 'entry' }],
    ['another time of signing', wrong({ created: '2026-11-21T11:50:00Z' }), { breach: 'entry' }],
    ['another length', wrong({ len: 7 }), { breach: 'leaf' }],
    ['an original that is none', wrong({ t: 'import' }), { breach: 'entry' }],
    ['another time of acceptance', wrong({ at: '2027-11-21T11:59:59Z' }), { breach: 'entry' }],
    [
      'the documents of two images the wrong way round',
      (records) => {
        const [, one, other] = records as [LogRecord, LogRecord, LogRecord];
        const swapped = [
          { ...one, doc: other.doc, len: other.len },
          { ...other, doc: one.doc, len: one.len },
        ];
        return [records[0]!, ...swapped, ...records.slice(3)];
      },
      { breach: 'entry' },
    ],
    [
      'the same document twice',
      (records) => [...records, { ...records[2]!, seq: 2, prev: 2 }],
      { breach: 'leaf', message: expect.stringContaining('recorded before') },
    ],
    ['a record out of its chain', wrong({ seq: 2, prev: 1 }), { breach: 'leaf' }],
  ])('is not cosigned where it records %s', async (_, change, breach) => {
    const memory = new MemoryStore();
    expect(await pull(memory, await forgeLog(origin.log, key, change))).toMatchObject(breach);
    expect(await expectSound(memory)).toBe(0);
  });
});
