import { type Finding, toFinding, type Where } from '../errors.ts';

/** Limits an entry must keep before any XML work is done on it (trust A1); each is checked in one linear pass. */
export interface DocumentLimits {
  readonly bytes: number;
  readonly depth: number;
  readonly elements: number;
  readonly attributesPerElement: number;
  /** Canonicalization is quadratic to cubic in these. */
  readonly namespaceDeclarations: number;
  /** Characters of one namespace name: the exclusive canonical form may repeat it on every element. */
  readonly namespaceLength: number;
  /** Characters between two tags. */
  readonly textLength: number;
}

export const DEFAULT_DOCUMENT_LIMITS: DocumentLimits = {
  bytes: 256 * 1024,
  depth: 32,
  elements: 5_000,
  attributesPerElement: 16,
  namespaceDeclarations: 32,
  namespaceLength: 256,
  textLength: 64 * 1024,
};

export interface GateReading {
  /** The document as text, without a byte order mark; absent if the bytes are not UTF-8. */
  readonly text?: string;
  readonly findings: readonly Finding[];
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
const SLASH = 0x2f;
const EXCLAMATION_MARK = 0x21;
const QUESTION_MARK = 0x3f;
const GREATER_THAN = 0x3e;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const COMMENT_END = '-->';
const CDATA_START = '![CDATA[';

/**
 * Looks at the raw bytes before a parser does: size, encoding, DOCTYPE, processing instructions, comments and counts.
 * `comments` says whether comments outside a Signature are refused (current profile) or only those inside (legacy).
 * The scan need not know XML well: the parser decides afterwards what is well-formed. It must only never undercount.
 */
export function readGate(
  bytes: Uint8Array,
  limits: DocumentLimits,
  comments: 'refused' | 'outside-signature',
): GateReading {
  if (bytes.length > limits.bytes) {
    return {
      findings: [toFinding('limits', `The document has ${bytes.length} bytes; at most ${limits.bytes} are accepted.`)],
    };
  }
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return { findings: [toFinding('encoding', 'The document is not UTF-8.')] };
  }
  const declaration = checkDeclaration(text);
  if (declaration) return { findings: [declaration] };
  return { text, findings: new GateScan(text, limits, comments).run() };
}

function checkDeclaration(text: string): Finding | undefined {
  if (text.includes('\0')) return toFinding('encoding', 'The document contains a NUL character.');
  const declaration = /^<\?xml\s[^>]*\?>/.exec(text)?.[0];
  if (declaration === undefined) return undefined;
  const version = /\sversion\s*=\s*["']([^"']*)["']/.exec(declaration)?.[1];
  if (version !== '1.0') return toFinding('encoding', 'The document must be XML 1.0.', { line: 1 });
  const encoding = /\sencoding\s*=\s*["']([^"']*)["']/.exec(declaration)?.[1];
  if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8') {
    return toFinding('encoding', `The document declares the encoding ${JSON.stringify(encoding)}; it must be UTF-8.`, {
      line: 1,
    });
  }
  return undefined;
}

/** One pass over the text; stops at the first exceeded limit, since what follows costs work. */
class GateScan {
  readonly #text: string;
  readonly #limits: DocumentLimits;
  readonly #comments: 'refused' | 'outside-signature';
  readonly #findings: Finding[] = [];
  #depth = 0;
  #elements = 0;
  #declarations = 0;
  #signatureDepth = 0;

  constructor(text: string, limits: DocumentLimits, comments: 'refused' | 'outside-signature') {
    this.#text = text;
    this.#limits = limits;
    this.#comments = comments;
  }

