import type { Finding } from '../errors.ts';
import type { Conditions, World } from '../verify/conditions.ts';
import type { Profile } from '../verify/verdict.ts';
import { verifyEntry } from '../verify/verify-entry.ts';
import type { Certificate } from '../x509/certificate.ts';
import { writeName } from '../x509/name.ts';
import { toHex } from '../x509/octets.ts';
import { readCertificate } from '../x509/read-certificate.ts';
import { readAnchors } from '../x509/trust.ts';

/** What a page asks to be verified; all of it may cross to a worker. */
export interface DocumentRequest {
  readonly bytes: Uint8Array;
  readonly profile: Profile;
  readonly at: Date;
  /** A file of certificates (PEM or DER) that the visitor believes; without it the signer's path is not judged. */
  readonly anchors?: Uint8Array;
}

/** Which entry the document is, by its own signed words. */
export interface SignedWords {
  readonly identifier: string;
  readonly email: string;
  readonly createdAt: Date;
}

/** The answer of `verifyDocument`. */
export interface DocumentReport {
  readonly isValid: boolean;
  readonly findings: readonly Finding[];
  readonly documentSha256: string;
  /** Null where the document is not readable as an entry. */
  readonly words: SignedWords | null;
  /** Names of the path from the signer to the visitor's anchor; empty where it was not judged or does not hold. */
  readonly path: readonly string[];
  /** Anchors that were believed: name and SHA-256 of each. */
  readonly anchors: readonly { readonly name: string; readonly sha256: string }[];
  /** What was passed over in the visitor's file. */
  readonly warnings: readonly string[];
}

/** Judges a document as a registry does, by the visitor's own anchors and no word of the server. */
export async function verifyDocument(request: DocumentRequest, world: World): Promise<DocumentReport> {
  const { bytes, profile, at } = request;
  const read = request.anchors === undefined ? undefined : readAnchors([{ name: 'Your file', bytes: request.anchors }]);
  const hash = async (octets: Uint8Array) => toHex(await world.crypto.digest('SHA-256', octets));
  const anchors = read?.anchors ?? [];
  const digest = request.anchors === undefined ? '' : await hash(request.anchors);
  const trust: Conditions['trust'] =
    read === undefined ? { mode: 'any' } : { mode: 'anchors', anchors, digest, bindings: [] };
  const verdict = await verifyEntry(bytes, { profile, at, trust }, world);
  const entry = verdict.valid ? verdict.verified.entry : verdict.entry;
  return {
    isValid: verdict.valid,
    findings: verdict.findings,
    documentSha256: await hash(bytes),
    words:
      entry === null
        ? null
        : {
            identifier: entry.identifier,
            email: entry.endorsement.email,
            createdAt: entry.endorsement.createdAt,
          },
    path: verdict.valid && read !== undefined ? namePath(verdict.verified.evidence.chain) : [],
    anchors: await Promise.all(
      anchors.map(async ({ der, subject }: Certificate) => ({ name: writeName(subject), sha256: await hash(der) })),
    ),
    warnings: read?.warnings ?? [],
  };
}

function namePath(chain: readonly Uint8Array[]): string[] {
  return chain.map((der) => {
    const reading = readCertificate(der);
    return reading.ok ? writeName(reading.certificate.subject) : 'a certificate that cannot be read';
  });
}
