import { VouchError } from '../errors.ts';
import { DCTERMS, IMAGE_BASE, RDF, SLREQ, SLTERMS } from '../rdf/vocabulary.ts';
import { type CanonicalElement, childElements, readCanonicalTree } from '../xml/canonical-tree.ts';
import type { Xml } from '../xml/open-xml.ts';
import { DS_NAMESPACE } from '../xml/signature-algorithm.ts';
import { escapeAttribute, escapeText } from '../xml/signed-octets.ts';
import { BODY_ELEMENTS, type BodyElement } from './element.ts';
import type { Description, Endorsement } from './entry.ts';
import { writeEntryTime } from './entry-time.ts';
import { findDescription } from './read-entry.ts';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const PREFIXES: Readonly<Record<string, string>> = {
  rdf: RDF.ns,
  dcterms: DCTERMS.ns,
  slreq: SLREQ.ns,
  slterms: SLTERMS.ns,
};

/** What may be changed when an entry is renewed, deprecated or seconded: fields to set; `null` takes the element away. */
export type Amendment = {
  readonly [Field in BodyElement['field']]?: Description[Field] | null;
};

/** Writes a description as a draft: a complete document whose endorsement is still empty, in the order of the entry format. */
export function writeDraft(description: Description): Uint8Array {
  const lines = [
    `<rdf:RDF${writeDeclarations()} xml:base="${IMAGE_BASE}">`,
    `  <rdf:Description rdf:about="#${description.identifier}">`,
    `    <dcterms:identifier>${description.identifier}</dcterms:identifier>`,
    `    <slreq:bytes>${description.sizeBytes}</slreq:bytes>`,
  ];
  for (const { algorithm, value } of description.checksums) {
    lines.push(
      '    <slreq:checksum rdf:parseType="Resource">',
      `      <slreq:algorithm>${algorithm}</slreq:algorithm>`,
      `      <slreq:value>${value}</slreq:value>`,
      '    </slreq:checksum>',
    );
  }
  lines.push('    <slreq:endorsement rdf:parseType="Resource"></slreq:endorsement>');
  for (const element of BODY_ELEMENTS) {
    const prefix = element.namespace === DCTERMS.ns ? 'dcterms' : 'slterms';
    for (const text of toTexts(description[element.field])) {
      lines.push(`    <${prefix}:${element.local}>${escapeText(text)}</${prefix}:${element.local}>`);
    }
  }
  lines.push('  </rdf:Description>', '</rdf:RDF>', '');
  return new TextEncoder().encode(DECLARATION + lines.join('\n'));
}

/** Fills in (or replaces) the endorsement of a draft; a signature is removed. Throws `malformed` if it is no entry at all. */
export function fillEndorsement(xml: Xml, draft: Uint8Array, endorsement: Endorsement): Uint8Array {
  return amendDocument(xml, draft, {}, endorsement);
}

/**
 * Takes the signature off a document, sets fields of its description and, where given, its endorsement. Everything else stays,
 * foreign elements too. Throws `malformed` if the bytes are no entry at all.
 */
export function amendDocument(xml: Xml, bytes: Uint8Array, changes: Amendment, endorsement?: Endorsement): Uint8Array {
  const { text, root } = readUnsigned(xml, bytes);
  const description = findDescription(root);
  if (description === undefined) throw new VouchError('malformed', 'The document holds no single rdf:Description.');
  const edits: Edit[] = [];
  for (const child of childElements(root)) {
    if (child.namespace === DS_NAMESPACE) edits.push({ start: child.start, end: child.end, text: '' });
  }
  const end = text.lastIndexOf('</', description.end - 1);
  const tail = /[ \t]*$/.exec(text.slice(0, end))![0].length;
  for (const element of BODY_ELEMENTS) {
    const value = changes[element.field];
    if (value === undefined) continue;
    for (const old of childElements(description)) {
      if (old.namespace !== element.namespace || old.local !== element.local) continue;
      edits.push({ start: lineStart(text, old.start), end: old.end, text: '' });
    }
    for (const content of value === null ? [] : toTexts(value)) {
      const line = `    ${writeElement(root, element.namespace, element.local, escapeText(content))}\n`;
      edits.push({ start: end - tail, end: end - tail, text: line });
    }
  }
  if (endorsement !== undefined) edits.push(toEndorsementEdit(text, root, description, endorsement));
  return new TextEncoder().encode(DECLARATION + applyEdits(text, edits).trimEnd());
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, Math.max(at, edit.start)) + edit.text;
    at = Math.max(at, edit.end);
  }
  return result + text.slice(at);
}

