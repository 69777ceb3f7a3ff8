import { type Finding, toFinding } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { isSelfIssued, toLabel } from './certificate-label.ts';
import { toNameKey } from './name.ts';
import type { Pattern } from './pattern.ts';
import { toComparable, writeSlashName } from './slash-name.ts';

/** One sentence of a policy: what an authority may, or may not, name its subjects. */
export interface NameStatement {
  /** Comparable slash name of the authority, or `self`: the one the file belongs to. */
  readonly issuer: string;
  readonly isPermission: boolean;
  /** Over comparable slash names. */
  readonly subject: Pattern;
  /** The expression or glob as it was read. */
  readonly text: string;
}

/** What one file of a trust directory says of names. */
export interface NamePolicy {
  readonly kind: 'namespaces' | 'signing_policy';
  /** Name of the file, or of one of several with the same content. */
  readonly file: string;
  /** `toNameKey` of the authorities the file belongs to by its name; sorted. */
  readonly owners: readonly string[];
  /** Undefined if the file was not understood: then it permits nothing. */
  readonly statements: readonly NameStatement[] | undefined;
}

/** Longer files, and files with more statements, are no policies of an authority. */
export const POLICY_CHARACTERS_LIMIT = 256 * 1024;
export const STATEMENTS_LIMIT = 1_000;

/**
 * May each authority of the chain name its subjects so (trust A3.11)? For the signer, and every authority that is not self-issued, every
 * policy file about its issuer must permit its subject, and there must be one. The chain is signer first, anchor last; a file speaks about the
 * authority it belongs to and those below it, one that belongs to none about those it names.
 */
export function checkNamespaces(chain: readonly Certificate[], policies: readonly NamePolicy[]): Finding[] {
  return chain.slice(0, -1).flatMap((certificate, index) => {
    // An authority may carry on under its own name; whoever signs entries is one of its subjects, whatever he is called.
    return index > 0 && isSelfIssued(certificate) ? [] : checkSubject(certificate, chain.slice(index + 1), policies);
  });
}

function checkSubject(
  certificate: Certificate,
  above: readonly Certificate[],
  policies: readonly NamePolicy[],
): Finding[] {
  const issuer = above[0]!;
  const issuerKey = toNameKey(issuer.subject);
  const issuerName = toComparableName(issuer);
  const keysAbove = above.slice(1).map(({ subject }) => toNameKey(subject));
  const isAbout = ({ owners, statements }: NamePolicy): boolean => {
    if (owners.includes(issuerKey)) return true;
    const maySpeak = owners.length === 0 || owners.some((owner) => keysAbove.includes(owner));
    return maySpeak && statements?.some((statement) => statement.issuer === issuerName) === true;
  };
  const relevant = policies.filter(isAbout);
  if (relevant.length === 0) {
    const message = `No namespaces or signing policy file in the trust directory says which names ${toLabel(issuer)} may give.`;
    return [toFinding('namespace', message)];
  }
  const subject = toComparableName(certificate);
  const isPermitted = ({ owners, statements = [] }: NamePolicy): boolean => {
    if (subject === undefined) return false;
    const isOwner = owners.includes(issuerKey);
    const matching = statements.filter(
      (one) => (one.issuer === issuerName || (isOwner && one.issuer === 'self')) && one.subject.matches(subject),
    );
    return matching.length > 0 && matching.every(({ isPermission }) => isPermission);
  };
  return relevant
    .filter((policy) => !isPermitted(policy))
    .map(({ file }) => {
      const message = `The policy ${file} does not let ${toLabel(issuer)} issue a certificate for ${toLabel(certificate)}.`;
      return toFinding('namespace', message);
    });
}

/** Authorities and endorsers are looked at again and again. */
const comparableNames = new WeakMap<Certificate, { readonly name: string | undefined }>();

function toComparableName(certificate: Certificate): string | undefined {
  const known = comparableNames.get(certificate);
  if (known !== undefined) return known.name;
  const written = writeSlashName(certificate.subject);
  const name = written === undefined ? undefined : toComparable(written);
  comparableNames.set(certificate, { name });
  return name;
}
