import { type CanonicalElement, toQName, XML_NAMESPACE } from './canonical-tree.ts';
import type { C14nMode } from './open-xml.ts';

/** The octets the digest is over: the canonical text of the whole document less the Signature element (enveloped-signature). */
export function textWithoutSignature(text: string, signature: CanonicalElement): string {
  return text.slice(0, signature.start) + text.slice(signature.end);
}

/**
 * The canonical form of the SignedInfo subtree, cut from the canonical text of the whole document. In the subtree's own form
 * the apex repeats what its ancestors declare: for inclusive C14N every namespace in scope and the ancestors' `xml:*` attributes
 * (C14N 1.0 section 2.4; for 1.1 the only inherited attribute here is the root's absolute xml:base, which its fix-up leaves
 * as it is), for exclusive C14N the namespace that is visibly used. The profile allows neither attributes nor declarations
 * further down, so only the apex changes.
 */
export function signedInfoText(text: string, signedInfo: CanonicalElement, mode: C14nMode): string {
  const namespaces = new Map<string, string>();
  const xmlAttributes = new Map<string, string>();
  for (let element: CanonicalElement | null = signedInfo; element !== null; element = element.parent) {
    for (const [prefix, uri] of element.declarations) if (!namespaces.has(prefix)) namespaces.set(prefix, uri);
    for (const { namespace, local, value } of element.attributes) {
      if (namespace === XML_NAMESPACE && !xmlAttributes.has(local)) xmlAttributes.set(local, value);
    }
  }
  if (mode === 'exclusive') {
    for (const prefix of namespaces.keys()) if (prefix !== signedInfo.prefix) namespaces.delete(prefix);
    xmlAttributes.clear();
  }
  if (namespaces.get('') === '') namespaces.delete('');
  const declarations = [...namespaces]
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([prefix, uri]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${uri}"`);
  const attributes = [...xmlAttributes]
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([local, value]) => ` xml:${local}="${escapeAttribute(value)}"`);
  const startTag = `<${toQName(signedInfo)}${declarations.join('')}${attributes.join('')}>`;
  return startTag + text.slice(signedInfo.contentStart, signedInfo.end);
}

/** Canonical XML orders by code point; JavaScript's `<` orders by UTF-16 unit. */
function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Escapes an attribute value as canonical XML does. */
export function escapeAttribute(value: string): string {
  return value.replace(/[&<"\t\n\r]/g, (character) => ATTRIBUTE_ESCAPES[character]!);
}

/** Escapes text content as canonical XML does. */
export function escapeText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => TEXT_ESCAPES[character]!);
}

const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};
const TEXT_ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
