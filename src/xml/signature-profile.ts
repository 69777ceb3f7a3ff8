import {
  attributeOf,
  type CanonicalElement,
  childElements,
  elementsOf,
  hasOnlyElements,
  toQName,
} from './canonical-tree.ts';
import type { C14nMode } from './open-xml.ts';
import { type ProfileFinding, ProfileReport } from './profile-report.ts';
import { isInPssParameters, readPssMethod } from './pss-parameters.ts';
import {
  CANONICALIZATIONS,
  COMMENTED_CANONICALIZATIONS,
  DIGESTS,
  type DigestMethod,
  DS_NAMESPACE,
  ENVELOPED,
  LEGACY,
  RSA_PSS,
  SIGNATURE_METHODS,
  type SignatureMethod,
} from './signature-algorithm.ts';

/** What a Signature element that keeps the profile says. Nothing of it is verified yet. */
export interface SignatureClaim {
  readonly element: CanonicalElement;
  readonly signedInfo: CanonicalElement;
  readonly signedInfoMode: C14nMode;
  /** How the document's octets were canonicalized for the digest. */
  readonly referenceMode: C14nMode;
  readonly method: SignatureMethod;
  readonly digest: DigestMethod;
  readonly digestValue: Uint8Array;
  readonly signatureValue: Uint8Array;
  /** DER certificates, the signer's first. */
  readonly certificates: readonly Uint8Array[];
}

export type ProfileReading =
  | { readonly ok: true; readonly claim: SignatureClaim }
  | { readonly ok: false; readonly findings: readonly ProfileFinding[] };

const MOST_CERTIFICATES = 8;

/**
 * Holds the document's Signature to the profile (trust A2): exactly one, last child of the root, of exactly the known
 * structure; one reference to the whole document; known algorithms; KeyInfo with certificates only. All deviations are
 * reported, and what is not in the profile is refused rather than ignored.
 */
export function readSignatureProfile(root: CanonicalElement, profile: 'current' | 'legacy'): ProfileReading {
  const reader = new ProfileReader(root, profile);
  const claim = reader.read();
  return claim !== undefined && reader.findings.length === 0
    ? { ok: true, claim }
    : { ok: false, findings: reader.findings };
}

class ProfileReader {
  readonly #report = new ProfileReport();
  readonly #root: CanonicalElement;
  readonly #isLegacy: boolean;

  constructor(root: CanonicalElement, profile: 'current' | 'legacy') {
    this.#root = root;
    this.#isLegacy = profile === 'legacy';
  }

  get findings(): readonly ProfileFinding[] {
    return this.#report.findings;
  }

