import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VouchError } from '../../src/errors.ts';
import { readSignedCheckpoint } from '../../src/log/checkpoint.ts';
import { readDocumentBundle } from '../../src/log/document-bundle.ts';
import { isConsistent } from '../../src/log/merkle.ts';
import { toLogKey, type VerifierKey } from '../../src/log/note-key.ts';
import { readRecordProof } from '../../src/log/record-proof.ts';
import { ReaderLogSource } from '../../src/peer/reader-log-source.ts';
import { verifyHistory } from '../../src/peer/verify-history.ts';
import { createApp } from '../../src/server/app.ts';
import { NOW, openTwin, type RegistryTwin, toIdentifier } from './registry-twin.ts';

const KEY = toLogKey('vouch.example.org/log', Buffer.alloc(32, 5));
let twin: RegistryTwin;
let app: ReturnType<typeof createApp>;
const log: VerifierKey = KEY.verifier;
const faults: string[] = [];

/** Sizes a checkpoint was signed for: one entry, then another, then five at once, then a hundred and ten about one image. */
const SIZES = [0, 1, 2, 7, 117];

beforeAll(async () => {
  twin = await openTwin(KEY);
  app = createApp(twin, {
    documents: twin.documents,
    now: () => NOW,
    onFault: ({ code }: VouchError) => faults.push(code),
  });
  await twin.put({ identifier: toIdentifier(1) }, '<first/>');
  await twin.put({ identifier: toIdentifier(2) }, '<second/>');
  await putMany(5, 3);
  await putMany(110, 4);
});
afterAll(() => twin.close());

async function putMany(count: number, image: number): Promise<void> {
  const at = (number: number) => new Date(NOW.getTime() - 1_000_000 + number * 1000);
  const entries = Array.from({ length: count }, (_, number) =>
    twin.put({ identifier: toIdentifier(image), createdAt: at(number) }, `<many image="${image}" n="${number}"/>`),
  );
  await Promise.all(entries);
}

async function get(path: string): Promise<{ status: number; text: string; headers: Headers }> {
  const reply = await app.request(path);
  return { status: reply.status, text: await reply.text(), headers: reply.headers };
}

describe('a proof', () => {
  test('of every record in every signed tree verifies, and says which record it is', async () => {
    for (const size of SIZES) {
      for (const index of [0, 1, 4, 6, 7, 116].filter((one) => one < size)) {
        const { text, headers } = await get(`/log/proof/index/${index}?size=${size}`);
        const proven = readRecordProof(text, log);
        expect([proven.index, proven.checkpoint.size]).toEqual([index, size]);
        expect(proven.record).toEqual(await twin.log.record(index));
        expect(headers.get('Content-Type')).toBe('text/plain; charset=utf-8');
        expect(headers.get('Cache-Control')).toBe('public, max-age=3600');
      }
    }
  });

  test('without a size is for the tree of now, and kept no longer than the checkpoint', async () => {
    const { text, headers } = await get('/log/proof/index/0');
    expect(readRecordProof(text, log).checkpoint.size).toBe(117);
    expect(headers.get('Cache-Control')).toBe('max-age=5');
  });

  test('is found by the SHA-256 of the document', async () => {
    const { doc } = await twin.log.record(1);
    expect(readRecordProof((await get(`/log/proof/doc/${doc}`)).text, log).index).toBe(1);
    expect(readRecordProof((await get(`/log/proof/doc/${doc}?size=7`)).text, log).checkpoint.size).toBe(7);
    expect((await get(`/log/proof/doc/${doc}?size=1`)).status).toBe(404);
  });

  test('is not given for a tree nobody signed, and the next signed one is named', async () => {
    const { status, text } = await get('/log/proof/index/0?size=5');
    expect([status, JSON.parse(text).detail]).toEqual([
      404,
      'No checkpoint was signed for 5 records; the next one after it is of 7.',
    ]);
  });
});

describe('a receipt', () => {
  test('cites the first checkpoint that covers the record, for ever', async () => {
    const sizes = [0, 1, 2, 6, 7, 116].map(async (index) => {
      const { text, headers } = await get(`/log/receipt/${index}`);
      expect(headers.get('Content-Disposition')).toBe(`inline; filename="record-${index}.tlog-proof"`);
      return readRecordProof(text, log).checkpoint.size;
    });
    expect(await Promise.all(sizes)).toEqual([1, 2, 7, 7, 117, 117]);
  });

  test('comes with the acceptance of the entry', async () => {
    twin.mean('<fresh/>', { identifier: toIdentifier(9) });
    const other = await openTwin(KEY);
    other.mean('<fresh/>', { identifier: toIdentifier(9) });
    const { request } = createApp(other, { documents: other.documents, now: () => NOW });
    const post = () =>
      request('/metadata', { method: 'POST', body: '<fresh/>', headers: { 'Content-Type': 'application/xml' } });
    const accepted = (await (await post()).json()) as { index: number; receipt: string };
    expect(readRecordProof(accepted.receipt, log)).toMatchObject({ index: 0, record: { id: toIdentifier(9) } });
    const known = (await (await post()).json()) as { outcome: string; receipt: string };
    expect(known).toMatchObject({ outcome: 'known', receipt: accepted.receipt });
    await other.close();
  });
});

