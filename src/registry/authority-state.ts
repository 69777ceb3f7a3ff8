import { nodeCrypto } from '../platform/node-crypto.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type Candidates, findCandidates } from '../x509/crl-candidates.ts';
import type { RevocationList } from '../x509/crl-list.ts';
import { toNameKey } from '../x509/name.ts';
import type { Authority, TrustStore } from '../x509/trust-store.ts';

/** What a trust directory has of one authority, for people who look after it. */
export interface AuthorityState {
  readonly authority: Authority;
  /** Files of its own that say whom it may name. */
  readonly policies: readonly string[];
  /** The newest revocation list that counts. */
  readonly list: RevocationList | undefined;
  /** `missing`: there is none; `unusable`: there is one, but it does not count, and `reason` says why. */
  readonly listState: 'current' | 'stale' | 'missing' | 'unusable';
  readonly reason: string | undefined;
}

/** Looks at every authority of a store at a time. */
export function readAuthorityStates(store: TrustStore, at: Date, graceMs = 0): Promise<AuthorityState[]> {
  return Promise.all(store.authorities.map((authority) => readState(authority, store, at, graceMs)));
}

async function readState(authority: Authority, store: TrustStore, at: Date, graceMs: number): Promise<AuthorityState> {
  const key = toNameKey(authority.certificate.subject);
  const policies = store.policies.filter(({ owners }) => owners.includes(key)).map(({ file }) => file);
  const lists = store.lists.map((stored) => stored.list);
  const { good, faults } = await findOwnLists(authority.certificate, lists);
  const [list] = good;
  const state = { authority, policies, list, reason: faults[0] && `One ${faults[0]}.` };
  if (list === undefined) return { ...state, listState: faults.length === 0 ? 'missing' : 'unusable' };
  const isCurrent = list.nextUpdate !== undefined && at.getTime() <= list.nextUpdate.getTime() + graceMs;
  return { ...state, listState: isCurrent ? 'current' : 'stale' };
}

/** The lists that an authority issued itself, newest first; those about one distribution point only do not count here. */
export function findOwnLists(authority: Certificate, lists: readonly RevocationList[]): Promise<Candidates> {
  // Any certificate it issued would do to ask about; it stands in for one without distribution points.
  const issued: Certificate = { ...authority, issuer: authority.subject, extensions: [] };
  return findCandidates(issued, authority, lists, { crypto: nodeCrypto });
}
