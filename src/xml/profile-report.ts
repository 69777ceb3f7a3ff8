import { type Finding, type FindingCode, toFinding } from '../errors.ts';
import { base64ToBytes } from './base64.ts';
import {
  attributeOf,
  type CanonicalElement,
  childElements,
  hasOnlyElements,
  textOf,
  toQName,
} from './canonical-tree.ts';
import { DS_NAMESPACE } from './signature-algorithm.ts';

/** A finding about the Signature, and the element it is about. */
export interface ProfileFinding {
  readonly finding: Finding;
  readonly element: CanonicalElement;
}

/** Collects deviations from the signature profile, and holds the questions that every part of it asks of its elements. */
export class ProfileReport {
  readonly findings: ProfileFinding[] = [];

  /** Adds a finding about an element. */
  add(code: FindingCode, element: CanonicalElement, message: string): void {
    this.findings.push({ finding: toFinding(code, message), element });
  }

  /** The children of an element that must hold exactly these, in this order, and no attributes; undefined where it does not. */
  children(element: CanonicalElement, names: readonly string[]): CanonicalElement[] | undefined {
    this.attributes(element, []);
    const children = childElements(element);
    const isExact =
      children.length === names.length &&
      children.every((child, position) => child.local === names[position] && child.namespace === DS_NAMESPACE);
    if (!isExact || !hasOnlyElements(element)) {
      const found = children.map((child) => child.local).join(', ') || 'nothing';
      this.add(
        'sig-structure',
        element,
        `ds:${element.local} must hold exactly ${names.join(', ')}; it holds ${found}.`,
      );
      return undefined;
    }
    return children;
  }

  /** Reports every attribute that is not one of these. */
  attributes(element: CanonicalElement, names: readonly string[]): void {
    for (const attribute of element.attributes) {
      if (attribute.namespace === '' && names.includes(attribute.local)) continue;
      this.add('sig-structure', element, `ds:${element.local} may not have the attribute ${toQName(attribute)}.`);
    }
  }

  /** The Algorithm attribute; empty where there is none. */
  algorithm(element: CanonicalElement): string {
    this.attributes(element, ['Algorithm']);
    return attributeOf(element, '', 'Algorithm') ?? '';
  }

  /** Reports whatever stands in an element that must be empty. */
  empty(element: CanonicalElement): void {
    if (element.children.length === 0) return;
    const inner = childElements(element)[0]?.local;
    if (inner === 'HMACOutputLength') this.add('alg-not-allowed', element, 'HMACOutputLength is not accepted.');
    else if (element.local === 'Transform') this.add('transform', element, 'A transform may not have parameters.');
    else this.add('sig-structure', element, `ds:${element.local} must be empty.`);
  }

  /** The bytes of an element that holds base64; undefined where it does not. */
  base64(element: CanonicalElement, name: string): Uint8Array | undefined {
    this.attributes(element, []);
    const text = textOf(element);
    const bytes = text === undefined ? undefined : base64ToBytes(text);
    if (bytes === undefined) this.add('sig-structure', element, `ds:${name} may hold base64 and white space only.`);
    return bytes;
  }
}
