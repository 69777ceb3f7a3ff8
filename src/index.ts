/** The library: what the program itself is made of, for those who build on it. Everything not exported here may change. */

export { type Catalog, type CatalogEntry, type EntryFilter, type EntryStatus, statusOf } from './catalog/catalog.ts';
export type { SparqlAnswer, SparqlEngine, SparqlFormat, SparqlQuery } from './catalog/sparql/sparql.ts';
export { checksumImage } from './endorse/checksum-image.ts';
export type { Checksum, ChecksumAlgorithm, Description, Endorsement, Entry } from './entry/entry.ts';
export { isIdentifier, toIdentifier } from './entry/identifier.ts';
export { type Amendment, amendDocument, fillEndorsement, writeDraft } from './entry/write-entry.ts';
export {
  type Check,
  type FaultCode,
  FINDING_CHECKS,
  type Finding,
  type FindingCode,
  hasError,
  VouchError,
  type Where,
} from './errors.ts';
export { readSignedCheckpoint, type SignedCheckpoint } from './log/checkpoint.ts';
export type { Checkpoint, Log, LogReader, LogRecord, Receipt } from './log/log.ts';
export { hashLeaf, isConsistent, isIncluded } from './log/merkle.ts';
export { readVerifierKey, type VerifierKey } from './log/note-key.ts';
export { type QuorumVerdict, readWitnessedCheckpoint } from './log/quorum.ts';
export { type ProvenRecord, readRecordProof } from './log/record-proof.ts';
export { readWitnessPolicy, type WitnessPolicy } from './log/witness-policy.ts';
export { assertComplete } from './peer/assert-complete.ts';
export { type EntryBundle, readEntryBundle } from './peer/entry-bundle.ts';
export { type ForkEvidence, isFork, readForkEvidence } from './peer/evidence.ts';
export { HttpLogSource } from './peer/http-log-source.ts';
export { openLevelSyncedLog } from './peer/level-synced-log.ts';
export { type BreachCode, LogBreach } from './peer/log-breach.ts';
export type { LogSource } from './peer/log-source.ts';
export type { SyncedLog, SyncOptions } from './peer/synced-log.ts';
export { type BundleConditions, type BundleVerdict, verifyEntryBundle } from './peer/verify-entry-bundle.ts';
export { type HistoryDemands, type ProvenHistory, verifyHistory } from './peer/verify-history.ts';
export { readEntrySchemas } from './platform/entry-schemas.ts';
export { nodeNameDigests } from './platform/name-digests.ts';
export { nodeCrypto } from './platform/node-crypto.ts';
export { needsPassphrase, readPrivateKey } from './platform/private-key.ts';
export { readTrustDirectory, type TrustDirectory } from './platform/trust-directory.ts';
export { readRecord } from './proof/record.ts';
export { readTlogProof } from './proof/tlog-proof.ts';
export type { Quad, Term } from './rdf/quad.ts';
export {
  type OpenRegistry,
  openRegistry,
  type RegistryLimits,
  type RegistryOptions,
} from './registry/open-registry.ts';
export type { TrustSettings } from './registry/read-trust.ts';
export type { Registry, Submission } from './registry/registry.ts';
export { type AppOptions, createApp } from './server/app.ts';
export { type RunningServer, serveRegistry } from './server/listen.ts';
export type { AuthorityRules, Conditions, EndorserBinding, ProvenTime, Trust, World } from './verify/conditions.ts';
export { type ExistenceConditions, type ExistenceProof, proveExistence } from './verify/prove-existence.ts';
export { type Seal, sealDocument } from './verify/seal.ts';
export { SignerCache } from './verify/signer.ts';
export type { Evidence, ListEvidence, Profile, Verdict, VerifiedEntry } from './verify/verdict.ts';
export { verifyDraft, verifyEntry } from './verify/verify-entry.ts';
export type { Certificate } from './x509/certificate.ts';
export type { Crypto, PrivateKey, SignatureScheme } from './x509/crypto.ts';
export { defaultScheme } from './x509/scheme.ts';
export { readAnchors, readCertificates } from './x509/trust.ts';
export { readTrustStore, type TrustFile, type TrustStore } from './x509/trust-store.ts';
export { webCrypto } from './x509/web-crypto.ts';
export { openXml, type Xml } from './xml/open-xml.ts';
