import { VouchError } from '../errors.ts';
import { HASH_BYTES } from './merkle.ts';
import { countTileHashes, TILE_BYTES, TILE_WIDTH } from './tile.ts';
import { readEdge, type TilePlace, type TileSource } from './tile-tree.ts';
import type { SubtreePlace, TreeEdge } from './tree-edge.ts';

/** A tile with the hashes it has so far. */
export interface Tile extends TilePlace {
  readonly bytes: Uint8Array;
}

/** The writer's end of a tree: its edge, and on each level the one tile that still grows. Its memory does not grow with the tree. */
export class GrowingTree {
  readonly #edge: TreeEdge;
  /** By level; `bytes` has room for the full tile, `width` hashes of it are there. */
  readonly #growing: Map<number, { index: number; width: number; bytes: Uint8Array }>;
  readonly #touched = new Map<string, Tile>();

  private constructor(edge: TreeEdge, growing: Map<number, { index: number; width: number; bytes: Uint8Array }>) {
    this.#edge = edge;
    this.#growing = growing;
  }

  /** Takes up a tree of `size` leaves from its tiles; `corrupt` if one that still grows has not exactly the hashes it must have. */
  static async read(tiles: TileSource, size: number): Promise<GrowingTree> {
    const places: (TilePlace & { width: number })[] = [];
    for (let level = 0; countTileHashes(size, level) > 0; level += 1) {
      const count = countTileHashes(size, level);
      if (count % TILE_WIDTH > 0) {
        places.push({ level, index: Math.floor(count / TILE_WIDTH), width: count % TILE_WIDTH });
      }
    }
    const found = await tiles(places);
    const growing = new Map(
      places.map(({ level, index, width }, at) => {
        const tile = found[at];
        if (tile?.length !== width * HASH_BYTES) {
          throw new VouchError('corrupt', `Tile ${level}/${index} of the log does not have ${width} hashes.`);
        }
        const bytes = new Uint8Array(TILE_BYTES);
        bytes.set(tile);
        return [level, { index, width, bytes }];
      }),
    );
    return new GrowingTree(await readEdge(tiles, size), growing);
  }

  get size(): number {
    return this.#edge.size;
  }

  get edge(): readonly Uint8Array[] {
    return this.#edge.hashes;
  }

  root(): Uint8Array {
    return this.#edge.root();
  }

  append(leafHash: Uint8Array): void {
    this.#edge.append(leafHash, (place, hash) => {
      if (place.level % 8 === 0) this.#grow(place, hash);
    });
  }

  /** The tiles that changed since the last call. */
  takeTouched(): Tile[] {
    const tiles = [...this.#touched.values()];
    this.#touched.clear();
    return tiles;
  }

  /** The tiles that are not full, as they must be stored. */
  partialTiles(): Tile[] {
    return [...this.#growing]
      .filter(([, { width }]) => width < TILE_WIDTH)
      .map(([level, { index, width, bytes }]) => ({ level, index, bytes: bytes.subarray(0, width * HASH_BYTES) }));
  }

  #grow(place: SubtreePlace, hash: Uint8Array): void {
    const level = place.level / 8;
    const index = Math.floor(place.index / TILE_WIDTH);
    const position = place.index % TILE_WIDTH;
    // A new array for each tile: slices handed out before keep what they had.
    const tile = position === 0 ? { index, width: 0, bytes: new Uint8Array(TILE_BYTES) } : this.#growing.get(level)!;
    tile.bytes.set(hash, position * HASH_BYTES);
    tile.width = position + 1;
    this.#growing.set(level, tile);
    this.#touched.set(`${level}/${index}`, { level, index, bytes: tile.bytes.subarray(0, tile.width * HASH_BYTES) });
  }
}
