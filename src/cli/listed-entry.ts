import type { EntryStatus } from '../catalog/catalog.ts';
import type { Description } from '../entry/entry.ts';
import { readEntryTime } from '../entry/entry-time.ts';
import { isIdentifier } from '../entry/identifier.ts';
import { VouchError } from '../errors.ts';

/** One entry as a registry lists it in JSON (docs/http-api.md), its times read. What a reply adds beyond this is passed over. */
export interface ListedEntry extends Omit<Description, 'draftedAt'> {
  readonly email: string;
  readonly createdAt: Date;
  readonly status: EntryStatus;
  readonly url: string;
  /** Log index. */
  readonly index: number;
  /** 1-based position among the entries of the image. */
  readonly sequence: number;
  readonly subject: string;
  readonly issuers: readonly string[];
  readonly endorserKey: string;
  /** SHA-256 hex. */
  readonly documentSha256: string;
  readonly acceptedAt: Date;
  readonly isImported?: boolean;
  readonly supersededBy?: number;
  /** The log the entry is in, where the registry shows several. */
  readonly origin?: string;
  /** Its number among all records that the registry shows, where these are of several logs. */
  readonly place?: number;
}

const STATUSES: readonly string[] = ['valid', 'expired', 'deprecated', 'superseded'] satisfies EntryStatus[];
const TEXTS = ['identifier', 'email', 'url', 'subject', 'endorserKey', 'documentSha256'] as const;
const NUMBERS = ['sizeBytes', 'index', 'sequence'] as const;
const LISTS = ['checksums', 'locations', 'issuers', 'inboundPorts', 'outboundPorts', 'icmp'] as const;
const OPTIONAL_TEXTS = [
  ...['type', 'kind', 'title', 'description', 'creator', 'publisher', 'format', 'compression', 'tag', 'replaces'],
  ...[
    'isReplacedBy',
    'isVersionOf',
    'version',
    'hypervisor',
    'os',
    'osVersion',
    'osArch',
    'disksBus',
    'deprecated',
    'origin',
  ],
] as const;

/** Reads one entry of a registry's JSON. Throws `remote` if it is not one. */
export function readListedEntry(json: unknown): ListedEntry {
  if (!isRecord(json)) throw unlike('an entry is no object');
  for (const name of TEXTS) if (typeof json[name] !== 'string') throw unlike(`an entry lacks its ${name}`);
  for (const name of NUMBERS) if (!Number.isSafeInteger(json[name])) throw unlike(`an entry lacks its ${name}`);
  for (const name of LISTS) if (!Array.isArray(json[name])) throw unlike(`an entry lacks its ${name}`);
  for (const name of OPTIONAL_TEXTS) {
    if (json[name] !== undefined && typeof json[name] !== 'string') throw unlike(`an entry's ${name} is no text`);
  }
  if (!isIdentifier(json.identifier as string)) throw unlike('an identifier is none');
  if (!STATUSES.includes(json.status as string)) throw unlike('an entry has no status it could have');
  const { created, validUntil, acceptedAt, ...fields } = json;
  return {
    ...fields,
    createdAt: readTime(created),
    acceptedAt: readTime(acceptedAt),
    ...(validUntil === undefined ? {} : { validUntil: readTime(validUntil) }),
  } as unknown as ListedEntry;
}

/** True for a JSON object. */
export function isRecord(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** The fault of a peer that speaks something else. */
export function unlike(what: string): VouchError {
  return new VouchError('remote', `The registry's reply is not what it should be: ${what}.`);
}

/** Reads a time as entries write it. Throws `remote`. */
export function readTime(json: unknown): Date {
  const at = typeof json === 'string' ? readEntryTime(json) : undefined;
  if (at === undefined) throw unlike('a time is missing or malformed');
  return at;
}
