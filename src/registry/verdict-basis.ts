import { isSha256Hex } from '../log/sha256.ts';

/** What a verdict rested on, as the evidence beside the entry tells it; absent where it does not. */
export interface VerdictBasis {
  /** When the entry was judged. */
  readonly judgedAt?: Date;
  /** Version of the rules that were applied. */
  readonly rules?: string;
  readonly trustMode?: 'anchors' | 'pinned' | 'open' | 'manifest' | 'any';
  /** SHA-256 hex of the snapshot of what was trusted. */
  readonly trustDigest?: string;
  /** What binds the address to the signer: his certificate, the operator's word, a mail he answered, or nothing. */
  readonly address?: 'certificate' | 'operator' | 'confirmed' | 'none';
  readonly confirmedAt?: Date;
  /** SHA-256 hex of each certificate of the path, signer first. */
  readonly chain: readonly string[];
  readonly revocationLists: readonly {
    readonly issuer: string;
    readonly number?: string;
    readonly thisUpdate?: Date;
  }[];
}

const TRUST_MODES = ['anchors', 'pinned', 'open', 'manifest', 'any'] as const;
const ADDRESSES = ['certificate', 'operator', 'confirmed', 'none'] as const;
const CHAIN_LIMIT = 16;
const LISTS_LIMIT = 32;

/** Reads evidence to tell people of it, whoever wrote it: what is not as it must be is left out. */
export function readVerdictBasis(bytes: Uint8Array): VerdictBasis {
  const read = parse(bytes);
  const judgedAt = toTime(read.judgedAt);
  const confirmedAt = toTime(read.confirmedAt);
  const trustMode = TRUST_MODES.find((mode) => mode === read.trustMode);
  const address = ADDRESSES.find((binding) => binding === read.address);
  const chain = Array.isArray(read.chain) ? read.chain : [];
  const lists = Array.isArray(read.crls) ? read.crls : [];
  return {
    ...(judgedAt && { judgedAt }),
    ...(typeof read.rules === 'string' && { rules: read.rules.slice(0, 40) }),
    ...(trustMode && { trustMode }),
    ...(isDigest(read.trustDigest) && { trustDigest: read.trustDigest }),
    ...(address && { address }),
    ...(confirmedAt && { confirmedAt }),
    chain: chain.length <= CHAIN_LIMIT && chain.every(isDigest) ? chain : [],
    revocationLists: lists.slice(0, LISTS_LIMIT).flatMap(toList),
  };
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function toList(value: unknown): VerdictBasis['revocationLists'] {
  const { issuer, number, thisUpdate } = (value ?? {}) as Record<string, unknown>;
  if (typeof issuer !== 'string') return [];
  const at = toTime(thisUpdate);
  return [
    { issuer, ...(typeof number === 'string' && { number: number.slice(0, 60) }), ...(at && { thisUpdate: at }) },
  ];
}

function toTime(value: unknown): Date | undefined {
  const at = typeof value === 'string' ? new Date(value) : undefined;
  return at === undefined || Number.isNaN(at.getTime()) ? undefined : at;
}

function isDigest(value: unknown): value is string {
  return typeof value === 'string' && isSha256Hex(value);
}
