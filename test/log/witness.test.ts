import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readAddCheckpoint, writeAddCheckpoint } from '../../src/log/add-checkpoint.ts';
import { readSignedCheckpoint, signCheckpoint } from '../../src/log/checkpoint.ts';
import { openLevelStore } from '../../src/log/level-store.ts';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { toLogKey } from '../../src/log/note-key.ts';
import { sha256Hex } from '../../src/log/sha256.ts';
import type { Pair, Store } from '../../src/log/store.ts';
import { toWitnessKey } from '../../src/log/store-key.ts';
import { proveConsistency } from '../../src/log/tile-tree.ts';
import { Witness } from '../../src/log/witness.ts';
import { readNote } from '../../src/proof/note.ts';
import { KEY, ORIGIN } from './statement.ts';
import { growTree } from './vectors.ts';
import { cosign, makeCosigner } from './witnesses.ts';

const NOW = new Date('2026-11-20T12:00:00.500Z');
const W = makeCosigner('site-b.example.org/witness');
const OTHER = toLogKey('other.example.org/log', new Uint8Array(32).fill(3));
const SAME_NAME = toLogKey(ORIGIN, new Uint8Array(32).fill(4));

let now = NOW;
afterEach(() => {
  now = NOW;
});

function open(store: Store = new MemoryStore()): Witness {
  return new Witness({ store, key: W, logs: [KEY.verifier, OTHER.verifier], now: () => now });
}

async function toNote(size: number, key = KEY, root?: Uint8Array): Promise<string> {
  const { tree } = await growTree(size);
  return signCheckpoint({ origin: key.name, size, root: root ?? tree.root() }, key);
}

/** The body that an honest log sends, with what a test changes in it. */
async function toBody(
  oldSize: number,
  size: number,
  change: { note?: string; proof?: readonly Uint8Array[]; more?: string } = {},
): Promise<Uint8Array> {
  const { tiles } = await growTree(size);
  const proof = change.proof ?? (oldSize > size ? [] : await proveConsistency(tiles, oldSize, size));
  return Buffer.from(
    writeAddCheckpoint({ oldSize, proof, note: (change.note ?? (await toNote(size))) + (change.more ?? '') }),
  );
}

async function sizeOf(witness: Witness): Promise<number | undefined> {
  const note = await witness.checkpoint(sha256Hex(Buffer.from(ORIGIN)));
  return note === undefined
    ? undefined
    : readSignedCheckpoint(Buffer.from(note), KEY.verifier, [W.verifier]).checkpoint.size;
}

const HASH = Buffer.alloc(32, 1);

