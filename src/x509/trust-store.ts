import { bytesToBase64 } from '../xml/base64.ts';
import { type AuthorityNote, readAuthorityNote, readCrlUrls } from './authority-note.ts';
import type { Certificate } from './certificate.ts';
import { toLabel } from './certificate-label.ts';
import { readRevocationLists } from './crl.ts';
import type { RevocationList } from './crl-list.ts';
import { toNameKey } from './name.ts';
import { hashName, type NameDigests } from './name-hash.ts';
import type { NamePolicy } from './name-policy.ts';
import { readNamespaces } from './namespaces.ts';
import { toHex } from './octets.ts';
import { readSigningPolicy } from './signing-policy.ts';
import { toComparable, writeSlashName } from './slash-name.ts';
import { readAnchorFiles } from './trust.ts';

/** One file of a trust directory. */
export interface TrustFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** An authority that is trusted. */
export interface Authority {
  readonly certificate: Certificate;
  /** Names of eight hex digits under which grid software looks for it, the newer first. */
  readonly hashes: readonly string[];
  /** Names without ending of the files it and its policies were found in. */
  readonly stems: readonly string[];
  /** Where its operator says its revocation lists are; never what a certificate says. */
  readonly crlUrls: readonly string[];
}

/** A revocation list and the file that holds it. */
export interface StoredList {
  readonly file: string;
  readonly list: RevocationList;
}

/** What a trust directory says. Nothing in it depends on the order of the files. */
export interface TrustStore {
  /** Sorted by DER. */
  readonly authorities: readonly Authority[];
  readonly policies: readonly NamePolicy[];
  readonly lists: readonly StoredList[];
  /** True for the layout of grids: notes on authorities, addresses of revocation lists, or lists are there. */
  readonly isGridLayout: boolean;
  /** One sentence for each file, or block of it, that was passed over or looks like a mistake. */
  readonly warnings: readonly string[];
}

export interface StoreRules {
  /** Statuses in `.info` files that are taken besides `accredited:…`. */
  readonly statuses?: readonly string[];
  readonly digests: NameDigests;
}

/** True for names that a trust directory has a use for. */
export function isTrustFileName(name: string): boolean {
  return (
    CERTIFICATE_FILE.test(name) || LIST_FILE.test(name) || /\.(?:info|namespaces|signing_policy|crl_url)$/i.test(name)
  );
}

const CERTIFICATE_FILE = /\.(?:pem|crt|cer|der|\d+)$/i;
const LIST_FILE = /\.(?:r\d+|crl)$/i;
const GRID_FILE = /\.(?:info|crl_url|r\d+)$/i;
const HASHED_FILE = /^[0-9a-f]{8}\.\d+$/i;

/**
 * Reads a trust directory: the layout of the IGTF distribution (trust A3.11 and A3.12), or a plain folder of certificates. What cannot
 * be used is passed over with a warning; it never throws.
 */
export function readTrustStore(given: Iterable<TrustFile>, rules: StoreRules): TrustStore {
  const files = [...given].sort((a, b) => (a.name < b.name ? -1 : 1));
  const warnings: string[] = [];
  const drafts = readAuthorities(files, rules.digests, warnings);
  const notes = files.filter(({ name }) => /\.info$/i.test(name));
  const noted = takeNotes(drafts, notes, rules, warnings);
  for (const { name, bytes } of files) {
    if (!/\.crl_url$/i.test(name)) continue;
    for (const draft of noted) if (draft.stems.has(toStem(name))) addAll(draft.crlUrls, readCrlUrls(toText(bytes)));
  }
  return {
    authorities: noted.map(({ certificate, hashes, stems, crlUrls }) => ({
      certificate,
      hashes,
      stems: [...stems].sort(),
      crlUrls: [...crlUrls],
    })),
    policies: readPolicies(files, noted, drafts, warnings),
    lists: readLists(files, warnings),
    isGridLayout: files.some(({ name }) => GRID_FILE.test(name)),
    warnings,
  };
}

/** What was in force, as text, and the octets that it names by SHA-256. */
export interface StoreSnapshot {
  /** Depends on nothing but what was in force; its SHA-256 is the trust digest. */
  readonly bytes: Uint8Array;
  /** Certificates of the anchors (DER), and policies as JSON. */
  readonly attachments: readonly Uint8Array[];
}

/**
 * A line that names the form, one for each rule on how the store is applied, then one for each anchor, policy and revocation list
 * (issuer as base64 of its DER, number, time). `toHash` gives the SHA-256 of octets in hex.
 */
export function writeStoreSnapshot(
  store: TrustStore,
  rules: readonly string[],
  toHash: (bytes: Uint8Array) => string,
): StoreSnapshot {
  const anchors = store.authorities.map(({ certificate }) => certificate.der);
  const policies = store.policies.map(writePolicy);
  const lists = store.lists.map(({ list: { issuer, number, thisUpdate } }) => {
    return `crl ${bytesToBase64(issuer.der)} ${number ?? '-'} ${thisUpdate.toISOString()}`;
  });
  const lines = [
    ...rules.map((rule) => `rule ${rule}`),
    ...anchors.map((der) => `anchor ${toHash(der)}`),
    ...[...new Set([...policies.map((policy) => `policy ${toHash(policy)}`), ...lists])].sort(),
  ];
  const bytes = new TextEncoder().encode(['vouch-trust-2', ...lines, ''].join('\n'));
  return { bytes, attachments: [...anchors, ...policies] };
}

function writePolicy({ kind, owners, statements }: NamePolicy): Uint8Array {
  const lines = statements?.map(({ issuer, isPermission, text }) => [issuer, isPermission ? 'permit' : 'deny', text]);
  return new TextEncoder().encode(JSON.stringify({ kind, owners, statements: lines ?? null }));
}

