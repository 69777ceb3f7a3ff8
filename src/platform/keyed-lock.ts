/** Lets one holder in at a time for each key; those who wait come in the order they asked. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `action` while holding the key's lock, and releases it whatever comes of it. */
  async hold<T>(key: string, action: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    let release: () => void = () => {};
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    const tail = before.then(() => mine);
    this.#tails.set(key, tail);
    await before;
    try {
      return await action();
    } finally {
      release();
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