describe('a witness', () => {
  it('cosigns what continues what it saw, with the time, and shows what it saw last', async () => {
    const witness = open();
    expect(await sizeOf(witness)).toBeUndefined();
    for (const [from, to] of [
      [0, 3],
      [3, 7],
      [7, 7],
      [7, 300],
    ] as const) {
      const answer = await witness.add(await toBody(from, to));
      const text = readNote(Buffer.from(await toNote(to))).text;
      expect(answer).toEqual({ status: 200, lines: cosign(W, text, new Date('2026-11-20T12:00:00Z')) });
      expect(await sizeOf(witness)).toBe(to);
    }
    expect(await witness.checkpoint(sha256Hex(Buffer.from(OTHER.name)))).toBeUndefined();
    expect(await witness.checkpoint(sha256Hex(Buffer.from('unknown')))).toBeUndefined();
  });

  it('begins with an empty tree as well as with any other', async () => {
    const witness = open();
    expect(await witness.add(await toBody(0, 0))).toMatchObject({ status: 200 });
    expect(await witness.add(await toBody(0, 5))).toMatchObject({ status: 200 });
  });

  it('keeps each log apart', async () => {
    const witness = open();
    expect(await witness.add(await toBody(0, 9))).toMatchObject({ status: 200 });
    expect(await witness.add(await toBody(0, 4, { note: await toNote(4, OTHER) }))).toMatchObject({ status: 200 });
    expect(await witness.add(await toBody(9, 9))).toMatchObject({ status: 200 });
  });

  it('remembers over a restart', async () => {
    const store = new MemoryStore();
    await open(store).add(await toBody(0, 6));
    const again = open(new MemoryStore(store));
    expect(await again.add(await toBody(0, 9))).toEqual({ status: 409, size: 6 });
    expect(await again.add(await toBody(6, 9))).toMatchObject({ status: 200 });
  });

  it('writes to disk before it answers, and not at all for what it said before', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'vouch-witness-'));
    const level = await openLevelStore(directory);
    let writes = 0;
    const counting: Store = {
      read: (keys) => level.read(keys),
      has: (keys) => level.has(keys),
      range: (...bounds) => level.range(...bounds),
      write: (pairs: readonly Pair[]) => {
        writes += 1;
        return level.write(pairs);
      },
      close: () => level.close(),
    };
    const witness = open(counting);
    const first = await witness.add(await toBody(0, 6));
    expect(await witness.add(await toBody(6, 6))).toEqual(first);
    expect(writes).toBe(1);
    now = new Date(NOW.getTime() + 1000);
    expect(await witness.add(await toBody(6, 6))).toMatchObject({ status: 200 });
    expect(writes).toBe(2);
    await witness.close();
    await rm(directory, { recursive: true });
  });

  it('gives no answer where its state cannot be written, and cosigns the same afterwards', async () => {
    const store = new MemoryStore();
    const failing = new MemoryStore(store);
    failing.write = () => Promise.reject(new Error('the disk is full'));
    await expect(open(failing).add(await toBody(0, 6))).rejects.toThrow('the disk is full');
    expect(await open(store).add(await toBody(0, 7))).toMatchObject({ status: 200 });
  });

  it('never goes back in time by a clock that was set back a little', async () => {
    const witness = open();
    await witness.add(await toBody(0, 6));
    now = new Date(NOW.getTime() - 60_000);
    const text = readNote(Buffer.from(await toNote(7))).text;
    const lines = cosign(W, text, new Date('2026-11-20T12:00:00Z'));
    expect(await witness.add(await toBody(6, 7))).toEqual({ status: 200, lines });
  });

  it('is not made for keys that are no log keys', () => {
    expect(() => new Witness({ store: new MemoryStore(), key: W, logs: [W.verifier], now: () => NOW })).toThrow(
      'not that of a log',
    );
  });

  it('says so when what it stored is damaged', async () => {
    const store = new MemoryStore();
    await store.write([[toWitnessKey(ORIGIN), Buffer.from(await toNote(6))]]);
    await expect(open(store).add(await toBody(6, 7))).rejects.toMatchObject({ code: 'corrupt' });
  });
});

