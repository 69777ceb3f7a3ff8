import { VouchError } from '../errors.ts';
import { sha256Hex } from '../log/sha256.ts';
import { nodeNameDigests } from '../platform/name-digests.ts';
import { readTrustDirectory } from '../platform/trust-directory.ts';
import type { EndorserBinding } from '../verify/conditions.ts';
import type { RevocationMode } from '../x509/crl-check.ts';
import { checkReplacement, toNewestFirst } from '../x509/crl-newer.ts';
import { toNameKey } from '../x509/name.ts';
import { readTrustStore, type TrustFile, type TrustStore, writeStoreSnapshot } from '../x509/trust-store.ts';
import type { TrustCopy } from './trust-copy.ts';

/** A trust directory and how it is applied, as settings say it. */
export interface DirectorySettings {
  readonly mode: 'anchors';
  readonly directory: string;
  /** Default: `require` for a directory in the layout of grids, `if-present` for a plain folder. */
  readonly crl?: RevocationMode;
  /** How long a revocation list is still taken after its time; default not at all. */
  readonly crlGraceMs?: number;
  /** `auto` (default): authorities need policies of the names they give as soon as the directory holds any such policy. */
  readonly namespaces?: 'auto' | 'require' | 'off';
  /** Statuses in `.info` files that are taken besides `accredited:…`. */
  readonly statuses?: readonly string[];
  readonly bindings?: readonly EndorserBinding[];
  /** True where addresses are confirmed by mail; one that nothing binds yet is then no finding. */
  readonly isConfirmed?: boolean;
}

/** Whom the operator trusts, as settings say it. */
export type TrustSettings =
  | DirectorySettings
  /** SHA-256 (hex) of each certificate. */
  | {
      readonly mode: 'pinned';
      readonly fingerprints: readonly string[];
      readonly bindings?: readonly EndorserBinding[];
      readonly isConfirmed?: boolean;
    }
  /** Anybody; their addresses are confirmed by mail. */
  | { readonly mode: 'open'; readonly isConfirmed?: boolean };

export interface TrustReading {
  readonly trust: TrustCopy;
  /** What was in force, for the log: its SHA-256 is the trust digest. */
  readonly snapshot: Uint8Array;
  /** What the snapshot names by SHA-256. */
  readonly attachments: readonly Uint8Array[];
  /** Files passed over, and why. */
  readonly warnings: readonly string[];
  /** One sentence on what is in force. */
  readonly summary: string;
  /** What the directory says; none in the other modes. */
  readonly store?: TrustStore;
}

/**
 * Reads the trust settings; throws `config` if the directory cannot be read or holds no authority. A reading that follows another one
 * is never laxer by accident: the layout of grids stays, and a revocation list older than the one before does not replace it.
 */
