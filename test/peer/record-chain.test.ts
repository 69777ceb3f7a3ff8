import { describe, expect, it } from 'vitest';
import { type ChainHead, type RecordPage, readRecordPage } from '../../src/peer/record-chain.ts';
import { writeRecord } from '../../src/proof/record.ts';
import { imageOf, makeRecord } from './made-log.ts';

function read(
  first: number,
  leaves: readonly Uint8Array[],
  known: Record<string, ChainHead> = {},
): Promise<RecordPage> {
  const readHeads = async (ids: readonly string[]): Promise<(ChainHead | undefined)[]> => ids.map((id) => known[id]);
  return readRecordPage('the log', { first, leaves, hashes: [] }, readHeads);
}

const TRUST = makeRecord(0, {
  t: 'trust',
  id: '',
  seq: 0,
  prev: -1,
  c14n: '',
  sig: '',
  signer: '',
  created: '',
  act: '',
});

describe('readRecordPage', () => {
  it('follows the chain of each image through pages and between them', async () => {
    const id = imageOf(1);
    const leaves = [
      makeRecord(1, { seq: 3, prev: 7 }),
      TRUST,
      makeRecord(2),
      makeRecord(3, { id, seq: 4, prev: 10, act: 'deprecated' }),
    ].map(writeRecord);
    const { records, heads } = await read(10, leaves, { [id]: { seq: 2, index: 7 } });
    expect(records.map(({ index, record }) => [index, record.seq])).toEqual([
      [10, 3],
      [11, 0],
      [12, 1],
      [13, 4],
    ]);
    expect([...heads]).toEqual([
      [id, { seq: 4, index: 13 }],
      [imageOf(2), { seq: 1, index: 12 }],
    ]);
  });

  it.each([
    ['a gap', { seq: 4, prev: 7 }],
    ['a repetition', { seq: 2, prev: 7 }],
    ['another predecessor', { seq: 3, prev: 6 }],
    ['a second beginning', { seq: 1, prev: -1 }],
    ['a successor of its own', { seq: 3, prev: 10 }],
  ])('refuses %s in the chain of an image', async (_, given) => {
    const leaf = writeRecord(makeRecord(1, given));
    await expect(read(10, [leaf], { [imageOf(1)]: { seq: 2, index: 7 } })).rejects.toMatchObject({
      breach: 'leaf',
      message: expect.stringMatching(/^Bad leaf: record 10 of the log /),
    });
  });

  it('refuses a chain that begins in its middle', async () => {
    await expect(read(0, [writeRecord(makeRecord(1, { seq: 2, prev: 0 }))])).rejects.toMatchObject({ breach: 'leaf' });
  });

  it.each([
    ['no JSON', (_: string) => 'leaf'],
    ['blanks', (leaf: string) => leaf.replace(',', ', ')],
    ['a repeated key', (leaf: string) => leaf.replace('{"v":1', '{"v":1,"v":1')],
    ['another order of keys', (leaf: string) => leaf.replace('"v":1,"t":"endorse"', '"t":"endorse","v":1')],
    ['an unknown type', (leaf: string) => leaf.replace('"endorse"', '"other"')],
    ['a further key', (leaf: string) => leaf.replace('}', ',"more":1}')],
  ])('refuses a leaf with %s', async (_, change) => {
    const leaf = Buffer.from(change(Buffer.from(writeRecord(makeRecord(1))).toString()));
    await expect(read(0, [leaf])).rejects.toMatchObject({ breach: 'leaf', code: 'malformed' });
  });
});
