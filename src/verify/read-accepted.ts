import type { Entry } from '../entry/entry.ts';
import { VouchError } from '../errors.ts';
import type { Quad } from '../rdf/quad.ts';
import type { PublicKey } from '../x509/certificate.ts';
import type { DocumentLimits } from '../xml/gate.ts';
import type { World } from './conditions.ts';
import { readDocument } from './read-document.ts';
import { readSigner } from './signer.ts';
import type { Profile } from './verdict.ts';

/** What an accepted document says. */
export interface AcceptedContent {
  readonly entry: Entry;
  /** Of the names; `ownKey` is of the key too, and counts for what was accepted in trust mode `open`. */
  readonly endorserKey: string;
  readonly ownKey: string;
  /** SHA-256 hex of the signer's certificate. */
  readonly signerSha256: string;
  readonly signerKey: PublicKey;
  readonly triples: readonly Quad[];
}

/** The document kept the limits in force when it was accepted; others may be in force now. */
const ANY_SIZE: DocumentLimits = {
  bytes: Number.POSITIVE_INFINITY,
  depth: Number.POSITIVE_INFINITY,
  elements: Number.POSITIVE_INFINITY,
  attributesPerElement: Number.POSITIVE_INFINITY,
  namespaceDeclarations: Number.POSITIVE_INFINITY,
  namespaceLength: Number.POSITIVE_INFINITY,
  textLength: Number.POSITIVE_INFINITY,
};

/**
 * Reads a document the log holds, without verifying it again: it was verified when it was accepted, and the log vouches for the
 * bytes. Values come from the signed octets here too. Throws `corrupt` if it cannot be read.
 */
export async function readAccepted(bytes: Uint8Array, profile: Profile, world: World): Promise<AcceptedContent> {
  const { content, findings } = readDocument(bytes, profile, world.xml, { signature: 'required', limits: ANY_SIZE });
  const certificate = content?.signature?.claim.certificates[0];
  const { description, endorsement } = content?.reading ?? {};
  const read = certificate === undefined ? undefined : await readSigner(certificate, world.crypto, world.signers);
  if (content === undefined || description === undefined || endorsement === undefined || !read?.ok) {
    const why = findings[0]?.message ?? 'its certificate cannot be read';
    throw new VouchError('corrupt', `An accepted document cannot be read any more: ${why}`);
  }
  world.signers?.add(read.signer);
  const { endorserKey, ownKey, sha256: signerSha256, certificate: own } = read.signer;
  const entry = { ...description, endorsement };
  return { entry, endorserKey, ownKey, signerSha256, signerKey: own.publicKey, triples: content.triples };
}
