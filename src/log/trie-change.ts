import { VouchError } from '../errors.ts';
import { areEqualBytes } from './sha256.ts';
import type { Pair, Store } from './store.ts';
import { toPageKey } from './store-key.ts';
import { EMPTY_CHAIN, EMPTY_TRIE, extendChain, type TrieLeaf } from './trie-hash.ts';
import {
  digitOf,
  hashPage,
  PAGE_VERSIONS,
  type PageVersion,
  readPage,
  type TrieSlot,
  toPageName,
  writePage,
} from './trie-page.ts';

/** New records of one image, oldest first; at least one. */
export interface TrieAddition {
  readonly key: Uint8Array;
  readonly records: readonly number[];
}

/** A page on the way of some additions. */
interface Visit {
  readonly name: string;
  readonly depth: number;
  readonly additions: readonly TrieAddition[];
  /** Where the hash of the page goes. */
  readonly above?: { readonly visit: Visit; readonly digit: number };
  /** For a page that was not there: the leaf it takes over from the place above it, if there was one. */
  readonly seed?: TrieLeaf | 'none';
  page: Map<number, TrieSlot>;
}

const ROOT_NAME = '';

/**
 * What additions make of a trie, before any of it is written. Pages are read as they are needed, all of one depth at once, so work and
 * memory are those of the additions and not of the trie.
 */
export class TrieChange {
  readonly #source: Pick<Store, 'read'>;
  readonly #pages = new Map<string, readonly PageVersion[]>();
  readonly #changed = new Set<string>();

  constructor(source: Pick<Store, 'read'>) {
    this.#source = source;
  }

  /**
   * Adds records, each image at most once, on the way to index number `generation`. The trie as it was when that number was begun stays
   * readable; what is older is given up.
   */
  async add(additions: readonly TrieAddition[], generation: number): Promise<void> {
    const visited: Visit[] = [];
    let level: Visit[] = additions.length === 0 ? [] : [{ name: ROOT_NAME, depth: 0, additions, page: new Map() }];
    while (level.length > 0) {
      await this.#load(level.filter(({ seed }) => seed === undefined).map(({ name }) => name));
      for (const visit of level) visit.page = this.#begin(visit);
      visited.push(...level);
      level = level.flatMap(enter);
    }
    // From the deepest up, so that each page has the hashes of those under it.
    for (const { name, page, above } of visited.toReversed()) {
      above?.visit.page.set(above.digit, { below: hashPage(page) });
      const versions = (this.#pages.get(name) ?? []).filter((version) => version.generation !== generation);
      this.#pages.set(name, [{ generation, page }, ...versions].slice(0, PAGE_VERSIONS));
      this.#changed.add(name);
    }
  }

  /** Root of the trie with all that was added. */
  async root(): Promise<Uint8Array> {
    await this.#load([ROOT_NAME]);
    const newest = this.#pages.get(ROOT_NAME)?.[0];
    return newest === undefined ? EMPTY_TRIE : hashPage(newest.page);
  }

  /** The pages that changed, as they must be stored. */
  pairs(): Pair[] {
    return [...this.#changed].map((name) => [toPageKey(name), writePage(this.#pages.get(name)!)]);
  }

  async #load(names: readonly string[]): Promise<void> {
    const missing = names.filter((name) => !this.#pages.has(name));
    const values = await this.#source.read(missing.map(toPageKey));
    for (const [at, name] of missing.entries()) {
      const value = values[at];
      if (value !== undefined) this.#pages.set(name, readPage(value));
      else if (name !== ROOT_NAME) throw new VouchError('corrupt', `Page ${name} of the index is missing.`);
    }
  }

  /** The page as it is before the additions: a copy, since its older version stays as it is. */
  #begin({ name, depth, seed }: Visit): Map<number, TrieSlot> {
    if (seed === undefined) return new Map(this.#pages.get(name)?.[0]?.page);
    return seed === 'none' ? new Map() : new Map([[digitOf(seed.key, depth), seed]]);
  }
}

/** Puts additions into the places of a page; those that meet others at a place go on to the page below it. */
function enter(visit: Visit): Visit[] {
  const { page, depth } = visit;
  const byDigit = new Map<number, TrieAddition[]>();
  for (const addition of visit.additions) {
    const digit = digitOf(addition.key, depth);
    const there = byDigit.get(digit);
    if (there === undefined) byDigit.set(digit, [addition]);
    else there.push(addition);
  }
  const below: Visit[] = [];
  for (const [digit, additions] of byDigit) {
    const slot = page.get(digit);
    const [only] = additions as [TrieAddition, ...TrieAddition[]];
    const leaf = slot !== undefined && 'key' in slot ? slot : undefined;
    if (additions.length === 1 && (slot === undefined || (leaf !== undefined && areEqualBytes(leaf.key, only.key)))) {
      page.set(digit, extendLeaf(leaf, only));
      continue;
    }
    const next = { name: toPageName(only.key, depth + 1), depth: depth + 1, additions, above: { visit, digit } };
    const isThere = slot !== undefined && leaf === undefined;
    below.push({ ...next, page: new Map(), ...(isThere ? {} : { seed: leaf ?? ('none' as const) }) });
  }
  return below;
}

function extendLeaf(leaf: TrieLeaf | undefined, { key, records }: TrieAddition): TrieLeaf {
  const chain = records.reduce(extendChain, leaf?.chain ?? EMPTY_CHAIN);
  return { key, count: (leaf?.count ?? 0) + records.length, chain };
}
