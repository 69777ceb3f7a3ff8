import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { VouchError } from '../../src/errors.ts';
import { signCheckpoint } from '../../src/log/checkpoint.ts';
import type { LogRecord } from '../../src/log/log.ts';
import { openMemoryLog } from '../../src/log/memory-log.ts';
import { hashChildren, hashLeaf } from '../../src/log/merkle.ts';
import { toLogKey } from '../../src/log/note-key.ts';
import { readRecordProof } from '../../src/log/record-proof.ts';
import { readTlogProof, writeTlogProof } from '../../src/proof/tlog-proof.ts';
import { KEY, makeStatement, ORIGIN } from './statement.ts';

let receipt: string;
let record: LogRecord;

beforeAll(async () => {
  const log = await openMemoryLog({ origin: ORIGIN, key: KEY });
  await Promise.all([1, 2, 3, 4, 5].map((number) => log.append(makeStatement(number))));
  [receipt, record] = [await log.receipt(2), await log.record(2)];
});

function codeOf(text: string, key = KEY.verifier): string {
  try {
    readRecordProof(text, key);
  } catch (fault) {
    return fault instanceof VouchError ? fault.code : String(fault);
  }
  return 'accepted';
}

describe('readRecordProof', () => {
  it('gives the record, its place and the checkpoint', () => {
    expect(readRecordProof(receipt, KEY.verifier)).toMatchObject({
      index: 2,
      record,
      checkpoint: { origin: ORIGIN, size: 5 },
      cosignatures: [],
    });
  });

  it('refuses the proof under another key and without the record', () => {
    expect(codeOf(receipt, toLogKey(ORIGIN, Buffer.alloc(32, 1)).verifier)).toBe('malformed');
    expect(codeOf(receipt, toLogKey('other.example.org/log', Buffer.alloc(32, 7)).verifier)).toBe('malformed');
    expect(codeOf(receipt.replace(/extra .*\n/, ''))).toBe('malformed');
  });

  it('refuses another record, another place, and a checkpoint of another tree', () => {
    const { extra, ...proof } = readTlogProof(receipt);
    const other = Buffer.from(Buffer.from(extra!).toString().replace('"act":"valid"', '"act":"deprecated"'));
    expect(codeOf(writeTlogProof({ ...proof, extra: other }))).toBe('malformed');
    expect(codeOf(writeTlogProof({ ...proof, extra: extra!, index: 3 }))).toBe('malformed');
    const fork = signCheckpoint({ origin: ORIGIN, size: 5, root: Buffer.alloc(32, 1) }, KEY);
    expect(codeOf(writeTlogProof({ ...proof, extra: extra!, checkpointNote: fork }))).toBe('malformed');
  });

  it('takes no inner node for a record, nor a record for an inner node (TL-13)', () => {
    const [left, right] = [hashLeaf(Buffer.from('one')), hashLeaf(Buffer.from('two'))];
    const node = Buffer.concat([Buffer.of(1), left, right]);
    const root = hashChildren(left, right);
    const note = signCheckpoint({ origin: ORIGIN, size: 1, root }, KEY);
    expect(codeOf(writeTlogProof({ extra: node, index: 0, hashes: [], checkpointNote: note }))).toBe('malformed');
    expect(codeOf(writeTlogProof({ extra: node.subarray(1), index: 0, hashes: [], checkpointNote: note }))).toBe(
      'malformed',
    );
  });

  it('refuses what a log signed for but is no record', () => {
    const leaf = Buffer.from('{"v":1}');
    const note = signCheckpoint({ origin: ORIGIN, size: 1, root: hashLeaf(leaf) }, KEY);
    expect(codeOf(writeTlogProof({ extra: leaf, index: 0, hashes: [], checkpointNote: note }))).toBe('malformed');
  });

  it('refuses any changed character, and never fails otherwise', () => {
    const edit = fc.tuple(
      fc.nat({ max: receipt.length }),
      fc.nat({ max: 3 }),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    fc.assert(
      fc.property(edit, ([at, cut, insert]) => {
        const text = receipt.slice(0, at) + insert + receipt.slice(at + cut);
        expect(codeOf(text)).toBe(text === receipt ? 'accepted' : 'malformed');
      }),
      { numRuns: 300 },
    );
  });
});

describe('tlog-proof text', () => {
  it('has its lines in one order only', () => {
    const [head, extra, index, ...rest] = receipt.split('\n');
    const texts = [
      [head, index, extra, ...rest],
      [extra, head, index, ...rest],
      [head, extra, extra, index, ...rest],
      [head, `${extra}!`, index, ...rest],
      [head, 'extra', index, ...rest],
      [head, extra, 'index 02', ...rest],
      [head, extra, 'index', ...rest],
      [head, extra, ...rest],
      [`${head} `, extra, index, ...rest],
    ];
    for (const lines of texts) expect(codeOf(lines.join('\n'))).toBe('malformed');
    expect(codeOf(receipt.replaceAll('\n', '\r\n'))).toBe('malformed');
    expect(codeOf(`${receipt}${'x'.repeat(2_200_000)}`)).toBe('malformed');
  });

  it('is not taken with a signature of a key that only has the name of the log', () => {
    const impostor = toLogKey(ORIGIN, Buffer.alloc(32, 3));
    const { extra, ...proof } = readTlogProof(receipt);
    const size = 5;
    const root = Buffer.from(proof.checkpointNote.split('\n')[2]!, 'base64');
    const note = signCheckpoint({ origin: ORIGIN, size, root }, impostor);
    expect(codeOf(writeTlogProof({ ...proof, extra: extra!, checkpointNote: note }))).toBe('malformed');
  });
});
