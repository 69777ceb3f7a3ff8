import { type Finding, VouchError } from '../errors.ts';
import { verifyReceipt } from '../proof/verify-receipt.ts';
import type { Conditions, World } from '../verify/conditions.ts';
import type { AddressBinding, Profile } from '../verify/verdict.ts';
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
  /** The receipt as text and the key of the log (name+id+base64) it is held against; without it the log is not judged. */
  readonly receipt?: { readonly text: string; readonly vkey: string };
}

/** How the entry stands in the log: proven for exactly this document, or why it is not. */
export type LogReport =
  | {
      readonly isProven: true;
      readonly index: number;
      readonly origin: string;
      readonly size: number;
      /** When the log took it in, by the log's word. */
      readonly acceptedAt: string;
    }
  | { readonly isProven: false; readonly why: string };

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
  /** What binds the address to the signer, where the path holds: `none` if the certificate does not. */
  readonly address: AddressBinding | undefined;
  /** Undefined where no receipt came. */
  readonly log: LogReport | undefined;
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
    read === undefined ? { mode: 'any' } : { mode: 'anchors', anchors, digest, bindings: [], isConfirmed: true };
  const verdict = await verifyEntry(bytes, { profile, at, trust }, world);
  const entry = verdict.valid ? verdict.verified.entry : verdict.entry;
  const documentSha256 = await hash(bytes);
  return {
    isValid: verdict.valid,
    findings: verdict.findings,
    documentSha256,
    address: verdict.valid && read !== undefined ? verdict.verified.evidence.address : undefined,
    log: request.receipt && (await judgeReceipt(request.receipt, documentSha256, bytes.length, world)),
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

/** A receipt counts only for the very document it names. */
async function judgeReceipt(
  { text, vkey }: NonNullable<DocumentRequest['receipt']>,
  documentSha256: string,
  length: number,
  world: World,
): Promise<LogReport> {
  try {
    const { record, index, origin, size } = await verifyReceipt(text, vkey.trim(), world.crypto);
    if (record.doc === documentSha256 && record.len === length) {
      return { isProven: true, index, origin, size, acceptedAt: record.at };
    }
    return { isProven: false, why: `The receipt is of another document, record ${index} of the log.` };
  } catch (thrown) {
    if (!(thrown instanceof VouchError)) throw thrown;
    return { isProven: false, why: thrown.message };
  }
}

function namePath(chain: readonly Uint8Array[]): string[] {
  return chain.map((der) => {
    const reading = readCertificate(der);
    return reading.ok ? writeName(reading.certificate.subject) : 'a certificate that cannot be read';
  });
}
