/** Log indexes, one bit each: what so many have in common is counted 32 entries at a step. */
export class BitSet {
  #words: Uint32Array;

  /** An empty one with room for the indexes below `length`. */
  constructor(length = 0) {
    this.#words = new Uint32Array(toWordCount(length));
  }

  has(index: number): boolean {
    return ((this.#words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  /** Takes an index in, making room for it. */
  add(index: number): void {
    const word = index >>> 5;
    if (word >= this.#words.length) {
      const grown = new Uint32Array(Math.max(word + 1, this.#words.length * 2));
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[word]! |= 1 << (index & 31);
  }

  delete(index: number): void {
    if (index >>> 5 < this.#words.length) this.#words[index >>> 5]! &= ~(1 << (index & 31));
  }

  /** Takes in those of the 32 indexes from `first` on whose bit is set, the lowest bit first. Bits beyond the room are dropped. */
  addBits(first: number, bits: number): void {
    const [word, shift] = [first >>> 5, first & 31];
    if (word < this.#words.length) this.#words[word]! |= bits << shift;
    if (shift > 0 && word + 1 < this.#words.length) this.#words[word + 1]! |= bits >>> (32 - shift);
  }

  /** Drops every index that is not below `size`. */
  limit(size: number): void {
    const word = size >>> 5;
    if (word >= this.#words.length) return;
    this.#words[word]! &= (1 << (size & 31)) - 1;
    this.#words.fill(0, word + 1);
  }

  /** A copy of what is below `size`. */
  below(size: number): BitSet {
    const copy = new BitSet(size);
    copy.#words.set(this.#words.subarray(0, copy.#words.length));
    copy.limit(size);
    return copy;
  }

  /** What both have. */
  with(other: BitSet): BitSet {
    const both = new BitSet();
    both.#words = this.#words.slice(0, other.#words.length);
    both.keep(other);
    return both;
  }

  /** Drops what the other lacks. */
  keep(other: BitSet): void {
    const [words, others] = [this.#words, other.#words];
    const common = Math.min(words.length, others.length);
    for (let word = 0; word < common; word++) words[word]! &= others[word]!;
    words.fill(0, common);
  }

  /** Takes in what the other has within the room there is. */
  join(other: BitSet): void {
    const [words, others] = [this.#words, other.#words];
    const common = Math.min(words.length, others.length);
    for (let word = 0; word < common; word++) words[word]! |= others[word]!;
  }

  /** What it has and the other has not. */
  without(other: BitSet): BitSet {
    const rest = new BitSet();
    const [words, others] = [this.#words.slice(), other.#words];
    const common = Math.min(words.length, others.length);
    for (let word = 0; word < common; word++) words[word]! &= ~others[word]!;
    rest.#words = words;
    return rest;
  }

  count(): number {
    let count = 0;
    for (const word of this.#words) count += countBits(word);
    return count;
  }

  /** How many it has in common with the other. */
  countWith(other: BitSet): number {
    const [words, others] = [this.#words, other.#words];
    const common = Math.min(words.length, others.length);
    let count = 0;
    for (let word = 0; word < common; word++) count += countBits(words[word]! & others[word]!);
    return count;
  }

  /** Adds one to the count of each index's code. */
  tally(codes: Uint32Array, counts: Uint32Array): void {
    const words = this.#words;
    for (let word = 0; word < words.length; word++) {
      for (let bits = words[word]!; bits !== 0; bits &= bits - 1) {
        counts[codes[word * 32 + 31 - Math.clz32(bits & -bits)]!]!++;
      }
    }
  }

  /** Ascending. */
  forEach(take: (index: number) => void): void {
    const words = this.#words;
    for (let word = 0; word < words.length; word++) {
      for (let bits = words[word]!; bits !== 0; bits &= bits - 1) take(word * 32 + 31 - Math.clz32(bits & -bits));
    }
  }
}

function toWordCount(length: number): number {
  return Math.ceil(length / 32);
}

/** Sums of neighbouring bits, then of pairs, of fours, and of the four bytes at once. */
function countBits(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