interface Draft {
  readonly certificate: Certificate;
  readonly hashes: readonly string[];
  readonly stems: Set<string>;
  readonly crlUrls: Set<string>;
}

function readAuthorities(files: readonly TrustFile[], digests: NameDigests, warnings: string[]): Draft[] {
  const { anchors, warnings: passedOver } = readAnchorFiles(files.filter(({ name }) => CERTIFICATE_FILE.test(name)));
  warnings.push(...passedOver);
  return anchors.flatMap(({ certificate, names }) => {
    const hashes = hashName(certificate.subject, digests);
    const usable = names.filter((name) => {
      if (!HASHED_FILE.test(name) || hashes.includes(toStem(name))) return true;
      // Without MD5 the older of the two names cannot be known.
      if (hashes.length < 2) return true;
      warnings.push(`${name}: ${toLabel(certificate)} has the hash ${hashes.join(' or ')}; the file was passed over.`);
      return false;
    });
    if (usable.length === 0) return [];
    return [{ certificate, hashes, stems: new Set([...hashes, ...usable.map(toStem)]), crlUrls: new Set<string>() }];
  });
}

/** Holds the authorities against what the `.info` files say of them, and gives those that may be trusted. */
function takeNotes(
  drafts: readonly Draft[],
  notes: readonly TrustFile[],
  { digests, statuses = [] }: StoreRules,
  warnings: string[],
): Draft[] {
  const refused = new Set<Draft>();
  for (const { name, bytes } of notes) {
    const note = readAuthorityNote(toText(bytes));
    const stem = toStem(name);
    const fingerprintOf = new Map(drafts.map((draft) => [draft, toHex(digests.sha1(draft.certificate.der))]));
    const named = drafts.filter(({ stems }) => stems.has(stem));
    const meant =
      named.length > 0 ? named : drafts.filter((draft) => note.fingerprints.includes(fingerprintOf.get(draft)!));
    for (const draft of meant) {
      draft.stems.add(stem);
      addAll(draft.crlUrls, note.crlUrls);
      const fault = findFault(draft.certificate, note, fingerprintOf.get(draft)!, statuses);
      if (fault === undefined) continue;
      refused.add(draft);
      warnings.push(`${name}: ${toLabel(draft.certificate)} ${fault}; the authority was passed over.`);
    }
  }
  return drafts.filter((draft) => !refused.has(draft));
}

/** Why an authority is not trusted, in words that follow its name. */
function findFault(
  { subject }: Certificate,
  note: AuthorityNote,
  fingerprint: string,
  statuses: readonly string[],
): string | undefined {
  const { status, fingerprints } = note;
  if (fingerprints.length > 0 && !fingerprints.includes(fingerprint)) {
    return `has the SHA-1 fingerprint ${fingerprint}, not the one of the note`;
  }
  const name = writeSlashName(subject);
  const isNamed = name !== undefined && note.subject !== undefined && toComparable(name) === toComparable(note.subject);
  // Programs write rare attributes in different ways; a fingerprint that agrees is the better evidence.
  if (note.subject !== undefined && !isNamed && fingerprints.length === 0)
    return `is not the ${note.subject} of the note`;
  if (status === undefined) return 'has a note without a status';
  if (/^accredited:/i.test(status) || statuses.includes(status)) return undefined;
  return `has the status ${JSON.stringify(status.slice(0, 80))}`;
}

/** `all` are the authorities before any was refused: the files of a refused one are nobody's, and no reason to warn. */
function readPolicies(
  files: readonly TrustFile[],
  authorities: readonly Draft[],
  all: readonly Draft[],
  warnings: string[],
): NamePolicy[] {
  const policies = new Map<string, NamePolicy>();
  for (const { name, bytes } of files) {
    const kind = /\.(namespaces|signing_policy)$/i.exec(name)?.[1]?.toLowerCase() as NamePolicy['kind'] | undefined;
    if (kind === undefined) continue;
    const isOfFile = ({ stems }: Draft): boolean => stems.has(toStem(name));
    const owners = authorities.filter(isOfFile).map(({ certificate }) => toNameKey(certificate.subject));
    if (owners.length === 0 && all.some(isOfFile)) continue;
    const text = toText(bytes);
    const statements = kind === 'namespaces' ? readNamespaces(text) : readSigningPolicy(text);
    const sorted = [...new Set(owners)].sort();
    const key = JSON.stringify([kind, sorted, text]);
    // The same file lies there under an alias and under two hashes.
    if (policies.has(key)) continue;
    policies.set(key, { kind, file: name, owners: sorted, statements });
    if (statements === undefined) warnings.push(`${name}: the policy was not understood, so it permits nothing.`);
  }
  return [...policies.values()];
}

function readLists(files: readonly TrustFile[], warnings: string[]): StoredList[] {
  const lists: StoredList[] = [];
  for (const { name, bytes } of files) {
    if (!LIST_FILE.test(name)) continue;
    const readings = readRevocationLists(bytes);
    if (readings.length === 0) warnings.push(`${name}: It holds no revocation list.`);
    for (const reading of readings) {
      if (reading.ok) lists.push({ file: name, list: reading.list });
      else warnings.push(`${name}: ${reading.message}`);
    }
  }
  return lists;
}

function toStem(name: string): string {
  const stem = name.slice(0, name.lastIndexOf('.'));
  return /^[0-9a-f]{8}$/i.test(stem) ? stem.toLowerCase() : stem;
}

/** UTF-8, or Latin-1 where it is not that: old files were written by hand. */
function toText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

function addAll(set: Set<string>, values: readonly string[]): void {
  for (const value of values) set.add(value);
}
