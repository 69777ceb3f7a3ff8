import {
  ParseOption,
  XmlBufferInputProvider,
  XmlC14NMode,
  XmlDocument,
  XmlElement,
  XmlLibError,
  type XmlNode,
  XsdValidator,
  xmlCleanupInputProvider,
  xmlRegisterInputProvider,
} from 'libxml2-wasm';
import { type Finding, toFinding, toMessage, VouchError } from '../errors.ts';

/** Canonicalization modes; all without comments. */
export type C14nMode = 'inclusive-1.0' | 'inclusive-1.1' | 'exclusive';

const MODES = {
  'inclusive-1.0': XmlC14NMode.XML_C14N_1_0,
  'inclusive-1.1': XmlC14NMode.XML_C14N_1_1,
  exclusive: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0,
} as const;

// Never NOENT, DTDLOAD, XINCLUDE, HUGE or RECOVER (trust A1.2). Nothing here reaches a file or the network.
const PARSE_OPTIONS =
  ParseOption.XML_PARSE_NONET |
  ParseOption.XML_PARSE_NO_XXE |
  ParseOption.XML_PARSE_BIG_LINES |
  ParseOption.XML_PARSE_NOWARNING;

/** The schema files by name, and which of them is the root for each shape a document can be held against. */
export interface SchemaFiles {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly roots: Readonly<Record<SchemaName, string>>;
}

export type SchemaName = 'current' | 'legacy';

/** The door to libxml2: holds compiled schemas; opened once a thread (0.1 s). */
export interface Xml extends Disposable {
  /** Parses bytes that passed the gate; never throws for any bytes. The document MUST be disposed of. */
  readDocument(bytes: Uint8Array): DocumentReading;
}

export type DocumentReading =
  | { readonly ok: true; readonly document: ParsedDocument }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** A well-formed document in libxml2's memory. */
export interface ParsedDocument extends Disposable {
  /** What the schema says against it; the element path is in `where.element` as a local name. */
  schemaFindings(schema: SchemaName): Finding[];
  /** Canonical text of the whole document without comments; undefined where canonicalization is impossible (void C14N). */
  canonicalText(mode: C14nMode): string | undefined;
  /** Lines (1-based) of the elements with these ordinals in document order. */
  linesOf(ordinals: ReadonlySet<number>): ReadonlyMap<number, number>;
}

/** Compiles the schemas. Throws `config` if they do not compile. */
export function openXml(schemas: SchemaFiles): Xml {
  const provider = new XmlBufferInputProvider({ ...schemas.files });
  xmlRegisterInputProvider(provider);
  const validators = new Map<SchemaName, XsdValidator>();
  try {
    for (const [name, root] of Object.entries(schemas.roots) as [SchemaName, string][]) {
      using schema = XmlDocument.fromBuffer(schemas.files[root]!, { url: root });
      validators.set(name, XsdValidator.fromDoc(schema));
    }
  } catch (cause) {
    throw new VouchError('config', `The entry schema does not compile: ${toMessage(cause)}`, { cause });
  } finally {
    // From here on libxml2 can open nothing at all.
    xmlCleanupInputProvider();
  }
  return {
    readDocument: (bytes) => readDocument(bytes, validators),
    [Symbol.dispose]() {
      for (const validator of validators.values()) validator.dispose();
    },
  };
}

function readDocument(bytes: Uint8Array, validators: ReadonlyMap<SchemaName, XsdValidator>): DocumentReading {
  let parsed: XmlDocument;
  try {
    parsed = XmlDocument.fromBuffer(bytes, { option: PARSE_OPTIONS });
  } catch (thrown) {
    return { ok: false, findings: toFindings('wellformed', 'The document is not well-formed XML', thrown) };
  }
  if (parsed.dtd !== null) {
    parsed.dispose();
    return { ok: false, findings: [toFinding('doctype', 'A document type declaration (DOCTYPE) is not accepted.')] };
  }
  return { ok: true, document: new LibxmlDocument(parsed, validators) };
}

class LibxmlDocument implements ParsedDocument {
  readonly #document: XmlDocument;
  readonly #validators: ReadonlyMap<SchemaName, XsdValidator>;

  constructor(document: XmlDocument, validators: ReadonlyMap<SchemaName, XsdValidator>) {
    this.#document = document;
    this.#validators = validators;
  }

  schemaFindings(schema: SchemaName): Finding[] {
    try {
      this.#validators.get(schema)!.validate(this.#document);
      return [];
    } catch (thrown) {
      return toFindings('schema', 'The document does not have the shape of an entry', thrown);
    }
  }

  canonicalText(mode: C14nMode): string | undefined {
    try {
      const output = new CanonicalOutput();
      this.#document.canonicalize(output, { mode: MODES[mode], withComments: false });
      return output.text === '' ? undefined : output.text;
    } catch {
      return undefined;
    }
  }

  linesOf(ordinals: ReadonlySet<number>): ReadonlyMap<number, number> {
    const lines = new Map<number, number>();
    let ordinal = 0;
    const visit = (element: XmlElement): void => {
      if (ordinals.has(ordinal)) lines.set(ordinal, element.line);
      ordinal += 1;
      for (let child: XmlNode | null = element.firstChild; child !== null; child = nextOf(child)) {
        if (child instanceof XmlElement) visit(child);
      }
    };
    if (ordinals.size > 0) visit(this.#document.root);
    return lines;
  }

  [Symbol.dispose](): void {
    this.#document.dispose();
  }
}

/**
 * Takes the canonical octets as they come. The library's own way into a string decodes every piece for itself, and so drops a
 * U+FEFF where a piece begins with one: the text would not be what was digested.
 */
class CanonicalOutput {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  text = '';

  write(octets: Uint8Array): number {
    this.text += this.#decoder.decode(octets, { stream: true });
    return octets.byteLength;
  }

  close(): boolean {
    return true;
  }
}

function nextOf(node: XmlNode): XmlNode | null {
  return 'next' in node ? (node.next as XmlNode | null) : null;
}

/** libxml2's details as findings, namespaces in messages shortened to what people write. */
function toFindings(code: 'wellformed' | 'schema', summary: string, thrown: unknown): Finding[] {
  if (!(thrown instanceof XmlLibError) || thrown.details.length === 0) {
    return [toFinding(code, `${summary}: ${toMessage(thrown).trim()}.`)];
  }
  return thrown.details.slice(0, 50).map((detail) => {
    const element = /^Element '(?:\{[^}]*\})?([^']+)'/.exec(detail.message)?.[1];
    const where = { ...(detail.line > 0 ? { line: detail.line } : {}), ...(element === undefined ? {} : { element }) };
    return toFinding(code, `${summary}: ${shorten(detail.message)}`, where);
  });
}

const SHORT: readonly (readonly [string, string])[] = [
  ['{http://www.w3.org/1999/02/22-rdf-syntax-ns#}', 'rdf:'],
  ['{http://purl.org/dc/terms/}', 'dcterms:'],
  ['{http://mp.stratuslab.eu/slreq#}', 'slreq:'],
  ['{http://mp.stratuslab.eu/slterms#}', 'slterms:'],
  ['{http://www.w3.org/XML/1998/namespace}', 'xml:'],
];

function shorten(message: string): string {
  let text = message.trim();
  for (const [long, short] of SHORT) text = text.replaceAll(long, short);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
