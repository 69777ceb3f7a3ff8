import { DCTERMS, RDF, SLREQ, SLTERMS } from '../rdf/vocabulary.ts';
import type { Description } from './entry.ts';

/** How the text of an element is read. */
export type ElementKind =
  | 'text'
  | 'language-text'
  | 'identifier'
  | 'time'
  | 'count'
  | 'port'
  | 'icmp'
  | 'uri'
  | 'reason'
  | 'kind';

/** One element that may stand in the body of a description, after its ordered head. */
export interface BodyElement {
  readonly namespace: string;
  readonly local: string;
  readonly field: keyof Description;
  readonly kind: ElementKind;
  /** Whether it may occur more than once. */
  readonly isRepeatable: boolean;
}

function single(namespace: string, local: string, field: keyof Description, kind: ElementKind): BodyElement {
  return { namespace, local, field, kind, isRepeatable: false };
}

function repeated(namespace: string, local: string, field: keyof Description, kind: ElementKind): BodyElement {
  return { namespace, local, field, kind, isRepeatable: true };
}

/** The body elements the format knows, in the order in which drafts are written. */
export const BODY_ELEMENTS: readonly BodyElement[] = [
  single(DCTERMS.ns, 'type', 'type', 'text'),
  single(SLTERMS.ns, 'kind', 'kind', 'kind'),
  single(DCTERMS.ns, 'valid', 'validUntil', 'time'),
  single(DCTERMS.ns, 'title', 'title', 'language-text'),
  single(DCTERMS.ns, 'description', 'description', 'language-text'),
  single(DCTERMS.ns, 'creator', 'creator', 'text'),
  single(DCTERMS.ns, 'publisher', 'publisher', 'text'),
  single(DCTERMS.ns, 'format', 'format', 'text'),
  single(DCTERMS.ns, 'compression', 'compression', 'text'),
  single(DCTERMS.ns, 'created', 'draftedAt', 'time'),
  single(DCTERMS.ns, 'alternative', 'tag', 'text'),
  single(DCTERMS.ns, 'replaces', 'replaces', 'identifier'),
  single(DCTERMS.ns, 'isReplacedBy', 'isReplacedBy', 'identifier'),
  single(DCTERMS.ns, 'isVersionOf', 'isVersionOf', 'identifier'),
  repeated(SLTERMS.ns, 'location', 'locations', 'uri'),
  single(SLTERMS.ns, 'serial-number', 'serialNumber', 'count'),
  single(SLTERMS.ns, 'version', 'version', 'text'),
  single(SLTERMS.ns, 'hypervisor', 'hypervisor', 'text'),
  single(SLTERMS.ns, 'os', 'os', 'text'),
  single(SLTERMS.ns, 'os-version', 'osVersion', 'text'),
  single(SLTERMS.ns, 'os-arch', 'osArch', 'text'),
  single(SLTERMS.ns, 'disks-bus', 'disksBus', 'text'),
  repeated(SLTERMS.ns, 'inbound-port', 'inboundPorts', 'port'),
  repeated(SLTERMS.ns, 'outbound-port', 'outboundPorts', 'port'),
  repeated(SLTERMS.ns, 'icmp', 'icmp', 'icmp'),
  single(SLTERMS.ns, 'deprecated', 'deprecated', 'reason'),
];

const BY_NAMESPACE = new Map<string, Map<string, BodyElement>>();
for (const element of BODY_ELEMENTS) {
  const byLocal = BY_NAMESPACE.get(element.namespace) ?? new Map<string, BodyElement>();
  BY_NAMESPACE.set(element.namespace, byLocal.set(element.local, element));
}

/** The body element of that name, undefined for a foreign one. */
export function bodyElement(namespace: string, local: string): BodyElement | undefined {
  return BY_NAMESPACE.get(namespace)?.get(local);
}

const PREFIX_OF: Readonly<Record<string, string>> = {
  [RDF.ns]: 'rdf',
  [DCTERMS.ns]: 'dcterms',
  [SLREQ.ns]: 'slreq',
  [SLTERMS.ns]: 'slterms',
};

/** An element's name as people write it (`slterms:os`), whatever prefix the document binds. */
export function toElementName(element: {
  readonly namespace: string;
  readonly local: string;
  readonly prefix: string;
}): string {
  const prefix = PREFIX_OF[element.namespace] ?? element.prefix;
  return prefix === '' ? element.local : `${prefix}:${element.local}`;
}
