import type { Entry } from '../entry/entry.ts';
import type { EntryReading } from '../entry/read-entry.ts';
import type { Finding } from '../errors.ts';
import type { Quad } from '../rdf/quad.ts';
import { toHex } from '../x509/octets.ts';
import type { DocumentLimits } from '../xml/gate.ts';
import { checkEntryRules } from './check-entry-rules.ts';
import { checkSignature } from './check-signature.ts';
import type { World } from './conditions.ts';
import { type DocumentContent, readDocument } from './read-document.ts';
import { readSigner, type Signer } from './signer.ts';
import type { Profile } from './verdict.ts';

/** What a signature was found to be, whoever made it. */
export interface StatementSignature {
  /** Absent where the certificate cannot be read. */
  readonly signer?: Signer;
  /** DER of the other certificates of the signature. */
  readonly extra: readonly Uint8Array[];
  /** SHA-256 hex of the canonical octets that were digested. */
  readonly canonicalSha256: string;
  /** As `VerifiedEntry` has it. */
  readonly algorithm: string;
}

/**
 * What a document is by its bytes alone: all that no trust and no time changes, so that it holds for ever. Whether to believe it is
 * `judgeStatement`'s to say.
 */
export interface Statement {
  readonly profile: Profile;
  readonly documentSha256: string;
  /** Absent where the document could not be read at all. */
  readonly content?: {
    readonly reading: EntryReading;
    readonly triples: readonly Quad[];
    /** Absent where the signature does not keep the profile. */
    readonly signature?: StatementSignature;
  };
  /** In the order of the checks. */
  readonly findings: readonly Finding[];
}

/**
 * From bytes to a statement: the document, its rules, digest and signature. Never throws for any bytes; what it throws is a fault of the
 * platform.
 */
export async function readStatement(
  bytes: Uint8Array,
  profile: Profile,
  world: World,
  limits?: DocumentLimits,
): Promise<Statement> {
  const { content, findings } = readDocument(bytes, profile, world.xml, {
    signature: 'required',
    ...(limits === undefined ? {} : { limits }),
  });
  const documentSha256 = toHex(await world.crypto.digest('SHA-256', bytes));
  if (content === undefined) return { profile, documentSha256, findings };
  const { reading, triples } = content;
  const all: Finding[] = [...findings, ...checkEntryRules(reading, profile)];
  const signature = await readSignature(content, world, all);
  const read = { reading, triples, ...(signature === undefined ? {} : { signature }) };
  return { profile, documentSha256, content: read, findings: all };
}

/** The entry a document states; undefined where parts of it are missing. */
export function toEntry({ description, endorsement }: EntryReading): Entry | undefined {
  return description === undefined || endorsement === undefined ? undefined : { ...description, endorsement };
}

/** The mathematics of the signature; adds what it finds. */
async function readSignature(
  { signature, signedText }: DocumentContent,
  world: World,
  findings: Finding[],
): Promise<StatementSignature | undefined> {
  if (signature === undefined) return undefined;
  const [own, ...extra] = signature.claim.certificates;
  const read = await readSigner(own!, world.crypto, world.signers);
  const signer = read.ok ? read.signer : undefined;
  if (!read.ok) findings.push(...read.findings);
  const octets = new TextEncoder().encode(signedText);
  const sha256 = await world.crypto.digest('SHA-256', octets);
  findings.push(...(await checkSignature(signature, { octets, sha256 }, signer?.certificate, world.crypto)));
  return {
    ...(signer === undefined ? {} : { signer }),
    extra,
    canonicalSha256: toHex(sha256),
    algorithm: signature.claim.method.name,
  };
}
