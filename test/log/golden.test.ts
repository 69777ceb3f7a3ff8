import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readSignedCheckpoint, signCheckpoint, writeCheckpoint } from '../../src/log/checkpoint.ts';
import { EMPTY_ROOT, hashLeaf, isConsistent, isIncluded } from '../../src/log/merkle.ts';
import { readVerifierKey, toCosignerKey } from '../../src/log/note-key.ts';
import { readTilePath } from '../../src/log/tile.ts';
import { proveConsistency, proveInclusion, readEdge } from '../../src/log/tile-tree.ts';
import { readTlogProof, writeTlogProof } from '../../src/proof/tlog-proof.ts';
import { growTree, HAS_VECTORS, readVectors, toBytes, vectorLogKey } from './vectors.ts';
import { cosign } from './witnesses.ts';

describe.skipIf(!HAS_VECTORS)('golden vectors (../shared/data/tlog-vectors.json)', () => {
  const vectors = HAS_VECTORS ? readVectors() : undefined!;
  const rootOf = (size: number): Promise<Uint8Array> => growTree(size).then(({ tree }) => tree.root());

  it('gives every tree its root', async () => {
    for (const [size, root] of Object.entries(vectors.roots)) {
      expect(Buffer.from(await rootOf(Number(size))).toString('base64')).toBe(root);
    }
    expect(Buffer.from(EMPTY_ROOT).toString('base64')).toBe(vectors.roots['0']);
  });

  it('writes every tile', async () => {
    const { tiles } = await growTree(600);
    for (const [name, sha256] of Object.entries(vectors.tiles)) {
      const path = readTilePath(name.replace('size 600: ', '').replace(/ sha256$/, ''));
      if (path?.kind !== 'hashes') throw new Error(`${name} is not a tile path`);
      const [bytes] = await tiles([path]);
      expect(
        createHash('sha256')
          .update(bytes!.subarray(0, path.width * 32))
          .digest('hex'),
      ).toBe(sha256);
    }
  });

  it('makes and verifies every inclusion proof', async () => {
    const { tiles } = await growTree(600);
    for (const { index, size, proof } of vectors.inclusion) {
      expect(toText(await proveInclusion(tiles, index, size))).toEqual(proof);
      const root = (await readEdge(tiles, size)).root();
      expect(isIncluded(hashLeaf(Buffer.from(`entry-${index}`)), index, size, root, proof.map(toBytes))).toBe(true);
    }
  });

  it('makes and verifies every consistency proof', async () => {
    const { tiles } = await growTree(600);
    for (const { from, to, proof } of vectors.consistency) {
      expect(toText(await proveConsistency(tiles, from, to))).toEqual(proof);
      const [old, now] = [await rootOf(from), await rootOf(to)];
      expect(isConsistent(from, old, to, now, proof.map(toBytes))).toBe(true);
    }
  });

  it('derives the keys and reads the cosigned checkpoint', () => {
    const witness = readVerifierKey(vectors.keys.witness.vkey);
    expect(vectorLogKey().verifier.vkey).toBe(vectors.keys.log.vkey);
    expect(witness.vkey).toBe(vectors.keys.witness.vkey);
    const log = readVerifierKey(vectors.keys.log.vkey);
    const { checkpoint, cosignatures } = readSignedCheckpoint(Buffer.from(vectors.checkpoint), log, [witness]);
    expect(checkpoint).toEqual({
      origin: 'marketplace.example.org/log',
      size: 600,
      root: new Uint8Array(Buffer.from(vectors.roots['600']!, 'base64')),
    });
    expect(cosignatures).toEqual([{ key: witness, at: new Date(0x691fab80 * 1000) }]);
  });

  it('signs the same checkpoint', async () => {
    const note = signCheckpoint({ origin: vectorLogKey().name, size: 600, root: await rootOf(600) }, vectorLogKey());
    expect(vectors.checkpoint.startsWith(note)).toBe(true);
  });

  it('cosigns it as the witness did', async () => {
    const key = toCosignerKey('site-a.example.org/witness', createHash('sha256').update('vector witness key').digest());
    expect(key.verifier.vkey).toBe(vectors.keys.witness.vkey);
    const text = writeCheckpoint({ origin: vectorLogKey().name, size: 600, root: await rootOf(600) });
    expect(vectors.checkpoint.endsWith(cosign(key, text, new Date(0x691fab80 * 1000)))).toBe(true);
  });

  it('reads and writes the tlog-proof', () => {
    const proof = readTlogProof(vectors.tlogProof);
    expect(proof.index).toBe(299);
    expect(proof.checkpointNote).toBe(vectors.checkpoint);
    expect(writeTlogProof(proof)).toBe(vectors.tlogProof);
    const root = toBytes(vectors.roots['600']!);
    expect(isIncluded(hashLeaf(Buffer.from('entry-299')), 299, 600, root, proof.hashes)).toBe(true);
    for (const broken of [
      '',
      '\n\n',
      vectors.tlogProof.slice(1),
      vectors.tlogProof.replace('index 299', 'index 0299'),
    ]) {
      expect(() => readTlogProof(broken)).toThrow('not a tlog-proof');
    }
    expect(() => readTlogProof(vectors.tlogProof.replace('\nro', '\nr'))).toThrow('not a hash');
  });
});

function toText(hashes: readonly Uint8Array[]): string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('base64'));
}