describe('consistency', () => {
  test('between any earlier size and any signed one is proven, with the checkpoint, as a witness takes it', async () => {
    for (const to of SIZES) {
      for (const from of [0, 1, 2, 3, 6, 7, 64, 100, 117].filter((one) => one <= to)) {
        const { text } = await get(`/log/consistency?from=${from}&to=${to}`);
        const blank = text.indexOf('\n\n');
        const [head, ...lines] = text.slice(0, blank).split('\n');
        expect(head).toBe(`old ${from}`);
        const { checkpoint } = readSignedCheckpoint(Buffer.from(text.slice(blank + 2)), log);
        const hashes = lines.map((line) => Buffer.from(line, 'base64'));
        expect(isConsistent(from, await rootOf(from), to, checkpoint.root, hashes)).toBe(true);
      }
    }
    expect((await get('/log/consistency?from=7')).text).toContain('\n117\n');
  });

  /** The root, by way of the proof of the whole: `from` leaves alone are a tree of their own. */
  async function rootOf(size: number): Promise<Uint8Array> {
    const { TreeEdge } = await import('../../src/log/tree-edge.ts');
    const { hashLeaf } = await import('../../src/log/merkle.ts');
    const { writeRecord } = await import('../../src/proof/record.ts');
    const edge = TreeEdge.of(0, []);
    for await (const { record } of twin.log.records(0, size)) edge.append(hashLeaf(writeRecord(record)));
    return edge.root();
  }
});

describe('the history of an image', () => {
  test('is every record about it in the tree asked for, each proven, a hundred at a time', async () => {
    const first = JSON.parse((await get(`/log/history/${toIdentifier(4)}`)).text);
    expect([first.size, first.records.length, first.next]).toEqual([117, 100, 101]);
    const rest = JSON.parse((await get(`/log/history/${toIdentifier(4)}?from=${first.next}&size=${first.size}`)).text);
    expect([rest.records.length, rest.next]).toEqual([10, undefined]);
    const proven = [...first.records, ...rest.records].map(({ index, proof }) => {
      const read = readRecordProof(proof, log);
      expect([read.index, read.checkpoint.size]).toEqual([index, 117]);
      return read.record;
    });
    expect(proven.map(({ id, seq }) => [id, seq])).toEqual(proven.map((_, at) => [toIdentifier(4), at + 1]));
  });

  test('has nothing beyond its last record, however far one asks', async () => {
    const { records, next } = JSON.parse((await get(`/log/history/${toIdentifier(4)}?from=9007199254740991`)).text);
    expect([records, next]).toEqual([[], undefined]);
  });

  test('is only what an earlier tree has, and empty where it has nothing', async () => {
    const records = async (query: string) => JSON.parse((await get(`/log/history/${query}`)).text).records.length;
    expect(await records(`${toIdentifier(3)}?size=7`)).toBe(5);
    expect(await records(`${toIdentifier(3)}?size=2`)).toBe(0);
    expect(await records(`${toIdentifier(8)}`)).toBe(0);
    expect(
      readSignedCheckpoint(
        Buffer.from(JSON.parse((await get(`/log/history/${toIdentifier(8)}`)).text).checkpoint),
        log,
      ),
    ).toBeDefined();
  });
});

describe('the documents of many records', () => {
  test('come in one answer, with their evidence', async () => {
    const reply = await app.request('/log/documents?from=0&to=2');
    expect([reply.status, reply.headers.get('Content-Type')]).toEqual([200, 'application/octet-stream']);
    const blobs = readDocumentBundle(new Uint8Array(await reply.arrayBuffer()));
    expect(blobs.map((blob) => Buffer.from(blob).toString())).toEqual(['<first/>', '{}', '<second/>', '{}']);
    for (const wrong of ['', '?from=0', '?from=2&to=2', '?from=0x1&to=2', '?from=0&to=2&more=1']) {
      expect((await get(`/log/documents${wrong}`)).status).toBe(400);
    }
  });
});

