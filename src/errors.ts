/**
 * The two vocabularies for what goes wrong. A *finding* is an expected outcome, a value: something a check established
 * about bytes from outside. A *fault* is a surprise, thrown: disk, configuration, a peer that does not answer.
 * Both lists are closed, so a new code does not compile until the problem replies and the exit codes know it.
 */

/** The check that established a finding; the order is the order in which the checks run. */
export type Check =
  | 'document'
  | 'schema'
  | 'constraint'
  | 'signature'
  | 'certificate'
  | 'endorser'
  | 'time'
  | 'submission';

/** Every finding code, with the check it belongs to. `docs/findings.md` has one heading for each. */
export const FINDING_CHECKS = {
  // document: the gate before anything is parsed, and the parser's own refusals
  limits: 'document',
  encoding: 'document',
  doctype: 'document',
  pi: 'document',
  comment: 'document',
  xinclude: 'document',
  wellformed: 'document',
  c14n: 'document',
  root: 'document',
  'dup-id': 'document',
  // schema: the shape of the document
  schema: 'schema',
  // constraint: what the shape alone cannot say
  identifier: 'constraint',
  bytes: 'constraint',
  checksum: 'constraint',
  endorsement: 'constraint',
  email: 'constraint',
  date: 'constraint',
  type: 'constraint',
  cardinality: 'constraint',
  value: 'constraint',
  rdf: 'constraint',
  location: 'constraint',
  deprecated: 'constraint',
  validity: 'constraint',
  // signature: the profile of the Signature element and the mathematics
  'sig-count': 'signature',
  'sig-place': 'signature',
  'sig-structure': 'signature',
  'ref-count': 'signature',
  'ref-uri': 'signature',
  transform: 'signature',
  'alg-not-allowed': 'signature',
  'alg-key-mismatch': 'signature',
  keyinfo: 'signature',
  digest: 'signature',
  sig: 'signature',
  weak: 'signature',
  // certificate: the signer's certificate and its path
  'cert-format': 'certificate',
  'path-limit': 'certificate',
  'alg-mismatch': 'certificate',
  'no-anchor': 'certificate',
  'not-pinned': 'certificate',
  'self-signed': 'certificate',
  'name-chain': 'certificate',
  'cert-sig': 'certificate',
  'weak-alg': 'certificate',
  'not-yet-valid': 'certificate',
  expired: 'certificate',
  'not-ca': 'certificate',
  pathlen: 'certificate',
  'ku-ca': 'certificate',
  'ku-signer': 'certificate',
  eku: 'certificate',
  'critical-ext': 'certificate',
  nc: 'certificate',
  policy: 'certificate',
  'proxy-signer': 'certificate',
  namespace: 'certificate',
  revoked: 'certificate',
  'crl-missing': 'certificate',
  'crl-stale': 'certificate',
  'crl-unusable': 'certificate',
  'crl-rollback': 'certificate',
  tsa: 'certificate',
  'signer-expired-after-poe': 'certificate',
  'revoked-after-poe': 'certificate',
  untrusted: 'certificate',
  // endorser: is the person named the person who signed?
  identity: 'endorser',
  'email-unbound': 'endorser',
  'not-listed': 'endorser',
  // time: the entry's own time window
  created: 'time',
  'not-in-manifest': 'time',
  // submission: findings that only the registry's history can establish
  'stale-created': 'submission',
} as const satisfies Record<string, Check>;

/** A finding code: spelled the same in the type, the problem reply, the command line, the documentation and the fixtures. */
export type FindingCode = keyof typeof FINDING_CHECKS;

/** Where in the uploaded document a finding points: 1-based line, and the element as the entry format names it. */
export interface Where {
  readonly line?: number;
  readonly element?: string;
}

/** One thing a check established. An `error` makes the entry invalid; a `warning` is worth knowing and does not. */
export interface Finding {
  readonly code: FindingCode;
  readonly check: Check;
  readonly severity: 'error' | 'warning';
  /** One sentence for a person: what is wrong and, where it helps, what was expected. */
  readonly message: string;
  readonly where?: Where;
}

/** Makes a finding of severity `error`; its check follows from the code. */
export function toFinding(code: FindingCode, message: string, where?: Where): Finding {
  const finding = { code, check: FINDING_CHECKS[code], severity: 'error' as const, message };
  return where === undefined ? finding : { ...finding, where };
}

/** Makes a finding of severity `warning`. */
export function toWarning(code: FindingCode, message: string, where?: Where): Finding {
  return { ...toFinding(code, message, where), severity: 'warning' };
}

const CODE_ORDER: ReadonlyMap<string, number> = new Map(
  Object.keys(FINDING_CHECKS).map((code, order) => [code, order]),
);

/** Orders findings as the checks run: errors and warnings alike, document first, submission last. */
export function byCheck(a: Finding, b: Finding): number {
  return CODE_ORDER.get(a.code)! - CODE_ORDER.get(b.code)!;
}

/** True if any of the findings makes the entry invalid. */
export function hasError(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === 'error');
}

/** Every code a fault can have. */
export type FaultCode =
  /** A setting is missing or wrong; the message names it and says what it must be. */
  | 'config'
  /** A command line or request that does not say what it must. */
  | 'usage'
  /** A local file or stream cannot be read or written. */
  | 'input-output'
  /** A private key or certificate file cannot be used: wrong passphrase, wrong kind, keys that do not belong together. */
  | 'key'
  /** Bytes from outside that are malformed where only a well-formed thing makes sense (a checkpoint, a manifest). */
  | 'malformed'
  /** No such entry, image, endorser, tag, tile or blob. */
  | 'not-found'
  /** The store cannot be written or read: disk full, device error. */
  | 'storage'
  /** Another process has the store open. */
  | 'storage-locked'
  /** The store contradicts itself. */
  | 'corrupt'
  /** The log was closed, or closed itself after a write with unknown outcome. */
  | 'closed'
  /** A peer cannot be reached. */
  | 'unreachable'
  /** A peer answered, but not as the protocol says. */
  | 'remote'
  /** A limit of time was reached and the work was ended. */
  | 'timeout'
  /** Too much is waiting; the same request may succeed later. */
  | 'busy'
  /** This client, or this address, has had its share; the same request may succeed later. */
  | 'quota'
  /** The instance does not take submissions. */
  | 'read-only'
  /** The registry is for those who show a token or a certificate. */
  | 'unauthorized'
  /** More bytes than the limit allows. */
  | 'too-large'
  /** A media type the resource does not take or cannot give. */
  | 'media-type'
  /** A query that is not SPARQL, or asks for what the endpoint does not do. */
  | 'query'
  /** Something this program did not expect: a defect. */
  | 'internal';

/** The one error class. The message is a whole sentence for a person; `cause` keeps what a library threw. */
export class VouchError extends Error {
  readonly code: FaultCode;
  /** Seconds after which trying again makes sense, for `busy` and `quota`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: FaultCode, message: string, options: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'VouchError';
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** What a thrown value says, as one line of text. */
export function toMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
