import type { Pair, Store } from '../../src/log/store.ts';

/** What happens at one call of the store, counted from 0. */
export interface Fault {
  readonly call: number;
  /** `before`: it throws and has no effect. `after`: it has its effect and throws. */
  readonly moment: 'before' | 'after';
  /** All later calls throw too, as for a process that was killed. */
  readonly isFatal: boolean;
}

/** A store that fails as it is told. */
export class FaultStore implements Store {
  calls = 0;
  readonly #store: Store;
  readonly #fault: Fault | undefined;

  constructor(store: Store, fault?: Fault) {
    this.#store = store;
    this.#fault = fault;
  }

  read(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#call(() => this.#store.read(keys));
  }

  has(keys: readonly Uint8Array[]): Promise<boolean[]> {
    return this.#call(() => this.#store.has(keys));
  }

  range(from: Uint8Array, to: Uint8Array, limit: number, end?: 'first' | 'last'): Promise<Pair[]> {
    return this.#call(() => this.#store.range(from, to, limit, end));
  }

  write(pairs: readonly Pair[]): Promise<void> {
    return this.#call(() => this.#store.write(pairs));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #call<T>(act: () => Promise<T>): Promise<T> {
    const call = this.calls;
    this.calls += 1;
    const fault = this.#fault;
    if (fault === undefined || call < fault.call || (call > fault.call && !fault.isFatal)) return act();
    if (call === fault.call && fault.moment === 'after') await act();
    throw new Error(`the disk failed at call ${call}`);
  }
}
