import { toElementName } from '../entry/element.ts';
import { type EntryReading, findDescription, readEntry } from '../entry/read-entry.ts';
import { type Finding, hasError, toFinding } from '../errors.ts';
import type { Quad } from '../rdf/quad.ts';
import { readTriples } from '../rdf/rdfxml.ts';
import { IMAGE_BASE } from '../rdf/vocabulary.ts';
import { type CanonicalElement, elementsOf, readCanonicalTree, XML_NAMESPACE } from '../xml/canonical-tree.ts';
import { DEFAULT_DOCUMENT_LIMITS, type DocumentLimits, readGate } from '../xml/gate.ts';
import type { C14nMode, ParsedDocument, Xml } from '../xml/open-xml.ts';
import { type ProfileReading, readSignatureProfile, type SignatureClaim } from '../xml/signature-profile.ts';
import { signedInfoText, textWithoutSignature } from '../xml/signed-octets.ts';
import type { Profile } from './verdict.ts';

/** What the document says, and which octets its signature covers. Nothing is verified yet. */
export interface DocumentContent {
  /** The octets that were digested: everything below was read from them. */
  readonly signedText: string;
  /** Absent where the signature does not keep the profile. */
  readonly signature?: { readonly claim: SignatureClaim; readonly signedInfoText: string };
  readonly reading: EntryReading;
  readonly triples: readonly Quad[];
}

export interface DocumentResult {
  /** Absent where the document could not be read at all. */
  readonly content?: DocumentContent;
  readonly findings: readonly Finding[];
}

/** A finding that waits for the line its element has in the upload. */
interface Pending {
  readonly finding: Finding;
  readonly element: CanonicalElement;
}

const EXCLUSIVE_HINT = 'xml-exc-c14n#';
const XINCLUDE = 'http://www.w3.org/2001/XInclude';
/** Gate findings after which looking further costs nothing and may tell more. */
const HARMLESS: ReadonlySet<string> = new Set(['pi', 'comment']);

/**
 * From bytes to content: gate, parse, schema, canonical text, signature profile, entry, triples. `signature: 'none'` is for
 * drafts: a signature is neither expected nor read. Never throws for any bytes.
 */
export function readDocument(
  bytes: Uint8Array,
  profile: Profile,
  xml: Xml,
  options: { limits?: DocumentLimits; signature: 'required' | 'none' },
): DocumentResult {
  const gate = readGate(
    bytes,
    options.limits ?? DEFAULT_DOCUMENT_LIMITS,
    profile === 'legacy' ? 'outside-signature' : 'refused',
  );
  if (gate.text === undefined || gate.findings.some(({ code }) => !HARMLESS.has(code)))
    return { findings: gate.findings };
  const parsed = xml.readDocument(bytes);
  if (!parsed.ok) return { findings: [...gate.findings, ...parsed.findings] };
  using document = parsed.document;
  const schema = document.schemaFindings(profile);
  const guess: C14nMode = gate.text.includes(EXCLUSIVE_HINT) ? 'exclusive' : 'inclusive-1.0';
  const forms = new CanonicalForms(document);
  const first = forms.get(guess);
  if (first === undefined) {
    // Canonical text with processing instructions is not read; that they are there has been said.
    if (gate.findings.some(({ code }) => code === 'pi')) return { findings: [...gate.findings, ...schema] };
    const message = 'The document cannot be canonicalized (a relative namespace name, or one holding "&" or "<").';
    return { findings: [...gate.findings, ...schema, toFinding('c14n', message)] };
  }
  const pending: Pending[] = [...checkTree(first.root)];
  let form = first;
  let signature: DocumentContent['signature'];
  if (options.signature === 'required') {
    const read = readSignature(forms, first, profile);
    if (read.ok) ({ form, signature } = read);
    else pending.push(...read.findings);
  }
  const reading = readEntry(form.root);
  pending.push(...reading.findings);
  const description = findDescription(form.root);
  const { triples, problems } =
    description === undefined ? { triples: [], problems: [] } : readTriples([description], IMAGE_BASE);
  pending.push(...problems.map(({ element, message }) => ({ finding: toFinding('rdf', message), element })));
  const located = locate(pending, document);
  const findings = [...gate.findings, ...withoutRepeated(schema, located), ...located];
  const signedText = signature === undefined ? form.text : textWithoutSignature(form.text, signature.claim.element);
  return { content: { signedText, ...(signature === undefined ? {} : { signature }), reading, triples }, findings };
}

/**
 * Gives findings that name an element, but were made after the document was put away, the line of the first such element. Reads the
 * document again, so it is for those that are refused anyway.
 */
