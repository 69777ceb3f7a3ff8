import { VouchError } from '../../../errors.ts';

/** What most answers fit in; making room for one that does not costs little, and making far too much for one that does costs more. */
const FIRST_BYTES = 8_192;

/** Text as UTF-8, written piece by piece up to a limit. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;
  readonly #limit: number;

  /** `limit`: most bytes; one more is `too-large`. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  text(text: string): void {
    this.#reserve(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  /** What is ASCII. */
  ascii(bytes: Uint8Array): void {
    this.copy(bytes, 0, bytes.length);
  }

  copy(bytes: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    const target = this.#bytes;
    let at = this.#length;
    for (let source = from; source < to; source++) target[at++] = bytes[source]!;
    this.#length = at;
  }

  /** The bytes written, in memory that is theirs alone and no more than twice as large: answers are kept. */
  end(): Uint8Array<ArrayBuffer> {
    if (this.#length > this.#limit) this.#refuse();
    const written = this.#bytes.subarray(0, this.#length);
    return this.#length * 2 < this.#bytes.length ? new Uint8Array(written) : written;
  }

  #reserve(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    if (this.#length > this.#limit) this.#refuse();
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  #refuse(): never {
    throw new VouchError('too-large', `The answer has more than ${this.#limit} bytes: narrow the query, or use LIMIT.`);
  }
}
