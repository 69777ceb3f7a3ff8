import { type Finding, type FindingCode, toFinding } from '../errors.ts';
import { DCTERMS, IMAGE_BASE, RDF, SLREQ } from '../rdf/vocabulary.ts';
import { attributeOf, type CanonicalElement, childElements, textOf, XML_NAMESPACE } from '../xml/canonical-tree.ts';
import { DS_NAMESPACE } from '../xml/signature-algorithm.ts';
import { bodyElement, toElementName } from './element.ts';
import { CHECKSUM_HEX_DIGITS, type Checksum, type ChecksumAlgorithm, type Endorsement, type Entry } from './entry.ts';
import { readEntryTime } from './entry-time.ts';
import { isIdentifier, toIdentifier } from './identifier.ts';
import { readBodyValue } from './read-value.ts';

/** A finding that still points at an element of the canonical tree instead of a line of the upload. */
export interface ElementFinding {
  readonly finding: Finding;
  readonly element: CanonicalElement;
}

export interface EntryReading {
  /** The description as far as it could be read: its fields, the endorsement missing where it is missing. */
  readonly description?: Omit<Entry, 'endorsement'>;
  readonly endorsement?: Endorsement;
  readonly findings: readonly ElementFinding[];
}

/** Reads the entry from the canonical tree of its document, reporting everything that breaks the entry format. */
export function readEntry(root: CanonicalElement): EntryReading {
  return new EntryReader(root).read();
}

/** The one `rdf:Description` that is the entry; undefined where there is none or more than one. */
export function findDescription(root: CanonicalElement): CanonicalElement | undefined {
  const all = childElements(root).filter((child) => child.namespace === RDF.ns && child.local === 'Description');
  return all.length === 1 ? all[0] : undefined;
}

class EntryReader {
  readonly #root: CanonicalElement;
  readonly #findings: ElementFinding[] = [];

  constructor(root: CanonicalElement) {
    this.#root = root;
  }

  read(): EntryReading {
    const root = this.#root;
    if (root.namespace !== RDF.ns || root.local !== 'RDF') {
      this.#report('root', root, `The document element is ${toElementName(root)}; it must be rdf:RDF.`);
      return { findings: this.#findings };
    }
    if (attributeOf(root, XML_NAMESPACE, 'base') !== IMAGE_BASE) {
      this.#report('root', root, `rdf:RDF must have xml:base="${IMAGE_BASE}".`);
    }
    for (const child of childElements(root)) {
      if (child.namespace !== DS_NAMESPACE || child.local === 'Signature') continue;
      this.#report('root', child, `rdf:RDF may hold a ds:Signature, and no ${toElementName(child)} beside it.`);
    }
    this.#attributes(root, XML_NAMESPACE, 'base');
    const description = findDescription(root);
    if (description === undefined) {
      this.#report('root', root, 'rdf:RDF must hold exactly one rdf:Description.');
      return { findings: this.#findings };
    }
    this.#attributes(description, RDF.ns, 'about');
    const checksums = this.#checksums(description);
    const identifier = this.#identifier(description, checksums);
    const sizeBytes = this.#size(description);
    const endorsement = this.#endorsement(description);
    const body = this.#body(description);
    return {
      description: {
        locations: [],
        inboundPorts: [],
        outboundPorts: [],
        icmp: [],
        ...body,
        identifier: identifier ?? '',
        sizeBytes: sizeBytes ?? 0,
        checksums,
      },
      ...(endorsement === undefined ? {} : { endorsement }),
      findings: this.#findings,
    };
  }

  #report(code: FindingCode, element: CanonicalElement, message: string): void {
    this.#findings.push({ finding: toFinding(code, message), element });
  }

  /** The text of a simple element, trimmed; reports children and attributes that may not be there. */
  #text(element: CanonicalElement, allowsLanguage = false): string | undefined {
    for (const attribute of element.attributes) {
      if (allowsLanguage && attribute.namespace === XML_NAMESPACE && attribute.local === 'lang') continue;
      this.#report('rdf', element, `${toElementName(element)} may not have the attribute ${toElementName(attribute)}.`);
    }
    const text = textOf(element);
    if (text !== undefined) return trimWhite(text);
    const name = toElementName(element);
    this.#report(name === 'dcterms:type' ? 'type' : 'value', element, `${name} may hold text only, no elements.`);
    return undefined;
  }

