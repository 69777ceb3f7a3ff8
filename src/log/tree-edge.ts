import { EMPTY_ROOT, hashChildren } from './merkle.ts';

/** A complete subtree: leaves `index * 2^level` up to, not including, `(index + 1) * 2^level`. */
export interface SubtreePlace {
  readonly level: number;
  readonly index: number;
}

/** What a growing tree must remember: the roots of the complete subtrees that make it up, largest first. */
export class TreeEdge {
  #size: number;
  readonly #subtrees: { level: number; hash: Uint8Array }[];

  private constructor(size: number, subtrees: { level: number; hash: Uint8Array }[]) {
    this.#size = size;
    this.#subtrees = subtrees;
  }

  /** The edge of the tree of `size` leaves from its hashes, in the order of `edgePlaces(size)`. */
  static of(size: number, hashes: readonly Uint8Array[]): TreeEdge {
    const places = edgePlaces(0, size);
    if (places.length !== hashes.length) throw new RangeError(`an edge of ${size} leaves has ${places.length} hashes`);
    return new TreeEdge(
      size,
      places.map(({ level }, at) => ({ level, hash: hashes[at]! })),
    );
  }

  get size(): number {
    return this.#size;
  }

  get hashes(): readonly Uint8Array[] {
    return this.#subtrees.map(({ hash }) => hash);
  }

  /** Root of the tree (RFC 6962 2.1). */
  root(): Uint8Array {
    return foldSubtrees(this.hashes);
  }

  /** Adds one leaf; `onSubtree` hears of every subtree it completes, the leaf itself first. */
  append(leafHash: Uint8Array, onSubtree?: (place: SubtreePlace, hash: Uint8Array) => void): void {
    const grown = { level: 0, hash: leafHash };
    onSubtree?.({ level: 0, index: this.#size }, leafHash);
    while (this.#subtrees.at(-1)?.level === grown.level) {
      grown.hash = hashChildren(this.#subtrees.pop()!.hash, grown.hash);
      grown.level += 1;
      onSubtree?.({ level: grown.level, index: Math.floor(this.#size / 2 ** grown.level) }, grown.hash);
    }
    this.#subtrees.push(grown);
    this.#size += 1;
  }
}

/** The complete subtrees that make up leaves `start` to `end`, largest first; `start` lies where such a range may begin. */
export function edgePlaces(start: number, end: number): SubtreePlace[] {
  const places: SubtreePlace[] = [];
  for (let from = start; from < end; ) {
    const level = largestLevel(end - from);
    places.push({ level, index: from / 2 ** level });
    from += 2 ** level;
  }
  return places;
}

/** The root over adjacent complete subtrees, largest first. */
export function foldSubtrees(hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.length === 0 ? EMPTY_ROOT : hashes.reduceRight((right, left) => hashChildren(left, right));
}

/** The exponent of the largest power of two that is not above `count`. */
export function largestLevel(count: number): number {
  let level = 0;
  while (2 ** (level + 1) <= count) level += 1;
  return level;
}
