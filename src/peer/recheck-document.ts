import { writeEntryTime } from '../entry/entry-time.ts';
import { type Finding, hasError } from '../errors.ts';
import type { LogRecord } from '../log/log.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { Trust, World } from '../verify/conditions.ts';
import type { Profile } from '../verify/verdict.ts';
import { verifyEntry } from '../verify/verify-entry.ts';
import type { DocumentLimits } from '../xml/gate.ts';

/** A document that another registry accepted, and when that judged it. */
export interface AcceptedElsewhere {
  readonly bytes: Uint8Array;
  /** `legacy` for an original, which is judged by its bytes, as an import is. */
  readonly profile: Profile;
  readonly at: Date;
}

/** What a document of another registry turns out to be, whoever its signer is trusted by. */
export interface Recheck {
  /** Errors; the document is not valid if there are any. */
  readonly errors: readonly Finding[];
  readonly found?: Found;
}

/** What a document says of itself that its record says, too. */
export interface Found {
  readonly identifier: string;
  /** `YYYY-MM-DDThh:mm:ssZ`. */
  readonly created: string;
  readonly isDeprecated: boolean;
  readonly canonicalSha256: string;
  readonly signatureAlgorithm: string;
  readonly signerSha256: string;
}

/** Any registry may take documents of this size (trust A1.1). */
export const ACCEPTED_DOCUMENT_BYTES = 1_048_576;

/**
 * Verifies a document that another registry accepted: everything but whether its signer is to be trusted, and whose address it is, which
 * that registry's operator settled.
 */
export async function recheckDocument(
  { bytes, profile, at }: AcceptedElsewhere,
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

/** The first thing in which a record says otherwise than its document, in words; undefined where there is none. */
export function findDifference(record: LogRecord, found: Found): string | undefined {
  if (record.id !== found.identifier) return 'the image';
  if (record.created !== found.created) return 'the time it was signed';
  if ((record.act === 'deprecated') !== found.isDeprecated) return 'whether it deprecates the image';
  if (record.c14n !== found.canonicalSha256) return 'the octets that were signed';
  if (record.sig !== found.signatureAlgorithm) return 'the algorithm of its signature';
  if (record.signer !== found.signerSha256) return 'the certificate of its signer';
  return undefined;
}
