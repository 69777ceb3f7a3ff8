import { join } from 'node:path';
import { toMessage, VouchError } from '../errors.ts';
import { writeFileDurably } from '../platform/durable-file.ts';
import { readRevocationLists } from '../x509/crl.ts';
import type { RevocationList } from '../x509/crl-list.ts';
import { checkReplacement, isNewerList } from '../x509/crl-newer.ts';
import { isEqual } from '../x509/octets.ts';
import { writePem } from '../x509/pem.ts';
import type { Authority, TrustStore } from '../x509/trust-store.ts';
import { findOwnLists } from './authority-state.ts';

/** What became of the revocation list of one authority. */
export interface ListUpdate {
  readonly authority: Authority;
  /** `held`: what was fetched is what is there. `none`: the directory gives no address. */
  readonly outcome: 'updated' | 'held' | 'failed' | 'none';
  /** The newest list afterwards. */
  readonly list: RevocationList | undefined;
  /** Name of the file that was written. */
  readonly file?: string;
  /** Why an address gave nothing, one sentence each. */
  readonly faults: readonly string[];
}

export interface UpdateOptions {
  readonly directory: string;
  readonly store: TrustStore;
  /** Fetches an address; rejects with a `VouchError`. */
  readonly fetch: (url: string) => Promise<Uint8Array>;
  /** Lists that end before this time are taken only where there is none at all. */
  readonly at: Date;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Servers asked at a time. */
const BREADTH = 8;

/**
 * Fetches the revocation list of every authority from the addresses that the trust directory gives for it (trust A3.14), and puts
 * those that are newer in place as `<hash>.r<n>`: each only after the authority's signature on it was checked and neither its number nor its
 * time went down, written durably and whole. Addresses are tried in turn until one gives such a list.
 */
export async function updateLists(options: UpdateOptions): Promise<ListUpdate[]> {
  const { store, fetch, onProgress } = options;
  const { authorities } = store;
  const fetched = new Map<string, Promise<Uint8Array>>();
  const fetchOnce = (url: string): Promise<Uint8Array> => {
    const known = fetched.get(url) ?? fetch(url);
    fetched.set(url, known);
    return known;
  };
  const offers: Offer[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < authorities.length; at = next++) {
      offers[at] = await findOffer(authorities[at]!, store, fetchOnce);
      done += 1;
      onProgress?.(done, authorities.length);
    }
  };
  await Promise.all(Array.from({ length: BREADTH }, work));
  const taken = new Map<string, Authority>();
  const updates: ListUpdate[] = [];
  // One after the other: authorities of one name share the names of files.
  for (const [at, authority] of authorities.entries()) updates.push(await take(authority, offers[at]!, options, taken));
  return updates;
}

interface Offer {
  readonly held: RevocationList | undefined;
  /** A list that is better than the one held, or the same. */
  readonly list?: RevocationList;
  readonly faults: readonly string[];
}

async function findOffer(
  { certificate, crlUrls }: Authority,
  store: TrustStore,
  fetch: (url: string) => Promise<Uint8Array>,
): Promise<Offer> {
  const lists = store.lists.map(({ list }) => list);
  const [held] = (await findOwnLists(certificate, lists)).good;
  const faults: string[] = [];
  for (const url of crlUrls) {
    try {
      const list = readOne(await fetch(url));
      const { good, faults: reasons } = await findOwnLists(certificate, [list]);
      if (good.length === 0) throw new VouchError('malformed', `The list ${reasons[0] ?? 'is of another authority'}.`);
      const [back] = held === undefined ? [] : checkReplacement(list, held);
      if (back !== undefined) throw new VouchError('malformed', back.message);
      return { held, list, faults };
    } catch (thrown) {
      if (!(thrown instanceof VouchError)) throw thrown;
      faults.push(`${url}: ${toMessage(thrown)}`);
    }
  }
  return { held, faults };
}

function readOne(bytes: Uint8Array): RevocationList {
  const [reading, ...more] = readRevocationLists(bytes);
  if (reading === undefined || more.length > 0) {
    throw new VouchError('malformed', 'What it gives is not one revocation list.');
  }
  if (!reading.ok) throw new VouchError('malformed', reading.message);
  return reading.list;
}

async function take(
  authority: Authority,
  { held, list, faults }: Offer,
  { directory, store, at }: UpdateOptions,
  taken: Map<string, Authority>,
): Promise<ListUpdate> {
  if (list === undefined) {
    return { authority, outcome: authority.crlUrls.length === 0 ? 'none' : 'failed', list: held, faults };
  }
  if (held !== undefined && !isNewerList(list, held)) return { authority, outcome: 'held', list: held, faults };
  if (held !== undefined && list.nextUpdate! < at) {
    const fault = `The list it gives was due for renewal at ${list.nextUpdate!.toISOString()}.`;
    return { authority, outcome: 'failed', list: held, faults: [...faults, fault] };
  }
  const file = await chooseFile(authority, store, taken);
  await writeFileDurably(join(directory, file), new TextEncoder().encode(writePem('X509 CRL', list.der)));
  taken.set(file, authority);
  return { authority, outcome: 'updated', list, file, faults };
}

/** `<hash>.r0`, or the first number whose file is not the list of another authority with the same hash. */
async function chooseFile(
  authority: Authority,
  store: TrustStore,
  taken: ReadonlyMap<string, Authority>,
): Promise<string> {
  for (let number = 0; ; number += 1) {
    const file = `${authority.hashes[0]}.r${number}`;
    const other = taken.get(file);
    if (other !== undefined && !isEqual(other.certificate.spki, authority.certificate.spki)) continue;
    const lists = store.lists.filter((stored) => stored.file === file).map(({ list }) => list);
    const own = await findOwnLists(authority.certificate, lists);
    if (lists.length === own.good.length) return file;
  }
}
