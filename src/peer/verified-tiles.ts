import type { Checkpoint } from '../log/log.ts';
import { HASH_BYTES } from '../log/merkle.ts';
import { areEqualBytes } from '../log/sha256.ts';
import { countInTile, TILE_BYTES, TILE_WIDTH } from '../log/tile.ts';
import { readEdge, reduceHashes, type TileSource } from '../log/tile-tree.ts';
import { fetchPart } from './fetch-part.ts';
import { LogBreach } from './log-breach.ts';
import type { LogSource } from './log-source.ts';

/** The hashes of one signed tree, fetched when asked for and handed out only if they lead to its root. */
export class VerifiedTiles {
  readonly #source: LogSource;
  readonly #tree: Checkpoint;
  /** What was verified must be what is handed out, so nothing is asked for twice; but for the many full tiles of level 0. */
  readonly #fetched = new Map<string, Promise<Uint8Array>>();
  readonly #verified = new Map<string, Promise<Uint8Array>>();
  #edge: Promise<void> | undefined;

  /** `tree` is from a checkpoint whose signature was verified. */
  constructor(source: LogSource, tree: Checkpoint) {
    this.#source = source;
    this.#tree = tree;
  }

  /** The tiles as the log gives them: of the right length, but what they say is for a proof to judge. */
  readonly unverified: TileSource = (places) => {
    return Promise.all(places.map(({ level, index }) => this.#fetch(level, index)));
  };

  /** All hashes that the tree has of this tile. A breach `tile` if they do not lead to the signed root. */
  tile(level: number, index: number): Promise<Uint8Array> {
    return this.#once(this.#verified, level, index, () => this.#verify(level, index));
  }

  /** The hash at a place of a tile level: the root over 256^level entries. */
  async hash(level: number, index: number): Promise<Uint8Array> {
    const tile = await this.tile(level, Math.floor(index / TILE_WIDTH));
    const at = (index % TILE_WIDTH) * HASH_BYTES;
    return tile.subarray(at, at + HASH_BYTES);
  }

  async #verify(level: number, index: number): Promise<Uint8Array> {
    const bytes = await this.#fetch(level, index);
    if (bytes.length < TILE_BYTES) {
      // Every hash of a tile that still grows is under the edge, so the root covers them all.
      this.#edge ??= this.#verifyEdge();
      await this.#edge;
    } else if (!areEqualBytes(reduceHashes(bytes), await this.hash(level + 1, index))) {
      throw new LogBreach('tile', `Bad tile: ${level}/${index} of ${this.#source.name} is not under its signed root.`);
    }
    return bytes;
  }

  async #verifyEdge(): Promise<void> {
    const { size, root } = this.#tree;
    const edge = await readEdge(this.unverified, size);
    if (areEqualBytes(edge.root(), root)) return;
    const message = `Bad tile: the tiles of ${this.#source.name} do not lead to the signed root of its ${size} entries.`;
    throw new LogBreach('tile', message);
  }

  #fetch(level: number, index: number): Promise<Uint8Array> {
    return this.#once(this.#fetched, level, index, () =>
      fetchTile(this.#source, level, index, countInTile(this.#tree.size, level, index)),
    );
  }

  #once(
    known: Map<string, Promise<Uint8Array>>,
    level: number,
    index: number,
    make: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    if (level === 0 && countInTile(this.#tree.size, level, index) === TILE_WIDTH) return make();
    const place = `${level}/${index}`;
    const bytes = known.get(place) ?? make();
    known.set(place, bytes);
    return bytes;
  }
}

/** The first `width` hashes of a tile; a breach `tile` unless exactly what was asked for came. */
async function fetchTile(source: LogSource, level: number, index: number, width: number): Promise<Uint8Array> {
  const name = `tile ${level}/${index} of ${source.name}`;
  const part = await fetchPart('tile', name, width, (asked) => source.tile(level, index, asked));
  if (part.bytes.length !== part.width * HASH_BYTES) {
    const expected = part.width * HASH_BYTES;
    throw new LogBreach('tile', `Bad tile: ${name} has ${part.bytes.length} bytes instead of ${expected}.`);
  }
  return part.bytes.subarray(0, width * HASH_BYTES);
}
