import type { CanonicalAttribute, CanonicalElement } from '../xml/canonical-tree.ts';
import { childElements, hasOnlyElements, textOf, toQName, XML_NAMESPACE } from '../xml/canonical-tree.ts';
import type { Quad, Term } from './quad.ts';
import { RDF, XSD } from './vocabulary.ts';

/** A place where a document breaks the RDF/XML grammar, or uses a part of it that entries may not use. */
export interface RdfProblem {
  readonly element: CanonicalElement;
  readonly message: string;
}

export interface TripleReading {
  readonly triples: readonly Quad[];
  readonly problems: readonly RdfProblem[];
}

/** Names that the RDF/XML grammar reserves: they may not be node or property elements (section 7.2.2-7.2.5). */
const NOT_NODES = new Set([
  'RDF',
  'ID',
  'about',
  'bagID',
  'parseType',
  'resource',
  'nodeID',
  'datatype',
  'li',
  'aboutEach',
  'aboutEachPrefix',
]);
const NOT_PROPERTIES = new Set([
  'Description',
  'RDF',
  'ID',
  'about',
  'bagID',
  'parseType',
  'resource',
  'nodeID',
  'datatype',
  'aboutEach',
  'aboutEachPrefix',
]);
/**
 * Characters of all triples together. A subject, a namespace name and a language are written once in a document and repeated in
 * every triple, so that a small document could otherwise say gigabytes.
 */
const MOST_CHARACTERS = 4 * 1024 * 1024;
const RDF_ATTRIBUTES = new Set(['about', 'nodeID', 'resource', 'datatype', 'parseType']);

/**
 * Reads the triples of node elements from canonical text by the grammar of RDF/XML (W3C, section 7). Of the grammar entries may
 * not use `rdf:ID`, `rdf:bagID`, `rdf:parseType` other than `Resource`, or a nested `xml:base`; each is reported. Blank nodes are
 * `b0`, `b1`, … in document order, so the result is the same for the same text.
 */
export function readTriples(nodes: readonly CanonicalElement[], base: string): TripleReading {
  const reader = new RdfXmlReader(base);
  for (const node of nodes) reader.readNode(node, '');
  return { triples: reader.triples, problems: reader.problems };
}

class RdfXmlReader {
  readonly triples: Quad[] = [];
  readonly problems: RdfProblem[] = [];
  readonly #base: string;
  readonly #named = new Map<string, Term>();
  #blanks = 0;
  #characters = 0;

  constructor(base: string) {
    this.#base = base;
  }

  /** Reads a node element (7.2.11) and returns its subject. */
  readNode(element: CanonicalElement, inheritedLanguage: string): Term {
    if (element.namespace === RDF.ns && NOT_NODES.has(element.local)) {
      this.#problem(element, `rdf:${element.local} may not be a node.`);
    }
    if (!hasOnlyElements(element))
      this.#problem(element, `${toQName(element)} describes a resource and may not hold text.`);
    const language = languageOf(element, inheritedLanguage);
    const subject = this.#subject(element);
    if (!(element.namespace === RDF.ns && element.local === 'Description')) {
      this.#emit(element, subject, RDF.type, { termType: 'NamedNode', value: element.namespace + element.local });
    }
    for (const attribute of element.attributes) this.#propertyAttribute(element, attribute, subject, language);
    this.#properties(element, subject, language);
    return subject;
  }