function readUnsigned(xml: Xml, bytes: Uint8Array): { text: string; root: CanonicalElement } {
  const reading = xml.readDocument(bytes);
  if (!reading.ok) throw new VouchError('malformed', reading.findings[0]!.message);
  using document = reading.document;
  const text = document.canonicalText('inclusive-1.0');
  const root = text === undefined ? undefined : readCanonicalTree(text);
  if (text === undefined || root === undefined)
    throw new VouchError('malformed', 'The document cannot be canonicalized.');
  return { text, root };
}

function toEndorsementEdit(
  text: string,
  root: CanonicalElement,
  description: CanonicalElement,
  endorsement: Endorsement,
): Edit {
  const { createdAt, email, subject, issuers } = endorsement;
  const resource = ` ${attributeName(root, RDF.ns, 'parseType')}="Resource"`;
  const endorser = [
    writeElement(root, SLREQ.ns, 'email', escapeText(email)),
    writeElement(root, SLREQ.ns, 'subject', escapeText(subject)),
    ...issuers.map((issuer) => writeElement(root, SLREQ.ns, 'issuer', escapeText(issuer))),
  ];
  const content = [
    writeElement(root, DCTERMS.ns, 'created', writeEntryTime(createdAt)),
    writeElement(root, SLREQ.ns, 'endorser', `\n        ${endorser.join('\n        ')}\n      `, resource),
  ];
  const written = writeElement(root, SLREQ.ns, 'endorsement', `\n      ${content.join('\n      ')}\n    `, resource);
  const children = childElements(description);
  const old = children.find((child) => child.namespace === SLREQ.ns && child.local === 'endorsement');
  if (old !== undefined) return { start: old.start, end: old.end, text: written };
  const checksum = children.findLast((child) => child.namespace === SLREQ.ns && child.local === 'checksum');
  const at = checksum?.end ?? description.contentStart;
  return { start: at, end: at, text: `${text.startsWith('\n', at) ? '\n    ' : ''}${written}` };
}

/** An element in the prefix the document's root binds to the namespace; binds one itself where the root has none. */
function writeElement(
  root: CanonicalElement,
  namespace: string,
  local: string,
  content: string,
  attributes = '',
): string {
  const bound = root.declarations.find(([prefix, uri]) => uri === namespace && prefix !== '');
  if (bound !== undefined) return `<${bound[0]}:${local}${attributes}>${content}</${bound[0]}:${local}>`;
  return `<${local} xmlns="${escapeAttribute(namespace)}"${attributes}>${content}</${local}>`;
}

function attributeName(root: CanonicalElement, namespace: string, local: string): string {
  const bound = root.declarations.find(([prefix, uri]) => uri === namespace && prefix !== '');
  if (bound === undefined) throw new VouchError('malformed', `The document's root binds no prefix to ${namespace}.`);
  return `${bound[0]}:${local}`;
}

/** Start of the line before an element, so that taking the element away takes its line with it. */
function lineStart(text: string, at: number): number {
  const white = /\n[ \t]*$/.exec(text.slice(Math.max(0, at - 200), at));
  return white === null ? at : at - white[0].length;
}

function toTexts(value: Description[keyof Description]): string[] {
  if (value === undefined) return [];
  if (value instanceof Date) return [writeEntryTime(value)];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function writeDeclarations(): string {
  return Object.entries(PREFIXES)
    .map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
    .join('');
}