export function addLines(findings: readonly Finding[], bytes: Uint8Array, xml: Xml): Finding[] {
  const unlocated = findings.filter(({ where }) => where?.element !== undefined && where.line === undefined);
  const parsed = unlocated.length === 0 ? undefined : xml.readDocument(bytes);
  if (parsed === undefined || !parsed.ok) return [...findings];
  using document = parsed.document;
  const root = new CanonicalForms(document).get('inclusive-1.0')?.root;
  if (root === undefined) return [...findings];
  const ordinals = new Map<string, number>();
  for (const element of elementsOf(root)) {
    const name = toElementName(element);
    if (!ordinals.has(name)) ordinals.set(name, element.ordinal);
  }
  const lines = document.linesOf(new Set(ordinals.values()));
  return findings.map((finding) => {
    if (!unlocated.includes(finding)) return finding;
    const line = lines.get(ordinals.get(finding.where!.element!) ?? -1);
    return line === undefined ? finding : { ...finding, where: { line, ...finding.where } };
  });
}

interface CanonicalForm {
  readonly text: string;
  readonly root: CanonicalElement;
}

/** The canonical forms of one document, each made once. C14N 1.0 and 1.1 of a whole document are the same text. */
class CanonicalForms {
  readonly #document: ParsedDocument;
  readonly #made = new Map<'inclusive' | 'exclusive', CanonicalForm | undefined>();

  constructor(document: ParsedDocument) {
    this.#document = document;
  }

  get(mode: C14nMode): CanonicalForm | undefined {
    const kind = mode === 'exclusive' ? 'exclusive' : 'inclusive';
    if (!this.#made.has(kind)) {
      const text = this.#document.canonicalText(kind === 'exclusive' ? 'exclusive' : 'inclusive-1.0');
      const root = text === undefined ? undefined : readCanonicalTree(text);
      this.#made.set(kind, text === undefined || root === undefined ? undefined : { text, root });
    }
    return this.#made.get(kind);
  }
}

type SignatureReading =
  | { readonly ok: true; readonly form: CanonicalForm; readonly signature: NonNullable<DocumentContent['signature']> }
  | { readonly ok: false; readonly findings: readonly Pending[] };

/** Reads the signature from the form that was digested; the first form only guessed which one that is. */
function readSignature(forms: CanonicalForms, guess: CanonicalForm, profile: Profile): SignatureReading {
  const guessed = readSignatureProfile(guess.root, profile);
  if (!guessed.ok) return guessed;
  const form = forms.get(guessed.claim.referenceMode);
  const signedInfoForm = forms.get(guessed.claim.signedInfoMode);
  const readIn = (other: CanonicalForm | undefined): ProfileReading =>
    other === undefined || other === guess ? guessed : readSignatureProfile(other.root, profile);
  const reading = readIn(form);
  const signedInfo = readIn(signedInfoForm);
  if (form === undefined || signedInfoForm === undefined || !reading.ok || !signedInfo.ok) {
    const finding = toFinding('c14n', 'The document cannot be canonicalized as its signature says.');
    return { ok: false, findings: [{ finding, element: guess.root }] };
  }
  const { claim } = reading;
  const text = signedInfoText(signedInfoForm.text, signedInfo.claim.signedInfo, claim.signedInfoMode);
  return { ok: true, form, signature: { claim, signedInfoText: text } };
}

/** Rules over the whole tree, the Signature included (trust A1.3, A1.7). */
function checkTree(root: CanonicalElement): Pending[] {
  const findings: Pending[] = [];
  const ids = new Set<string>();
  for (const element of elementsOf(root)) {
    if (element.namespace === XINCLUDE) {
      findings.push({ finding: toFinding('xinclude', 'XInclude is not accepted.'), element });
    }
    for (const { local, namespace, value } of element.attributes) {
      if (namespace === XML_NAMESPACE && local === 'id') {
        findings.push({ finding: toFinding('dup-id', 'xml:id is not accepted.'), element });
      } else if (local.toLowerCase() === 'id' && namespace === '') {
        if (ids.has(value))
          findings.push({ finding: toFinding('dup-id', `The Id ${JSON.stringify(value)} occurs twice.`), element });
        ids.add(value);
      }
    }
  }
  return findings;
}

function locate(pending: readonly Pending[], document: ParsedDocument): Finding[] {
  const lines = document.linesOf(new Set(pending.map(({ element }) => element.ordinal)));
  const located = pending.map(({ finding, element }) => {
    const line = lines.get(element.ordinal);
    return { ...finding, where: { ...(line === undefined ? {} : { line }), element: toElementName(element) } };
  });
  const seen = new Set<string>();
  return located.filter(({ code, message, where }) => {
    const key = `${code} ${where.line} ${message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The schema's findings less those about an element of which a check of our own already says the same in better words. */
function withoutRepeated(schema: readonly Finding[], own: readonly Finding[]): Finding[] {
  const told = new Set(own.filter(hasWhere).map(({ where }) => `${where.line} ${where.element?.split(':').at(-1)}`));
  return schema.filter(({ where }) => !told.has(`${where?.line} ${where?.element}`));
}

function hasWhere(finding: Finding): finding is Finding & { where: NonNullable<Finding['where']> } {
  return finding.where !== undefined && hasError([finding]);
}
