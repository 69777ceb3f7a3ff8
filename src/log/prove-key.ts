import { VouchError } from '../errors.ts';
import type { Store } from './store.ts';
import { toPageKey } from './store-key.ts';
import { EMPTY_TRIE, TRIE_DEPTH_LIMIT } from './trie-hash.ts';
import {
  digitOf,
  findVersion,
  hashPage,
  PAGE_BITS,
  PAGE_VERSIONS,
  readPage,
  toPageName,
  walkPage,
} from './trie-page.ts';
import type { TrieProof } from './trie-proof.ts';

/**
 * What the trie had for a key at index number `generation`, with its proof, from O(log size) pages. Undefined if the store has gone on
 * so far that it no longer keeps the trie of that number; `corrupt` if a page is missing.
 */
export async function proveKey(
  store: Pick<Store, 'read'>,
  key: Uint8Array,
  generation: number,
): Promise<TrieProof | undefined> {
  const siblings: Uint8Array[] = [];
  for (let depth = 0; depth * PAGE_BITS < TRIE_DEPTH_LIMIT; depth += 1) {
    const name = toPageName(key, depth);
    const [value] = await store.read([toPageKey(name)]);
    if (value === undefined && depth === 0) return { siblings };
    if (value === undefined) throw new VouchError('corrupt', `Page ${name} of the index is missing.`);
    const versions = readPage(value);
    const page = findVersion(versions, generation);
    // A first page that came later, and was never replaced: there was nothing.
    if (page === undefined) return depth === 0 && versions.length < PAGE_VERSIONS ? { siblings } : undefined;
    const { siblings: beside, end } = walkPage(page, digitOf(key, depth));
    siblings.push(...beside);
    if (end === undefined) return { siblings };
    if ('key' in end) return { siblings, leaf: end };
  }
  throw new VouchError('corrupt', 'The index has a way that never ends.');
}

/** Root of the trie at index number `generation`; undefined if that is no longer kept. */
export async function readRoot(store: Pick<Store, 'read'>, generation: number): Promise<Uint8Array | undefined> {
  const [value] = await store.read([toPageKey('')]);
  if (value === undefined) return EMPTY_TRIE;
  const versions = readPage(value);
  const page = findVersion(versions, generation);
  if (page !== undefined) return hashPage(page);
  return versions.length < PAGE_VERSIONS ? EMPTY_TRIE : undefined;
}