  run(): Finding[] {
    const text = this.#text;
    let at = /^<\?xml\s[^>]*\?>/.exec(text)?.[0].length ?? 0;
    while (at < text.length) {
      const open = text.indexOf('<', at);
      const textEnd = open < 0 ? text.length : open;
      if (textEnd - at > this.#limits.textLength)
        return this.#exceeded('characters of text', this.#limits.textLength, at);
      if (open < 0) break;
      const next = this.#markup(open);
      if (next === undefined) return this.#findings;
      at = next;
    }
    return this.#findings;
  }

  /** Returns where to go on, or undefined to stop. */
  #markup(open: number): number | undefined {
    const text = this.#text;
    switch (text.charCodeAt(open + 1)) {
      case SLASH:
        if (this.#depth === this.#signatureDepth) this.#signatureDepth = 0;
        this.#depth -= 1;
        return this.#after('>', open + 2);
      case EXCLAMATION_MARK:
        if (text.startsWith('--', open + 2)) return this.#comment(open);
        if (text.startsWith(CDATA_START, open + 1)) return this.#cdata(open);
        this.#report('doctype', 'A document type declaration (DOCTYPE) is not accepted.', open);
        return undefined;
      case QUESTION_MARK:
        this.#report('pi', 'Processing instructions are not accepted.', open);
        return this.#after('?>', open + 2);
      default:
        return this.#startTag(open);
    }
  }

  #comment(open: number): number {
    if (this.#comments === 'refused' || this.#signatureDepth > 0) {
      const message = 'Comments are not accepted: they are not signed, and readers disagree about them.';
      this.#report('comment', message, open);
    }
    return this.#after(COMMENT_END, open + 4);
  }

  #cdata(open: number): number | undefined {
    const end = this.#after(']]>', open + 1 + CDATA_START.length);
    if (end - open > this.#limits.textLength) {
      this.#exceeded('characters of text', this.#limits.textLength, open);
      return undefined;
    }
    return end;
  }

  #startTag(open: number): number | undefined {
    const text = this.#text;
    let at = open + 1;
    let nameFrom = at;
    let attributes = 0;
    let longestNamespace = 0;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === GREATER_THAN) break;
      if (code !== QUOTE && code !== APOSTROPHE) continue;
      attributes += 1;
      const isDeclaration = /(?:^|\s)xmlns[:\s=]/.test(text.slice(nameFrom, at));
      const close = text.indexOf(code === QUOTE ? '"' : "'", at + 1);
      const valueEnd = close < 0 ? text.length : close;
      if (isDeclaration) {
        this.#declarations += 1;
        longestNamespace = Math.max(longestNamespace, valueEnd - at - 1);
      }
      at = valueEnd;
      nameFrom = at + 1;
    }
    this.#elements += 1;
    const isEmpty = text.charCodeAt(at - 1) === SLASH;
    const depth = this.#depth + 1;
    if (!isEmpty) this.#depth = depth;
    if (!isEmpty && this.#comments === 'outside-signature' && this.#signatureDepth === 0) {
      if (/^(?:[^\s:>/]+:)?Signature(?:\s|$)/.test(text.slice(open + 1, at))) this.#signatureDepth = depth;
    }
    const limits = this.#limits;
    if (this.#elements > limits.elements) this.#exceeded('elements', limits.elements, open);
    else if (depth > limits.depth) this.#exceeded('levels of elements', limits.depth, open);
    else if (this.#declarations > limits.namespaceDeclarations) {
      this.#exceeded('namespace declarations', limits.namespaceDeclarations, open);
    } else if (longestNamespace > limits.namespaceLength) {
      this.#exceeded('characters in a namespace name', limits.namespaceLength, open);
    } else if (attributes > limits.attributesPerElement) {
      this.#exceeded('attributes on one element', limits.attributesPerElement, open);
    } else return at + 1;
    return undefined;
  }

  #after(end: string, from: number): number {
    const found = this.#text.indexOf(end, from);
    return found < 0 ? this.#text.length : found + end.length;
  }

  #exceeded(what: string, limit: number, at: number): Finding[] {
    this.#report('limits', `The document has more than ${limit} ${what}.`, at);
    return this.#findings;
  }

  #report(code: 'limits' | 'comment' | 'doctype' | 'pi', message: string, at: number): void {
    if (this.#findings.length >= 20) return;
    const where: Where = { line: lineAt(this.#text, at) };
    this.#findings.push(toFinding(code, message, where));
  }
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
