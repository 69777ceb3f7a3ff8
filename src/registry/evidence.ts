import { VouchError } from '../errors.ts';
import { isSha256Hex, sha256Hex } from '../log/sha256.ts';
import type { Evidence } from '../verify/verdict.ts';

/** That the owner of the address confirmed by mail to be this endorser: for this entry, or for an earlier one. */
export interface ConfirmationEvidence {
  readonly at: Date;
}

/**
 * What the verdict rested on, as the blob the log record names: JSON with the certificates of the chain by SHA-256 (they are
 * blobs of their own, since one endorser's chain stands behind many entries).
 */
export function writeEvidence(
  evidence: Evidence,
  confirmation?: ConfirmationEvidence,
): {
  bytes: Uint8Array;
  attachments: readonly Uint8Array[];
} {
  const content = {
    v: 1,
    rules: evidence.rules,
    profile: evidence.profile,
    judgedAt: evidence.judgedAt.toISOString(),
    trustMode: evidence.trustMode,
    trustDigest: evidence.trustDigest,
    address: confirmation === undefined ? evidence.address : 'confirmed',
    ...(confirmation === undefined ? {} : { confirmedAt: confirmation.at.toISOString() }),
    chain: evidence.chain.map((der) => sha256Hex(der)),
    crls: evidence.revocationLists.map(({ issuer, number, thisUpdate }) => ({
      issuer,
      number,
      thisUpdate: thisUpdate.toISOString(),
    })),
  };
  return { bytes: new TextEncoder().encode(JSON.stringify(content)), attachments: evidence.chain };
}

/** What a reader of foreign evidence needs of it. */
export interface EvidenceNames {
  /** When the entry was judged. */
  readonly judgedAt: Date;
  /** SHA-256 hex of each certificate of the path. */
  readonly chain: readonly string[];
}

const CHAIN_LIMIT = 16;

/** Reads evidence that another registry wrote; `malformed` unless it says when it was judged and names its certificates. */
export function readEvidence(bytes: Uint8Array): EvidenceNames {
  try {
    const { judgedAt, chain } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as {
      judgedAt: unknown;
      chain: unknown;
    };
    const at = new Date(String(judgedAt));
    const isChain = Array.isArray(chain) && chain.length <= CHAIN_LIMIT;
    if (typeof judgedAt === 'string' && !Number.isNaN(at.getTime()) && isChain && chain.every(isDigest)) {
      return { judgedAt: at, chain };
    }
  } catch (cause) {
    throw new VouchError('malformed', 'The evidence is not JSON.', { cause });
  }
  throw new VouchError('malformed', 'The evidence does not say when it was judged, or with which certificates.');
}

function isDigest(value: unknown): value is string {
  return typeof value === 'string' && isSha256Hex(value);
}

/** The trust mode that evidence names; undefined for evidence that names none. */
export function readTrustMode(bytes: Uint8Array): unknown {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as { trustMode?: unknown } | null)?.trustMode;
  } catch {
    return undefined;
  }
}

/** The blobs a trust snapshot names: its anchors and name policies. */
export function readSnapshotNames(snapshot: Uint8Array): string[] {
  const lines = Buffer.from(snapshot)
    .toString('latin1')
    .matchAll(/^(?:anchor|policy) ([0-9a-f]{64})$/gm);
  return [...lines].map(([, name]) => name!);
}
