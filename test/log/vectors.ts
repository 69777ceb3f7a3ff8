import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { GrowingTree, type Tile } from '../../src/log/growing-tree.ts';
import { hashLeaf } from '../../src/log/merkle.ts';
import { type LogKey, toLogKey } from '../../src/log/note-key.ts';
import type { TileSource } from '../../src/log/tile-tree.ts';

const PATH = new URL('../../../shared/data/tlog-vectors.json', import.meta.url);

/** Without the shared folder the golden tests are skipped; with CI=true its absence is a failure. */
export const HAS_VECTORS = existsSync(PATH) || process.env.CI === 'true';

interface Vectors {
  readonly keys: Record<'log' | 'witness', { readonly seedString: string; readonly vkey: string }>;
  readonly roots: Record<string, string>;
  readonly tiles: Record<string, string>;
  readonly inclusion: readonly { readonly index: number; readonly size: number; readonly proof: readonly string[] }[];
  readonly consistency: readonly { readonly from: number; readonly to: number; readonly proof: readonly string[] }[];
  readonly checkpoint: string;
  readonly tlogProof: string;
}

export function readVectors(): Vectors {
  return JSON.parse(readFileSync(PATH, 'utf8'));
}

/** The log key of the vectors. */
export function vectorLogKey(): LogKey {
  return toLogKey('marketplace.example.org/log', createHash('sha256').update('vector log key').digest());
}

/** A tree over the leaves `entry-0`, `entry-1`, … with the tiles it left behind. */
export async function growTree(size: number): Promise<{ tree: GrowingTree; tiles: TileSource; reads: () => number }> {
  const stored = new Map<string, Tile>();
  let reads = 0;
  const tiles: TileSource = async (places) => {
    reads += places.length;
    return places.map(({ level, index }) => stored.get(`${level}/${index}`)?.bytes);
  };
  const tree = await GrowingTree.read(tiles, 0);
  for (let index = 0; index < size; index += 1) {
    tree.append(hashLeaf(Buffer.from(`entry-${index}`)));
    for (const tile of tree.takeTouched()) stored.set(`${tile.level}/${tile.index}`, tile);
  }
  return { tree, tiles, reads: () => reads };
}

export function toBytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}
