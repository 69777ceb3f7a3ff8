import { writeEntryTime } from '../entry/entry-time.ts';
import { hasError } from '../errors.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { Trust, World } from '../verify/conditions.ts';
import { verifyEntry } from '../verify/verify-entry.ts';
import type { DocumentLimits } from '../xml/gate.ts';
import type { Recheck, RecheckJob } from './verifier.ts';

/**
 * Verifies a document that another registry accepted: everything but whether its signer is to be trusted, and whose address it is, which
 * that registry's operator settled. An original is judged by its bytes, as an import is. Runs on a verifying thread.
 */
export async function recheckDocument(
  { bytes, profile, at }: RecheckJob,
  limits: DocumentLimits,
  world: World,
): Promise<Recheck> {
  const documents = new Set([sha256Hex(bytes)]);
  const trust: Trust = profile === 'legacy' ? { mode: 'manifest', documents, digest: '' } : { mode: 'any' };
  const verdict = await verifyEntry(bytes, { profile, at, trust, limits }, world);
  if (!verdict.valid) return { errors: verdict.findings.filter((finding) => hasError([finding])) };
  const { entry, canonicalSha256, signatureAlgorithm, signerSha256 } = verdict.verified;
  return {
    errors: [],
    found: {
      identifier: entry.identifier,
      created: writeEntryTime(entry.endorsement.createdAt),
      isDeprecated: entry.deprecated !== undefined,
      canonicalSha256,
      signatureAlgorithm,
      signerSha256,
    },
  };
}