  /** Reports attributes beside the one that belongs there: `xsi:` ones, which every schema lets in. */
  #attributes(element: CanonicalElement, namespace: string, local: string): void {
    for (const attribute of element.attributes) {
      if (attribute.namespace === namespace && attribute.local === local) continue;
      this.#report('rdf', element, `${toElementName(element)} may not have the attribute ${toElementName(attribute)}.`);
    }
  }

  #only(parent: CanonicalElement, namespace: string, local: string, code: FindingCode): CanonicalElement | undefined {
    const found: CanonicalElement[] = [];
    for (const child of parent.children) {
      if (typeof child !== 'string' && child.local === local && child.namespace === namespace) found.push(child);
    }
    if (found.length !== 1) {
      const name = toElementName({ namespace, local, prefix: '' });
      if (found.length === 0) this.#report(code, parent, `${toElementName(parent)} lacks its ${name}.`);
      else this.#report('cardinality', found[1]!, `${name} occurs ${found.length} times; once is allowed.`);
    }
    return found[0];
  }

  #identifier(description: CanonicalElement, checksums: readonly Checksum[]): string | undefined {
    const element = this.#only(description, DCTERMS.ns, 'identifier', 'identifier');
    const identifier = element === undefined ? undefined : this.#text(element);
    if (element === undefined || identifier === undefined) return undefined;
    if (!isIdentifier(identifier)) {
      this.#report(
        'identifier',
        element,
        `${JSON.stringify(identifier)} is not an image identifier (27 base-64 digits).`,
      );
      return undefined;
    }
    const about = attributeOf(description, RDF.ns, 'about');
    if (about !== `#${identifier}`) {
      this.#report(
        'identifier',
        description,
        `rdf:about is ${JSON.stringify(about ?? '')}; with this identifier it must be "#${identifier}".`,
      );
    }
    const sha1 = checksums.find((checksum) => checksum.algorithm === 'SHA-1');
    if (sha1 !== undefined && toIdentifier(sha1.value) !== identifier) {
      this.#report(
        'identifier',
        element,
        `The identifier ${identifier} does not belong to the SHA-1 checksum, whose identifier is ${toIdentifier(sha1.value)}.`,
      );
    }
    return identifier;
  }

  #size(description: CanonicalElement): number | undefined {
    const element = this.#only(description, SLREQ.ns, 'bytes', 'bytes');
    const text = element === undefined ? undefined : this.#text(element);
    if (element === undefined || text === undefined) return undefined;
    const size = /^\+?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(size)) {
      this.#report('bytes', element, `${JSON.stringify(text)} is not a size in bytes (0 to 2^53 - 1).`);
      return undefined;
    }
    return size;
  }

  #checksums(description: CanonicalElement): Checksum[] {
    const checksums: Checksum[] = [];
    for (const element of childElements(description)) {
      if (element.namespace !== SLREQ.ns || element.local !== 'checksum') continue;
      this.#composite(element);
      const algorithmElement = this.#only(element, SLREQ.ns, 'algorithm', 'checksum');
      const valueElement = this.#only(element, SLREQ.ns, 'value', 'checksum');
      const algorithm = algorithmElement === undefined ? undefined : this.#text(algorithmElement);
      const value = valueElement === undefined ? undefined : this.#text(valueElement);
      if (algorithm === undefined || value === undefined) continue;
      const digits = CHECKSUM_HEX_DIGITS[algorithm as ChecksumAlgorithm] as number | undefined;
      if (digits === undefined) {
        const known = Object.keys(CHECKSUM_HEX_DIGITS).join(', ');
        this.#report('checksum', algorithmElement!, `${JSON.stringify(algorithm)} is not one of ${known}.`);
      } else if (!/^[0-9A-Fa-f]+$/.test(value) || value.length !== digits) {
        this.#report(
          'checksum',
          valueElement!,
          `A ${algorithm} checksum has ${digits} hex digits; this is ${JSON.stringify(value.slice(0, 140))}.`,
        );
      } else if (checksums.some((other) => other.algorithm === algorithm)) {
        this.#report('checksum', element, `There is more than one ${algorithm} checksum.`);
      } else checksums.push({ algorithm: algorithm as ChecksumAlgorithm, value: value.toLowerCase() });
    }
    if (!checksums.some((checksum) => checksum.algorithm === 'SHA-1')) {
      this.#report('checksum', description, 'A valid SHA-1 checksum is missing; the identifier is made from it.');
    }
    return checksums;
  }

  #endorsement(description: CanonicalElement): Endorsement | undefined {
    const element = this.#only(description, SLREQ.ns, 'endorsement', 'endorsement');
    if (element === undefined) return undefined;
    this.#composite(element);
    const createdElement = this.#only(element, DCTERMS.ns, 'created', 'endorsement');
    const endorser = this.#only(element, SLREQ.ns, 'endorser', 'endorsement');
    const createdAt = createdElement === undefined ? undefined : this.#time(createdElement);
    if (endorser === undefined) return undefined;
    this.#composite(endorser);
    const emailElement = this.#only(endorser, SLREQ.ns, 'email', 'endorsement');
    const subjectElement = this.#only(endorser, SLREQ.ns, 'subject', 'endorsement');
    const email = emailElement === undefined ? undefined : this.#text(emailElement);
    const subject = subjectElement === undefined ? undefined : this.#text(subjectElement);
    const issuers: string[] = [];
    for (const child of childElements(endorser)) {
      if (child.namespace !== SLREQ.ns || child.local !== 'issuer') continue;
      const text = this.#text(child);
      if (text !== undefined) issuers.push(text);
    }
    if (issuers.length === 0) this.#report('endorsement', endorser, 'slreq:endorser lacks its slreq:issuer.');
    if (email !== undefined && !isEmail(email)) {
      this.#report('email', emailElement!, `${JSON.stringify(email)} is not an e-mail address.`);
      return undefined;
    }
    if (createdAt === undefined || email === undefined || subject === undefined || issuers.length === 0)
      return undefined;
    return { createdAt, email, subject, issuers };
  }

  #time(element: CanonicalElement): Date | undefined {
    const text = this.#text(element);
    const at = text === undefined ? undefined : readEntryTime(text);
    if (text !== undefined && at === undefined) {
      this.#report('date', element, `${JSON.stringify(text)} is not a time of the form YYYY-MM-DDThh:mm:ssZ.`);
    }
    return at;
  }

  #composite(element: CanonicalElement): void {
    for (const attribute of element.attributes) {
      const isParseType = attribute.namespace === RDF.ns && attribute.local === 'parseType';
      if (isParseType && attribute.value === 'Resource') continue;
      const name = toElementName(element);
      this.#report('rdf', element, `${name} may have rdf:parseType="Resource" and no other attribute.`);
    }
    if (textOf(element) !== undefined && (textOf(element) ?? '').trim() !== '') {
      this.#report('rdf', element, `${toElementName(element)} may hold elements only, no text.`);
    }
  }

  #body(description: CanonicalElement): Partial<Entry> {
    const body: Record<string, unknown> = {};
    for (const element of childElements(description)) {
      const known = bodyElement(element.namespace, element.local);
      if (known === undefined) continue;
      const text = this.#text(element, known.kind === 'language-text');
      if (text === undefined) continue;
      const reading = readBodyValue(known.kind, text);
      if (!reading.ok) {
        this.#report(reading.code, element, `${toElementName(element)}: ${reading.message}`);
        continue;
      }
      if (known.isRepeatable) {
        const values = (body[known.field] ?? []) as unknown[];
        body[known.field] = values;
        if (reading.value !== undefined && !values.includes(reading.value)) values.push(reading.value);
      } else if (known.field in body) {
        this.#report('cardinality', element, `${toElementName(element)} may occur once only.`);
      } else body[known.field] = reading.value;
    }
    // An empty element says nothing; it was put there above only to notice a second one.
    return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Partial<Entry>;
  }
}

/** Without the white space of XML at both ends: other blank characters belong to what was signed. Empty if there is nothing else. */
function trimWhite(text: string): string {
  return text.trim() === '' ? '' : text.replace(/^[\t\n\r ]+/, '').replace(/(?<![\t\n\r ])[\t\n\r ]+$/, '');
}

/** A plain address: one `@`, no white space or control characters, none of the characters that mean something in a URL path. */
export function isEmail(text: string): boolean {
  return text.length <= 254 && /^[A-Za-z0-9.!#$&'*+=^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text);
}
