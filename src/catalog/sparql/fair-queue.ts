/** Whoever asks without a name: the registry itself, and programs on its machine. */
const NOBODY = '';

/**
 * Those who wait, in a line for each client. Next is whose client has fewest running; among equals, whose client was served longest ago: so a
 * client that sends a hundred queries waits for its own.
 */
export class FairQueue<T> {
  /** A client that is served goes to the end. */
  readonly #lines = new Map<string, Set<T>>();
  readonly #running = new Map<string, number>();
  /** Most that run at once for a client with a name. */
  readonly #share: number;
  #size = 0;

  constructor(share: number) {
    this.#share = share;
  }

  get size(): number {
    return this.#size;
  }

  /** How many of a client wait; 0 for those without a name, who are not one. */
  waitingOf(client: string | undefined): number {
    return client === undefined ? 0 : (this.#lines.get(client)?.size ?? 0);
  }

  add(one: T, client: string | undefined): void {
    const name = client ?? NOBODY;
    const line = this.#lines.get(name) ?? new Set();
    line.add(one);
    this.#lines.set(name, line);
    this.#size++;
  }

  /** True if it waited. */
  delete(one: T, client: string | undefined): boolean {
    const name = client ?? NOBODY;
    const line = this.#lines.get(name);
    if (line?.delete(one) !== true) return false;
    if (line.size === 0) this.#lines.delete(name);
    this.#size--;
    return true;
  }

  /**
   * The next one, which waits until `begin` is called for it; undefined where everyone who waits has its share. `most` is how many may run
   * for its client already.
   */
  next(most = Number.POSITIVE_INFINITY): T | undefined {
    let fewest = Number.POSITIVE_INFINITY;
    let found: T | undefined;
    for (const [name, line] of this.#lines) {
      const running = this.#running.get(name) ?? 0;
      if (running >= fewest || running > most || (name !== NOBODY && running >= this.#share)) continue;
      fewest = running;
      [found] = line;
    }
    return found;
  }

  /** It runs, until `end` is called. */
  begin(one: T, client: string | undefined): void {
    const name = client ?? NOBODY;
    this.delete(one, client);
    this.#running.set(name, (this.#running.get(name) ?? 0) + 1);
    const line = this.#lines.get(name);
    if (line === undefined) return;
    this.#lines.delete(name);
    this.#lines.set(name, line);
  }

  end(client: string | undefined): void {
    const name = client ?? NOBODY;
    const left = (this.#running.get(name) ?? 0) - 1;
    if (left > 0) this.#running.set(name, left);
    else this.#running.delete(name);
  }

  /** Everyone who waits, who wait no more. */
  clear(): T[] {
    const all = [...this.#lines.values()].flatMap((line) => [...line]);
    this.#lines.clear();
    this.#size = 0;
    return all;
  }
}