describe('the answer of a witness that saw 6 records (WT-02)', () => {
  const forkRoot = Buffer.alloc(32, 9);
  it.each([
    ['continues', 200, () => toBody(6, 9)],
    ['the same again', 200, () => toBody(6, 6)],
    ['unknown origin', 404, async () => toBody(6, 9, { note: await toNote(9, toLogKey('x.example/log', HASH)) })],
    ['known origin, unknown key', 403, async () => toBody(6, 9, { note: await toNote(9, SAME_NAME) })],
    [
      'known key, broken signature',
      403,
      async () => toBody(6, 9, { note: (await toNote(9)).replace('\n9\n', '\n8\n') }),
    ],
    [
      'signed by a witness only',
      403,
      async () => {
        const { text } = readNote(Buffer.from(await toNote(9)));
        return toBody(6, 9, { note: `${text}\n${cosign(W, text, NOW)}` });
      },
    ],
    ['old above new', 400, () => toBody(9, 6)],
    ['old is not what was seen', 409, () => toBody(5, 9)],
    ['old is more than was seen', 409, () => toBody(8, 9)],
    ['old 0, to ask for the size', 409, () => toBody(0, 9)],
    ['smaller tree', 409, () => toBody(3, 5)],
    ['proof missing', 422, () => toBody(6, 9, { proof: [] })],
    [
      'proof with one hash changed',
      422,
      async () => {
        const { tiles } = await growTree(9);
        const [, ...rest] = await proveConsistency(tiles, 6, 9);
        return toBody(6, 9, { proof: [HASH, ...rest] });
      },
    ],
    [
      'proof too long',
      422,
      async () => {
        const { tiles } = await growTree(9);
        return toBody(6, 9, { proof: [...(await proveConsistency(tiles, 6, 9)), HASH] });
      },
    ],
    ['same size, other root', 422, async () => toBody(6, 6, { note: await toNote(6, KEY, forkRoot) })],
    ['same size, with a proof', 422, () => toBody(6, 6, { proof: [HASH] })],
    ['fork', 422, async () => toBody(6, 9, { note: await toNote(9, KEY, forkRoot) })],
  ] as const)('%s: %i', async (_, status, make) => {
    const witness = open();
    await witness.add(await toBody(0, 6));
    const answer = await witness.add(await make());
    expect(answer.status).toBe(status);
    if (answer.status === 409) expect(answer.size).toBe(6);
    expect(await sizeOf(witness)).toBe(status === 200 && _ === 'continues' ? 9 : 6);
  });

  it.each([
    ['empty tree with another root', 422, async () => toBody(0, 0, { note: await toNote(0, KEY, forkRoot) })],
    ['empty tree with a proof', 422, () => toBody(0, 0, { proof: [HASH] })],
    ['proof with old 0', 422, () => toBody(0, 9, { proof: [HASH] })],
    ['first of all', 200, () => toBody(0, 9)],
  ] as const)('or none: %s: %i', async (_, status, make) => {
    expect(await open().add(await make())).toMatchObject({ status });
  });

  it.each([
    ['nothing', () => ''],
    ['no old line', (note: string) => note],
    ['old with a leading zero', (note: string) => `old 06\n\n${note}`],
    ['old negative', (note: string) => `old -1\n\n${note}`],
    ['old hexadecimal', (note: string) => `old 0x6\n\n${note}`],
    ['old above 2^64', (note: string) => `old 18446744073709551616\n\n${note}`],
    ['no blank line', (note: string) => `old 6\n${note}`],
    ['CRLF', (note: string) => `old 6\r\n\r\n${note}`],
    ['a proof line that is no hash', (note: string) => `old 6\nAAAA\n\n${note}`],
    ['a proof line with junk', (note: string) => `old 6\n${HASH.toString('base64').replace('=', '*')}\n\n${note}`],
    ['64 proof lines', (note: string) => `old 6\n${`${HASH.toString('base64')}\n`.repeat(64)}\n${note}`],
    ['no signature', (note: string) => `old 6\n\n${note.slice(0, note.indexOf('\n\n') + 1)}`],
    ['101 signatures', (note: string) => `old 6\n\n${note}${cosign(W, 'x\n', NOW).repeat(100)}`],
    ['a control character', (note: string) => `old 6\n\n${note}`.replace('log', 'l\u0000g')],
  ])('malformed: %s: 400', async (_, write) => {
    expect(await open().add(Buffer.from(write(await toNote(9))))).toMatchObject({ status: 400 });
  });

  it('malformed though signed: extension lines and sizes beyond 2^53: 400', async () => {
    for (const text of [
      `${ORIGIN}\n9\n${HASH.toString('base64')}\nmore\n`,
      `${ORIGIN}\n9007199254740993\n${HASH.toString('base64')}\n`,
    ]) {
      const bytes = Buffer.concat([Buffer.from(KEY.verifier.keyId, 'hex'), KEY.sign(text)]);
      const body = `old 0\n\n${text}\n\u2014 ${ORIGIN} ${bytes.toString('base64')}\n`;
      expect(await open().add(Buffer.from(body))).toMatchObject({ status: 400 });
    }
  });
});

describe('an attacker in front of a witness', () => {
  it('cannot roll it back by a race of two requests (WT-01)', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const witness = open();
      await witness.add(await toBody(0, 6));
      const sizes = turn % 2 === 0 ? [8, 60] : [60, 8];
      const bodies = await Promise.all(sizes.map((size) => toBody(6, size)));
      const answers = await Promise.all(bodies.map((body) => witness.add(body)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const signed = sizes[answers.findIndex(({ status }) => status === 200)];
      expect(answers.find(({ status }) => status === 409)).toEqual({ status: 409, size: signed });
      expect(await sizeOf(witness)).toBe(signed);
    }
  });

  it('cannot put a line of his own into what it keeps (WT-03)', async () => {
    const witness = open();
    const { text } = readNote(Buffer.from(await toNote(9)));
    const mine = makeCosigner('evil.example/witness');
    // Of a stranger, of the witness itself but older and broken, and of the log under another key ID.
    const broken = cosign(W, `${text}x\n`, new Date(0));
    const more = cosign(mine, text, NOW) + broken + cosign(W, text, new Date(0));
    const answer = await witness.add(await toBody(0, 9, { more }));
    expect(answer).toMatchObject({ status: 200 });
    const kept = (await witness.checkpoint(sha256Hex(Buffer.from(ORIGIN))))!;
    expect(kept).toBe((await toNote(9)) + (answer.status === 200 ? answer.lines : ''));
    expect(readSignedCheckpoint(Buffer.from(kept), KEY.verifier, [W.verifier]).cosignatures).toHaveLength(1);
  });
});

describe('the body of add-checkpoint', () => {
  it('is read as it is written', async () => {
    const note = await toNote(9);
    const request = { oldSize: 6, proof: [new Uint8Array(HASH), new Uint8Array(32).fill(2)], note };
    expect(readAddCheckpoint(Buffer.from(writeAddCheckpoint(request)))).toEqual(request);
  });
});
