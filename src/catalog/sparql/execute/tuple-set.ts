/** Tuples of numbers of one width, each once, numbered in the order they came. */
export class TupleSet {
  readonly #width: number;
  #tuples: Int32Array;
  #hash = new Int32Array(256);
  #size = 0;

  constructor(width: number) {
    this.#width = width;
    this.#tuples = new Int32Array(128 * Math.max(1, width));
  }

  get size(): number {
    return this.#size;
  }

  /** The number of the tuple, and whether it is new. */
  add(tuple: ArrayLike<number>): { readonly number: number; readonly isNew: boolean } {
    const mask = this.#hash.length - 1;
    for (let place = this.#hashOf(tuple, 0) & mask; ; place = (place + 1) & mask) {
      const number = this.#hash[place]! - 1;
      if (number < 0) {
        this.#hash[place] = this.#size + 1;
        this.#append(tuple);
        return { number: this.#size - 1, isNew: true };
      }
      if (this.#isAt(number, tuple)) return { number, isNew: false };
    }
  }

  /** The part of a tuple at a place. */
  at(number: number, place: number): number {
    return this.#tuples[number * this.#width + place]!;
  }

  #append(tuple: ArrayLike<number>): void {
    const start = this.#size * this.#width;
    if (start + this.#width > this.#tuples.length) {
      const grown = new Int32Array(this.#tuples.length * 2);
      grown.set(this.#tuples);
      this.#tuples = grown;
    }
    for (let place = 0; place < this.#width; place++) this.#tuples[start + place] = tuple[place]!;
    this.#size++;
    if (this.#size * 2 > this.#hash.length) this.#rehash();
  }

  #rehash(): void {
    this.#hash = new Int32Array(this.#hash.length * 2);
    const mask = this.#hash.length - 1;
    for (let number = 0; number < this.#size; number++) {
      let place = this.#hashOf(this.#tuples, number * this.#width) & mask;
      while (this.#hash[place] !== 0) place = (place + 1) & mask;
      this.#hash[place] = number + 1;
    }
  }

  #hashOf(tuple: ArrayLike<number>, start: number): number {
    let hash = 0;
    for (let place = 0; place < this.#width; place++) {
      hash = Math.imul(hash ^ tuple[start + place]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #isAt(number: number, tuple: ArrayLike<number>): boolean {
    const start = number * this.#width;
    for (let place = 0; place < this.#width; place++) {
      if (this.#tuples[start + place] !== tuple[place]) return false;
    }
    return true;
  }
}