export async function readTrust(settings: TrustSettings, before?: TrustReading): Promise<TrustReading> {
  if (settings.mode === 'open') {
    const snapshot = new TextEncoder().encode('open\n');
    const summary = 'Trust: open; any certificate counts, once the owner of the address has confirmed it by mail.';
    const trust = { mode: 'open', digest: sha256Hex(snapshot) } as const;
    return { trust, snapshot, attachments: [], warnings: [], summary };
  }
  const bindings = settings.bindings ?? [];
  const isConfirmed = settings.isConfirmed ?? false;
  if (settings.mode === 'pinned') {
    const fingerprints = settings.fingerprints.map((fingerprint) => fingerprint.toLowerCase()).toSorted();
    const snapshot = new TextEncoder().encode(fingerprints.map((line) => `pinned ${line}\n`).join(''));
    const trust = { mode: 'pinned', fingerprints, digest: sha256Hex(snapshot), bindings, isConfirmed } as const;
    return {
      trust,
      snapshot,
      attachments: [],
      warnings: [],
      summary: `Trust: ${fingerprints.length} certificates that are listed.`,
    };
  }
  const { directory, crlGraceMs = 0, statuses = [] } = settings;
  const rules = { statuses, digests: nodeNameDigests };
  const found = await readTrustDirectory(directory);
  const kept = keepNewer(readTrustStore(found.files, rules), before?.store);
  const files = [...found.files, ...kept.files];
  const read = readTrustStore(files, rules);
  const store = { ...read, isGridLayout: read.isGridLayout || before?.store?.isGridLayout === true };
  if (store.authorities.length === 0) {
    const hint = `Put the PEM files of the certification authorities you trust (*.pem, *.crt, *.0) into it.`;
    const why = [...found.warnings, ...read.warnings][0];
    const first = why === undefined ? '' : ` The first thing passed over: ${why}`;
    throw new VouchError(
      'config',
      `The trust directory ${directory} holds no certificate of an authority. ${hint}${first}`,
    );
  }
  const crl = settings.crl ?? (store.isGridLayout ? 'require' : 'if-present');
  const hasNamespaces = toHasNamespaces(settings, store, before);
  const applied = [`crl ${crl} ${crlGraceMs}`, `namespaces ${hasNamespaces ? 'require' : 'off'}`];
  const { bytes: snapshot, attachments } = writeStoreSnapshot(store, applied, sha256Hex);
  return {
    trust: {
      mode: 'anchors',
      files,
      statuses,
      crl,
      crlGraceMs,
      hasNamespaces,
      digest: sha256Hex(snapshot),
      bindings,
      isConfirmed,
    },
    snapshot,
    attachments,
    warnings: [...found.warnings, ...read.warnings, ...kept.warnings],
    summary: toSummary(directory, store, crl, hasNamespaces),
    store,
  };
}

function toHasNamespaces(
  { namespaces = 'auto' }: DirectorySettings,
  store: TrustStore,
  before?: TrustReading,
): boolean {
  if (namespaces !== 'auto') return namespaces === 'require';
  const wasOn = before?.trust.mode === 'anchors' && before.trust.hasNamespaces;
  return wasOn || store.policies.length > 0;
}

/** Lists of the reading before that are newer than what came in their place, to be held beside it. */
function keepNewer(store: TrustStore, before: TrustStore | undefined): { files: TrustFile[]; warnings: string[] } {
  const files: TrustFile[] = [];
  const warnings: string[] = [];
  const held = new Map((before?.lists ?? []).map((stored) => [toIssuerKey(stored), stored.file]));
  for (const [key, file] of held) {
    const [newest] = toNewestFirst(listsOf(before!, key));
    const [next] = toNewestFirst(listsOf(store, key));
    // A list that was taken away was taken away by the operator; only what came in its place can be a step back.
    if (newest === undefined || next === undefined) continue;
    const [fault] = checkReplacement(next, newest);
    if (fault === undefined) continue;
    files.push({ name: file, bytes: newest.der });
    warnings.push(`${file}: ${fault.message} The one held is kept.`);
  }
  return { files, warnings };
}

const listsOf = (store: TrustStore, key: string) =>
  store.lists.filter((stored) => toIssuerKey(stored) === key).map(({ list }) => list);

/** Lists of one issuer and key, restricted in the same way, follow each other. */
function toIssuerKey({ list }: TrustStore['lists'][number]): string {
  const points = list.points === undefined ? null : [...list.points].sort();
  return JSON.stringify([toNameKey(list.issuer), list.authorityKeyIdentifier, list.isDelta, points]);
}

function toSummary(directory: string, store: TrustStore, crl: RevocationMode, hasNamespaces: boolean): string {
  const count = store.authorities.length;
  const authorities = `${count} ${count === 1 ? 'authority' : 'authorities'}`;
  const layout = store.isGridLayout ? 'grid layout' : 'plain folder';
  const lists = { require: 'are required', 'if-present': 'count where present', off: 'are not looked at' }[crl];
  const names = hasNamespaces ? 'names are held against policies' : 'any names';
  return `Trust: ${authorities} in ${directory} (${layout}); revocation lists ${lists} (trust.crl: ${crl}); ${names}.`;
}
