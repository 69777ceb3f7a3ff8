import { createHash } from 'node:crypto';
import { toIdentifier } from '../../src/entry/identifier.ts';
import type { Statement } from '../../src/log/log.ts';
import { toLogKey } from '../../src/log/note-key.ts';
import type { VerifiedEntry } from '../../src/verify/verdict.ts';

export const ORIGIN = 'log.example.org/test';
export const KEY = toLogKey(ORIGIN, new Uint8Array(32).fill(7));
export const AT = new Date('2026-11-20T10:00:05Z');
const CERTIFICATE = Buffer.from('the certificate that all of them share');

/** A statement the log takes. Only `verify` makes verified entries; the log looks at no more of them than is here. */
export function makeStatement(
  number: number,
  given: { image?: number; deprecated?: string; bytes?: number } = {},
): Statement {
  const text = `document ${number} `.padEnd(given.bytes ?? 0, 'x');
  const bytes = Buffer.from(text);
  const entry = {
    identifier: toIdentifier(sha('sha1', `image ${given.image ?? number}`)),
    endorsement: { createdAt: new Date('2026-11-20T10:00:00Z') },
    ...(given.deprecated === undefined ? {} : { deprecated: given.deprecated }),
  };
  const verified = {
    entry,
    bytes,
    documentSha256: sha('sha256', text),
    canonicalSha256: sha('sha256', `canonical ${text}`),
    signatureAlgorithm: 'rsa-sha256',
    signerSha256: sha('sha256', 'signer'),
  };
  return {
    verified: verified as unknown as VerifiedEntry,
    t: 'endorse',
    evidence: Buffer.from(`evidence of ${number}`),
    attachments: [CERTIFICATE],
    at: AT,
  };
}

/** Hex digest of a text. */
export function sha(algorithm: 'sha1' | 'sha256', text: string): string {
  return createHash(algorithm).update(text).digest('hex');
}
