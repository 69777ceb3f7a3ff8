import { sha256Hex } from '../log/sha256.ts';
import type { Evidence } from '../verify/verdict.ts';

/**
 * What the verdict rested on, as the blob the log record names: JSON with the certificates of the chain by SHA-256 (they are
 * blobs of their own, since one endorser's chain stands behind many entries).
 */
export function writeEvidence(evidence: Evidence): { bytes: Uint8Array; attachments: readonly Uint8Array[] } {
  const content = {
    v: 1,
    rules: evidence.rules,
    profile: evidence.profile,
    judgedAt: evidence.judgedAt.toISOString(),
    trustMode: evidence.trustMode,
    trustDigest: evidence.trustDigest,
    chain: evidence.chain.map((der) => sha256Hex(der)),
    crls: evidence.revocationLists.map(({ issuer, number, thisUpdate }) => ({
      issuer,
      number,
      thisUpdate: thisUpdate.toISOString(),
    })),
  };
  return { bytes: new TextEncoder().encode(JSON.stringify(content)), attachments: evidence.chain };
}