describe('what is asked for wrongly', () => {
  test.each([
    '/log/proof/index/117',
    '/log/proof/index/5?size=2',
    '/log/proof/index/0?size=118',
    '/log/proof/index/00',
    '/log/proof/index/-1',
    '/log/proof/index/0x1',
    '/log/proof/index/1e0',
    '/log/proof/index/%31',
    '/log/proof/index/9007199254740992',
    '/log/proof/index/',
    '/log/proof/index',
    '/log/proof',
    '/log/proof/doc/abc',
    `/log/proof/doc/${'0'.repeat(64)}`,
    `/log/proof/doc/${'A'.repeat(64)}`,
    '/log/receipt/117',
    '/log/receipt/1.5',
    '/log/receipt/',
    '/log/consistency?from=0&to=118',
    '/log/consistency?from=1&to=3',
    '/log/history/x',
    '/log/history/',
    `/log/history/${toIdentifier(3)}?size=6`,
    `/log/history/${toIdentifier(3)}?size=1000`,
  ])('%s is 404', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test.each([
    '/log/proof/index/0?size=',
    '/log/proof/index/0?size=07',
    '/log/proof/index/0?size=%207',
    '/log/proof/index/0?size=+7',
    '/log/proof/index/0?size=0x7',
    '/log/proof/index/0?size=7&size=7',
    '/log/proof/index/0?Size=7',
    '/log/proof/index/0?size=18446744073709551616',
    '/log/receipt/0?size=7',
    '/log/consistency',
    '/log/consistency?to=7',
    '/log/consistency?from=7&to=2',
    '/log/consistency?from=-1',
    '/log/consistency?from=1&to=7&old=1',
    `/log/history/${toIdentifier(3)}?from=0`,
    `/log/history/${toIdentifier(3)}?limit=5`,
  ])('%s is 400, and says why', async (path) => {
    const { status, text } = await get(path);
    expect(status).toBe(400);
    expect(JSON.parse(text).type).toMatch(/#usage$/);
  });

  test('is never a fault of the registry', () => {
    expect(faults).toEqual([]);
  });
});

test('a proof already known is not sent again', async () => {
  for (const path of ['/log/receipt/0', '/log/consistency?from=1&to=7', `/log/history/${toIdentifier(3)}?size=7`]) {
    const etag = (await get(path)).headers.get('ETag')!;
    expect((await app.request(path, { headers: { 'If-None-Match': etag } })).status).toBe(304);
  }
});

describe('the index of the log', () => {
  test('is not found where there is none, and says so', async () => {
    const { status, text } = await get(`/log/history/${toIdentifier(1)}/proof`);
    expect([status, JSON.parse(text).detail]).toEqual([404, 'The log of this registry has no index.']);
  });

  test('proves of an image over HTTP that what is shown is all, and of another that there is nothing', async () => {
    const indexed = await openTwin(KEY);
    try {
      await indexed.log.keepIndex({ everyRecords: 4, now: () => NOW });
      for (let number = 0; number < 6; number += 1) {
        const createdAt = new Date(NOW.getTime() - 1_000_000 + number * 1000);
        await indexed.put({ identifier: toIdentifier(1 + (number % 2)), createdAt }, `<indexed n="${number}"/>`);
      }
      const served = createApp(indexed, { documents: indexed.documents, now: () => NOW, onFault: () => undefined });
      const ask = async (path: string): Promise<Response> => served.request(path);
      const bytes = async (path: string): Promise<Uint8Array> => new Uint8Array(await (await ask(path)).arrayBuffer());
      const source = Object.assign(new ReaderLogSource(indexed.log), {
        historyProof: (id: string) => bytes(`/log/history/${id}/proof`),
        historyPage: (id: string, from: number, size: number) => bytes(`/log/history/${id}?from=${from}&size=${size}`),
      });
      const demands = { log, now: NOW };
      const { head, index, records } = await verifyHistory(source, toIdentifier(1), demands);
      expect([head.size, index, records.map((one) => one.index)]).toEqual([7, 4, [0, 2, 5]]);
      expect((await verifyHistory(source, toIdentifier(77), demands)).records).toEqual([]);
      const reply = await ask(`/log/history/${toIdentifier(1)}/proof`);
      expect([reply.status, reply.headers.get('Cache-Control')]).toEqual([200, 'max-age=5']);
      const again = await served.request(`/log/history/${toIdentifier(1)}/proof`, {
        headers: { 'If-None-Match': reply.headers.get('ETag')! },
      });
      expect(again.status).toBe(304);
      expect((await ask(`/log/history/${toIdentifier(1)}/proof?size=5`)).status).toBe(400);
      expect((await ask('/log/history/nobody/proof')).status).toBe(404);
      const list = await ask(`/log/history/${toIdentifier(1)}`);
      expect(list.status).toBe(200);
    } finally {
      await indexed.close();
    }
  });
});