  read(): SignatureClaim | undefined {
    const signatures = elementsOf(this.#root).filter(
      (element) => element.local === 'Signature' && element.namespace === DS_NAMESPACE,
    );
    const element = signatures[0];
    if (element === undefined) {
      this.#report.add('sig-count', this.#root, 'The document is not signed: it has no ds:Signature.');
      return undefined;
    }
    if (signatures.length > 1) {
      this.#report.add(
        'sig-count',
        signatures[1]!,
        `The document has ${signatures.length} signatures; exactly one is accepted.`,
      );
      return undefined;
    }
    if (element.parent !== this.#root || childElements(this.#root).at(-1) !== element) {
      this.#report.add('sig-place', element, 'ds:Signature must be the last child of the document element.');
    }
    this.#uniform(element);
    const parts = this.#report.children(element, ['SignedInfo', 'SignatureValue', 'KeyInfo']);
    if (parts === undefined) {
      // Wrong in one way does not mean wrong in no other: what can be told of it is told.
      const lone = childElements(element).filter((child) => child.local === 'SignedInfo');
      if (lone.length === 1) this.#signedInfo(lone[0]!);
      return undefined;
    }
    const [signedInfo, valueElement, keyInfo] = parts as [CanonicalElement, CanonicalElement, CanonicalElement];
    const signatureValue = this.#report.base64(valueElement, 'SignatureValue');
    const certificates = this.#certificates(keyInfo);
    const info = this.#signedInfo(signedInfo);
    if (info === undefined || signatureValue === undefined || certificates === undefined) return undefined;
    return { element, signedInfo, signatureValue, certificates, ...info };
  }

  /** Every element inside shares the Signature's prefix and namespace and declares nothing: no second reading is possible. */
  #uniform(signature: CanonicalElement): void {
    for (const element of elementsOf(signature)) {
      if (element.namespace !== DS_NAMESPACE || element.prefix !== signature.prefix) {
        if (element.parent?.local === 'KeyInfo' || isInPssParameters(element)) continue;
        this.#report.add('sig-structure', element, `${toQName(element)} may not stand in a signature of this profile.`);
      } else if (element !== signature && element.declarations.length > 0) {
        this.#report.add('sig-structure', element, `${toQName(element)} may not declare namespaces.`);
      }
    }
  }

  #signedInfo(
    signedInfo: CanonicalElement,
  ): Omit<SignatureClaim, 'element' | 'signedInfo' | 'signatureValue' | 'certificates'> | undefined {
    this.#report.attributes(signedInfo, []);
    const children = childElements(signedInfo);
    const references = children.filter((child) => child.local === 'Reference');
    if (references.length !== 1) {
      this.#report.add(
        'ref-count',
        signedInfo,
        `ds:SignedInfo has ${references.length} references; it must have exactly one.`,
      );
      return undefined;
    }
    const names = children.map((child) => child.local).join(' ');
    if (names !== 'CanonicalizationMethod SignatureMethod Reference' || !hasOnlyElements(signedInfo)) {
      this.#report.add(
        'sig-structure',
        signedInfo,
        'ds:SignedInfo must hold CanonicalizationMethod, SignatureMethod and Reference.',
      );
      return undefined;
    }
    const [canonicalization, methodElement, reference] = children as [
      CanonicalElement,
      CanonicalElement,
      CanonicalElement,
    ];
    const signedInfoMode = this.#signedInfoMode(canonicalization);
    const method = this.#method(methodElement);
    const digested = this.#reference(reference);
    return signedInfoMode === undefined || method === undefined || digested === undefined
      ? undefined
      : { signedInfoMode, method, ...digested };
  }

  #signedInfoMode(element: CanonicalElement): C14nMode | undefined {
    const algorithm = this.#report.algorithm(element);
    if (childElements(element).length > 0) {
      this.#report.add(
        'alg-not-allowed',
        element,
        'Parameters of the canonicalization (InclusiveNamespaces) are not accepted.',
      );
    } else this.#report.empty(element);
    // No comment can be inside SignedInfo here, so the WithComments kinds give the same octets.
    const known = CANONICALIZATIONS.get(algorithm) ?? COMMENTED_CANONICALIZATIONS.get(algorithm);
    const isAllowed = this.#isLegacy ? algorithm === LEGACY.canonicalization : known !== undefined;
    if (!isAllowed)
      this.#report.add(
        'alg-not-allowed',
        element,
        `The canonicalization ${JSON.stringify(algorithm)} is not accepted.`,
      );
    return isAllowed ? known : undefined;
  }

  #method(element: CanonicalElement): SignatureMethod | undefined {
    const algorithm = this.#report.algorithm(element);
    if (algorithm !== RSA_PSS) this.#report.empty(element);
    const method = SIGNATURE_METHODS.get(algorithm);
    if (method === undefined || method.isLegacy !== this.#isLegacy) {
      const hint = method?.isLegacy ? ' (SHA-1 signatures come in by import only)' : '';
      this.#report.add(
        'alg-not-allowed',
        element,
        `The signature method ${JSON.stringify(algorithm)} is not accepted${hint}.`,
      );
      return undefined;
    }
    return algorithm === RSA_PSS ? readPssMethod(element, method, this.#report) : method;
  }

  #reference(
    reference: CanonicalElement,
  ): Pick<SignatureClaim, 'referenceMode' | 'digest' | 'digestValue'> | undefined {
    const uri = attributeOf(reference, '', 'URI');
    if (uri !== '') {
      const found = uri === undefined ? 'is missing' : `is ${JSON.stringify(uri)}`;
      this.#report.add('ref-uri', reference, `The reference's URI ${found}; it must be "" (the whole document).`);
    }
    for (const attribute of reference.attributes) {
      if (attribute.local === 'URI' && attribute.namespace === '') continue;
      this.#report.add('sig-structure', reference, `ds:Reference may not have the attribute ${toQName(attribute)}.`);
    }
    const children = childElements(reference);
    if (
      children.map((child) => child.local).join(' ') !== 'Transforms DigestMethod DigestValue' ||
      !hasOnlyElements(reference)
    ) {
      this.#report.add('sig-structure', reference, 'ds:Reference must hold Transforms, DigestMethod and DigestValue.');
      return undefined;
    }
    const [transforms, digestElement, valueElement] = children as [
      CanonicalElement,
      CanonicalElement,
      CanonicalElement,
    ];
    const referenceMode = this.#transforms(transforms);
    const algorithm = this.#report.algorithm(digestElement);
    this.#report.empty(digestElement);
    const digest = DIGESTS.get(algorithm);
    const digestValue = this.#report.base64(valueElement, 'DigestValue');
    if (digest === undefined || (digest === 'SHA-1') !== this.#isLegacy) {
      this.#report.add(
        'alg-not-allowed',
        digestElement,
        `The digest method ${JSON.stringify(algorithm)} is not accepted.`,
      );
      return undefined;
    }
    return referenceMode === undefined || digestValue === undefined
      ? undefined
      : { referenceMode, digest, digestValue };
  }

  #transforms(transforms: CanonicalElement): C14nMode | undefined {
    this.#report.attributes(transforms, []);
    const steps = childElements(transforms);
    if (!hasOnlyElements(transforms) || steps.some((step) => step.local !== 'Transform')) {
      this.#report.add('sig-structure', transforms, 'ds:Transforms must hold Transform elements only.');
    }
    if (steps.length > 2) {
      this.#report.add('transform', transforms, `There are ${steps.length} transforms; one or two are accepted.`);
      return undefined;
    }
    const algorithms = steps.map((step) => this.#report.algorithm(step));
    for (const step of steps) this.#report.empty(step);
    const mode = algorithms.length === 2 ? CANONICALIZATIONS.get(algorithms[1]!) : 'inclusive-1.0';
    const isAllowed = algorithms[0] === ENVELOPED && mode !== undefined && !(this.#isLegacy && algorithms.length > 1);
    if (!isAllowed) {
      const list = algorithms.map((algorithm) => JSON.stringify(algorithm)).join(', ');
      this.#report.add(
        'transform',
        transforms,
        `The transforms [${list}] are not accepted; they must be enveloped-signature and then at most one canonicalization.`,
      );
      return undefined;
    }
    return mode;
  }

  #certificates(keyInfo: CanonicalElement): Uint8Array[] | undefined {
    this.#report.attributes(keyInfo, []);
    const children = childElements(keyInfo);
    const strange = children.find((child) => child.local !== 'X509Data' || child.namespace !== DS_NAMESPACE);
    if (strange !== undefined || children.length !== 1 || !hasOnlyElements(keyInfo)) {
      const found = children.map((child) => child.local).join(', ') || 'nothing';
      this.#report.add(
        'keyinfo',
        keyInfo,
        `ds:KeyInfo must hold exactly one X509Data and nothing else; it holds ${found}.`,
      );
      return undefined;
    }
    const x509 = children[0]!;
    this.#report.attributes(x509, []);
    const elements = childElements(x509);
    const most = this.#isLegacy ? 1 : MOST_CERTIFICATES;
    if (elements.some((child) => child.local !== 'X509Certificate') || !hasOnlyElements(x509)) {
      this.#report.add('keyinfo', x509, 'ds:X509Data may hold X509Certificate elements only.');
      return undefined;
    }
    if (elements.length < 1 || elements.length > most) {
      this.#report.add(
        'keyinfo',
        x509,
        `ds:X509Data holds ${elements.length} certificates; 1 to ${most} are accepted.`,
      );
      return undefined;
    }
    const certificates = elements.map((element) => this.#report.base64(element, 'X509Certificate'));
    return certificates.every((bytes) => bytes !== undefined) ? (certificates as Uint8Array[]) : undefined;
  }
}
