import { attributeOf, type CanonicalElement, childElements, textOf } from './canonical-tree.ts';
import type { ProfileReport } from './profile-report.ts';
import {
  DIGESTS,
  type DigestMethod,
  DS_NAMESPACE,
  PSS_NAMESPACE,
  type SignatureMethod,
} from './signature-algorithm.ts';

const MGF1 = `${PSS_NAMESPACE}MGF1`;

/** Octets of salt; the longest hash has this many, and nobody needs more. */
const SALT_LIMIT = 64;

/**
 * The scheme that the children of an rsa-pss SignatureMethod describe (RFC 9231 section 2.3.9): nothing means SHA-256 throughout;
 * otherwise one RSAPSSParams with SHA-2, MGF1 over the same hash, a salt of at most 64 octets (default: as long as the hash) and
 * the only trailer there is. Reports anything else and answers undefined.
 */
export function readPssMethod(
  element: CanonicalElement,
  method: SignatureMethod,
  report: ProfileReport,
): SignatureMethod | undefined {
  if (element.children.length === 0) return method;
  const refuse = (why: string): undefined => {
    report.add('alg-not-allowed', element, `The parameters of RSA-PSS are not accepted: ${why}.`);
    return undefined;
  };
  const [parameters, second] = element.children;
  if (typeof parameters !== 'object' || second !== undefined || !isNamed(parameters, PSS_NAMESPACE, 'RSAPSSParams')) {
    return refuse('ds:SignatureMethod may hold one RSAPSSParams and nothing else');
  }
  const isForeign = parameters.declarations.some(
    ([prefix, uri]) => prefix !== parameters.prefix || uri !== PSS_NAMESPACE,
  );
  if (isForeign || !isUniform(parameters, parameters.prefix, element.prefix)) {
    return refuse('its elements must share one prefix each for RSAPSSParams and for ds, and declare nothing else');
  }
  const rest = parameters.children.slice();
  const next = (namespace: string, local: string): CanonicalElement | undefined => {
    const [first] = rest;
    if (typeof first !== 'object' || !isNamed(first, namespace, local)) return undefined;
    rest.shift();
    return first;
  };
  const digestElement = next(DS_NAMESPACE, 'DigestMethod');
  const generator = next(PSS_NAMESPACE, 'MaskGenerationFunction');
  const saltElement = next(PSS_NAMESPACE, 'SaltLength');
  const trailer = next(PSS_NAMESPACE, 'TrailerField');
  if (rest.length > 0) return refuse('RSAPSSParams holds something unknown, or in another order');
  const hash = digestElement === undefined ? 'SHA-256' : readHash(digestElement);
  const maskHash = generator === undefined ? 'SHA-256' : readMaskHash(generator);
  if (hash === undefined) return refuse('the hash must be SHA-256, SHA-384 or SHA-512');
  if (maskHash !== hash) return refuse('the mask generation function must be MGF1 with the same hash');
  if (trailer !== undefined && (trailer.attributes.length > 0 || textOf(trailer) !== '1')) {
    return refuse('the trailer field must be 1');
  }
  const { saltLength: _, ...plain } = { ...method, hash, name: `rsa-pss-${hash.replace('-', '').toLowerCase()}` };
  if (saltElement === undefined) return plain;
  const text = saltElement.attributes.length > 0 ? undefined : textOf(saltElement);
  const saltLength = text !== undefined && /^(?:0|[1-9]\d?)$/.test(text) ? Number(text) : Number.NaN;
  if (!(saltLength <= SALT_LIMIT)) return refuse(`the salt length must be a number from 0 to ${SALT_LIMIT}`);
  return { ...plain, saltLength };
}

/** True for elements of RSAPSSParams, the only ones in a signature that are not in its namespace; `readPssMethod` looks at them. */
export function isInPssParameters(element: CanonicalElement): boolean {
  if (element.parent === null) return false;
  if (isNamed(element, PSS_NAMESPACE, 'RSAPSSParams') && element.parent.local === 'SignatureMethod') return true;
  return isInPssParameters(element.parent);
}

function readMaskHash(generator: CanonicalElement): DigestMethod | undefined {
  if (!hasOnlyAlgorithm(generator) || attributeOf(generator, '', 'Algorithm') !== MGF1) return undefined;
  const [digest, second] = generator.children;
  // RFC 9231: MGF1 without a DigestMethod is over SHA-256.
  if (digest === undefined) return 'SHA-256';
  if (typeof digest !== 'object' || second !== undefined || !isNamed(digest, DS_NAMESPACE, 'DigestMethod'))
    return undefined;
  return readHash(digest);
}

function readHash(element: CanonicalElement): DigestMethod | undefined {
  if (!hasOnlyAlgorithm(element) || element.children.length > 0) return undefined;
  const digest = DIGESTS.get(attributeOf(element, '', 'Algorithm') ?? '');
  return digest === 'SHA-1' ? undefined : digest;
}

function hasOnlyAlgorithm(element: CanonicalElement): boolean {
  return element.attributes.every(({ namespace, local }) => namespace === '' && local === 'Algorithm');
}

function isNamed(element: CanonicalElement, namespace: string, local: string): boolean {
  return element.namespace === namespace && element.local === local;
}

/** True if everything below uses the two prefixes for the two namespaces, and declares nothing. */
function isUniform(parent: CanonicalElement, pssPrefix: string, dsPrefix: string): boolean {
  return childElements(parent).every((child) => {
    const prefix = child.namespace === DS_NAMESPACE ? dsPrefix : pssPrefix;
    return child.prefix === prefix && child.declarations.length === 0 && isUniform(child, pssPrefix, dsPrefix);
  });
}
