import { Browser } from './browse-entries.ts';
import type { OrderedStore, StoreView } from './ordered-store.ts';

/** What a reader reads: one moment of a store, and the columns of that store. */
export interface OpenedView {
  readonly view: StoreView;
  readonly browser: Browser;
}

/** A store with its readers, which can be put aside while some of them still read: it is closed when the last one has ended. */
export class SharedStore {
  readonly store: OrderedStore;
  readonly #browser = new Browser();
  #views = 0;
  #onIdle: (() => void) | undefined;

  constructor(store: OrderedStore) {
    this.store = store;
  }

  open(): OpenedView {
    const view = this.store.view();
    this.#views += 1;
    let isOpen = true;
    const close = async (): Promise<void> => {
      if (!isOpen) return;
      isOpen = false;
      try {
        await view.close();
      } finally {
        this.#views -= 1;
        if (this.#views === 0) this.#onIdle?.();
      }
    };
    const { get, getMany, cursor } = view;
    return { view: { get, getMany, cursor, close }, browser: this.#browser };
  }

  /** Closes the store when nobody reads it any more. MUST be called once nothing opens or writes it again. */
  async retire(): Promise<void> {
    if (this.#views > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.store.close();
  }
}