  #properties(element: CanonicalElement, subject: Term, language: string): void {
    let items = 0;
    for (const property of childElements(element)) {
      const isItem = property.namespace === RDF.ns && property.local === 'li';
      if (isItem) items += 1;
      const predicate = isItem ? `${RDF.ns}_${items}` : property.namespace + property.local;
      if (property.namespace === '') this.#problem(property, `The property ${property.local} is in no namespace.`);
      else if (property.namespace === RDF.ns && NOT_PROPERTIES.has(property.local)) {
        this.#problem(property, `rdf:${property.local} may not be a property.`);
      } else this.#property(property, predicate, subject, languageOf(property, language));
    }
  }

  /** Reads a property element (7.2.14 to 7.2.21). */
  #property(property: CanonicalElement, predicate: string, subject: Term, language: string): void {
    const rdf = new Map<string, string>();
    const others: CanonicalAttribute[] = [];
    for (const attribute of property.attributes) {
      if (attribute.namespace === XML_NAMESPACE) this.#xmlAttribute(property, attribute);
      else if (attribute.namespace === RDF.ns && attribute.local !== 'type') {
        if (attribute.local === 'about' || !RDF_ATTRIBUTES.has(attribute.local)) {
          this.#problem(property, `rdf:${attribute.local} may not stand on the property ${toQName(property)}.`);
        } else rdf.set(attribute.local, attribute.value);
      } else others.push(attribute);
    }
    const parseType = rdf.get('parseType');
    const children = childElements(property);
    if (parseType !== undefined) {
      if (parseType !== 'Resource')
        this.#problem(property, `rdf:parseType must be "Resource", not ${JSON.stringify(parseType)}.`);
      if (rdf.size > 1 || others.length > 0)
        this.#problem(property, `${toQName(property)} with rdf:parseType may have no other attribute.`);
      if (!hasOnlyElements(property))
        this.#problem(property, `${toQName(property)} describes a resource and may not hold text.`);
      const object = this.#blank();
      this.#emit(property, subject, predicate, object);
      this.#properties(property, object, language);
      return;
    }
    const refersTo = rdf.has('resource') || rdf.has('nodeID');
    if (children.length > 0) {
      if (refersTo || rdf.has('datatype') || others.length > 0 || children.length > 1 || !hasOnlyElements(property)) {
        this.#problem(property, `${toQName(property)} may hold one node and no attribute or text beside it.`);
        return;
      }
      this.#emit(property, subject, predicate, this.readNode(children[0]!, language));
      return;
    }
    const text = textOf(property) ?? '';
    if (!refersTo && others.length === 0) {
      const datatype = rdf.get('datatype');
      this.#emit(
        property,
        subject,
        predicate,
        toLiteral(text, datatype === undefined ? undefined : this.#iri(property, datatype), language),
      );
      return;
    }
    // An empty property element: its object is a resource, described by the remaining attributes (7.2.21).
    if (text !== '' || rdf.has('datatype'))
      this.#problem(property, `${toQName(property)} has attributes of a property and may not hold text.`);
    if (rdf.has('resource') && rdf.has('nodeID'))
      this.#problem(property, `${toQName(property)} has both rdf:resource and rdf:nodeID.`);
    const object = this.#object(property, rdf);
    this.#emit(property, subject, predicate, object);
    for (const attribute of others) this.#propertyAttribute(property, attribute, object, language);
  }

  #object(property: CanonicalElement, rdf: ReadonlyMap<string, string>): Term {
    const resource = rdf.get('resource');
    if (resource !== undefined) return { termType: 'NamedNode', value: this.#iri(property, resource) };
    const nodeId = rdf.get('nodeID');
    return nodeId === undefined ? this.#blank() : this.#namedBlank(property, nodeId);
  }

  #subject(element: CanonicalElement): Term {
    const about = element.attributes.find((attribute) => attribute.namespace === RDF.ns && attribute.local === 'about');
    const nodeId = element.attributes.find(
      (attribute) => attribute.namespace === RDF.ns && attribute.local === 'nodeID',
    );
    if (about !== undefined && nodeId !== undefined)
      this.#problem(element, 'A node has either rdf:about or rdf:nodeID.');
    if (about !== undefined) return { termType: 'NamedNode', value: this.#iri(element, about.value) };
    return nodeId === undefined ? this.#blank() : this.#namedBlank(element, nodeId.value);
  }

  #propertyAttribute(element: CanonicalElement, attribute: CanonicalAttribute, subject: Term, language: string): void {
    if (attribute.namespace === XML_NAMESPACE) this.#xmlAttribute(element, attribute);
    else if (attribute.namespace === RDF.ns && attribute.local === 'type') {
      this.#emit(element, subject, RDF.type, {
        termType: 'NamedNode',
        value: this.#iri(element, attribute.value),
      });
    } else if (attribute.namespace === RDF.ns && (attribute.local === 'about' || attribute.local === 'nodeID')) return;
    else if (attribute.namespace === RDF.ns || attribute.namespace === '') {
      this.#problem(element, `The attribute ${toQName(attribute)} may not stand on ${toQName(element)}.`);
    } else {
      const value = toLiteral(attribute.value, undefined, language);
      this.#emit(element, subject, attribute.namespace + attribute.local, value);
    }
  }

  #xmlAttribute(element: CanonicalElement, attribute: CanonicalAttribute): void {
    if (attribute.local !== 'lang')
      this.#problem(element, `xml:${attribute.local} may not stand on ${toQName(element)}.`);
  }

  #emit(element: CanonicalElement, subject: Term, predicate: string, object: Term): void {
    const isWithin = this.#characters <= MOST_CHARACTERS;
    const attached = object.termType === 'Literal' ? object.language.length + object.datatype.length : 0;
    this.#characters += subject.value.length + predicate.length + object.value.length + attached;
    if (this.#characters <= MOST_CHARACTERS) this.triples.push({ subject, predicate, object });
    else if (isWithin) this.#problem(element, `The triples up to here have more than ${MOST_CHARACTERS} characters.`);
  }

  #blank(): Term {
    return { termType: 'BlankNode', value: `b${this.#blanks++}` };
  }

  #namedBlank(element: CanonicalElement, nodeId: string): Term {
    if (!/^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(nodeId))
      this.#problem(element, `${JSON.stringify(nodeId)} is not a name for rdf:nodeID.`);
    let term = this.#named.get(nodeId);
    if (term === undefined) {
      term = this.#blank();
      this.#named.set(nodeId, term);
    }
    return term;
  }

  /** Absolute IRIs as they are, `#fragment` under the base; anything else is refused: an entry's links must not need guessing. */
  #iri(element: CanonicalElement, reference: string): string {
    const iri = reference.startsWith('#') ? this.#base + reference : reference;
    if (!/^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`\p{Cc}]*$/u.test(iri)) {
      this.#problem(element, `${JSON.stringify(reference)} is neither an absolute IRI nor "#" and a name.`);
      return this.#base;
    }
    return iri;
  }

  #problem(element: CanonicalElement, message: string): void {
    this.problems.push({ element, message });
  }
}

function languageOf(element: CanonicalElement, inherited: string): string {
  const own = element.attributes.find(
    (attribute) => attribute.namespace === XML_NAMESPACE && attribute.local === 'lang',
  );
  return own === undefined ? inherited : own.value.toLowerCase();
}

/** A literal: with the datatype where there is one, else with the language where there is one, else a plain string. */
export function toLiteral(value: string, datatype: string | undefined, language = ''): Term {
  if (datatype !== undefined) return { termType: 'Literal', value, language: '', datatype };
  return {
    termType: 'Literal',
    value,
    language,
    datatype: language === '' ? XSD.string : RDF.langString,
  };
}
