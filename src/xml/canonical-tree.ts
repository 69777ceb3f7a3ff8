/**
 * Reads canonical XML text (the output of C14N without comments) into a small tree that knows where each element lies in
 * the text. Canonical text is regular (no comments, CDATA, declarations; double quotes; few entities), so this is short, and
 * it is strict: anything else ends in `undefined`, never in a guess. Everything the registry shows is read from such a tree.
 */

export interface CanonicalAttribute {
  readonly prefix: string;
  readonly local: string;
  /** Empty for no namespace. */
  readonly namespace: string;
  readonly value: string;
}

export interface CanonicalElement {
  readonly prefix: string;
  readonly local: string;
  readonly namespace: string;
  /** Attributes without namespace declarations, in canonical order. */
  readonly attributes: readonly CanonicalAttribute[];
  /** Namespace declarations on this element: prefix (empty for the default) and URI, in canonical order. */
  readonly declarations: readonly (readonly [string, string])[];
  readonly children: readonly (CanonicalElement | string)[];
  readonly parent: CanonicalElement | null;
  /** Position in document order, the root is 0. Equal for the same element in every canonical form of one document. */
  readonly ordinal: number;
  /** Offset of `<` in the text. */
  readonly start: number;
  /** Offset just after the start tag's `>`. */
  readonly contentStart: number;
  /** Offset just after the end tag's `>`. */
  readonly end: number;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x9;': '\t',
  '&#xA;': '\n',
  '&#xD;': '\r',
};
const WHITE = /^[\t\n\r ]*$/;
const XML_NS = 'http://www.w3.org/XML/1998/namespace';
const NAME = /^(?:([^\s<>/="'&:]+):)?([^\s<>/="'&:]+)$/;

const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const SLASH = 0x2f;
const SPACE = 0x20;

type Scope = ReadonlyMap<string, string>;
type Draft = Omit<CanonicalElement, 'children' | 'end'> & { children: (CanonicalElement | string)[]; end: number };

/** Reads canonical text; undefined if it is not canonical, or holds a namespace name with `&` (see below). */
export function readCanonicalTree(text: string): CanonicalElement | undefined {
  return new CanonicalReader(text).read();
}

interface ElementName {
  readonly written: string;
  readonly prefix: string;
  readonly local: string;
}

/** One pass over the text. This is the hottest code of verification, hence the plain loops and the remembered names. */
class CanonicalReader {
  readonly #text: string;
  readonly #scopes: Scope[] = [new Map([['xml', XML_NS]])];
  readonly #open: Draft[] = [];
  readonly #openNames: ElementName[] = [];
  readonly #names = new Map<string, ElementName>();
  #root: Draft | undefined;
  #ordinal = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): CanonicalElement | undefined {
    const text = this.#text;
    let at = 0;
    while (at < text.length) {
      const parent = this.#open.at(-1);
      if (text.charCodeAt(at) !== LESS_THAN) {
        const next = text.indexOf('<', at);
        if (next < 0 || parent === undefined) return undefined;
        const content = unescapeText(text.slice(at, next));
        if (content === undefined) return undefined;
        parent.children.push(content);
        at = next;
      }
      const next = text.charCodeAt(at + 1) === SLASH ? this.#endTag(at) : this.#startTag(at, parent ?? null);
      if (next === undefined) return undefined;
      at = next;
      if (this.#open.length === 0) break;
    }
    const isWhole = this.#open.length === 0 && at === text.length;
    return isWhole && this.#root !== undefined ? (this.#root as CanonicalElement) : undefined;
  }

  #endTag(at: number): number | undefined {
    const element = this.#open.pop();
    const name = this.#openNames.pop();
    if (element === undefined || name === undefined) return undefined;
    const close = at + 2 + name.written.length;
    if (!this.#text.startsWith(name.written, at + 2) || this.#text.charCodeAt(close) !== GREATER_THAN) return undefined;
    this.#scopes.pop();
    element.end = close + 1;
    return element.end;
  }

  #startTag(at: number, parent: Draft | null): number | undefined {
    const text = this.#text;
    let end = at + 1;
    for (let code = text.charCodeAt(end); code !== SPACE && code !== GREATER_THAN; code = text.charCodeAt(++end)) {
      if (end >= text.length) return undefined;
    }
    const name = this.#name(text.slice(at + 1, end));
    if (name === undefined) return undefined;
    let scope = this.#scopes.at(-1)!;
    let content: TagContent = EMPTY_TAG;
    if (text.charCodeAt(end) === SPACE) {
      const read = this.#tagContent(end, scope);
      if (read === undefined) return undefined;
      ({ scope, end } = read);
      content = read;
    }
    const contentStart = end + 1;
    const { prefix, local } = name;
    const namespace = scope.get(prefix) ?? (prefix === '' ? '' : undefined);
    if (namespace === undefined) return undefined;
    const { attributes, declarations } = content;
    const element: Draft = {
      prefix,
      local,
      namespace,
      attributes,
      declarations,
      children: [],
      parent: parent as CanonicalElement | null,
      ordinal: this.#ordinal++,
      start: at,
      contentStart,
      end: contentStart,
    };
    parent?.children.push(element as CanonicalElement);
    this.#root ??= element;
    this.#open.push(element);
    this.#openNames.push(name);
    this.#scopes.push(scope);
    return contentStart;
  }

  /** Reads ` name="value"` again and again from the space at `at` to the tag's `>`; `>` may stand in a value, `<` may not. */
  #tagContent(at: number, outer: Scope): (TagContent & { readonly scope: Scope; readonly end: number }) | undefined {
    const text = this.#text;
    const declarations: [string, string][] = [];
    const plain: { name: ElementName; value: string }[] = [];
    let end = at;
    while (text.charCodeAt(end) === SPACE) {
      const equals = text.indexOf('="', end);
      const close = equals < 0 ? -1 : text.indexOf('"', equals + 2);
      const name = close < 0 ? undefined : this.#name(text.slice(end + 1, equals));
      if (name === undefined) return undefined;
      const raw = text.slice(equals + 2, close);
      if (raw.includes('<')) return undefined;
      const isDefault = name.written === 'xmlns';
      if (isDefault || name.prefix === 'xmlns') {
        // libxml2 writes `&` and `<` in namespace names unescaped, so such text cannot be told from an escaped one.
        if (raw.includes('&')) return undefined;
        declarations.push([isDefault ? '' : name.local, raw]);
      } else {
        const value = unescapeText(raw);
        if (value === undefined) return undefined;
        plain.push({ name, value });
      }
      end = close + 1;
    }
    if (text.charCodeAt(end) !== GREATER_THAN) return undefined;
    const scope = declarations.length > 0 ? new Map([...outer, ...declarations]) : outer;
    const attributes: CanonicalAttribute[] = [];
    for (const { name, value } of plain) {
      const namespace = name.prefix === '' ? '' : scope.get(name.prefix);
      if (namespace === undefined) return undefined;
      attributes.push({ prefix: name.prefix, local: name.local, namespace, value });
    }
    return { attributes, declarations, scope, end };
  }

  #name(written: string): ElementName | undefined {
    const known = this.#names.get(written);
    if (known !== undefined) return known;
    const match = NAME.exec(written);
    if (match === null) return undefined;
    const name = { written, prefix: match[1] ?? '', local: match[2]! };
    this.#names.set(written, name);
    return name;
  }
}

interface TagContent {
  readonly attributes: CanonicalAttribute[];
  readonly declarations: [string, string][];
}

const EMPTY_TAG: TagContent = { attributes: [], declarations: [] };

function unescapeText(raw: string): string | undefined {
  if (!raw.includes('&')) return raw;
  let isKnown = true;
  const text = raw.replace(/&[^;&]*;?/g, (entity) => {
    const character = ENTITIES[entity];
    if (character === undefined) isKnown = false;
    return character ?? '';
  });
  return isKnown ? text : undefined;
}

/** The element's name as it is written in the text, prefix included. */
export function toQName(element: { readonly prefix: string; readonly local: string }): string {
  return element.prefix === '' ? element.local : `${element.prefix}:${element.local}`;
}

/** The child elements. */
export function childElements(element: CanonicalElement): CanonicalElement[] {
  return element.children.filter((child): child is CanonicalElement => typeof child !== 'string');
}

/** The text of an element without child elements; undefined where it has some. */
export function textOf(element: CanonicalElement): string | undefined {
  let text = '';
  for (const child of element.children) {
    if (typeof child !== 'string') return undefined;
    text += child;
  }
  return text;
}

/** True if everything between the child elements is white space. */
export function hasOnlyElements(element: CanonicalElement): boolean {
  return element.children.every((child) => typeof child !== 'string' || WHITE.test(child));
}

/** The element and everything below it, in document order. */
export function elementsOf(element: CanonicalElement): CanonicalElement[] {
  const elements: CanonicalElement[] = [];
  collect(element, elements);
  return elements;
}

function collect(element: CanonicalElement, into: CanonicalElement[]): void {
  into.push(element);
  for (const child of element.children) if (typeof child !== 'string') collect(child, into);
}

/** The value of the attribute, undefined where there is none. */
export function attributeOf(element: CanonicalElement, namespace: string, local: string): string | undefined {
  return element.attributes.find((attribute) => attribute.local === local && attribute.namespace === namespace)?.value;
}

/** Namespace of the `xml:` prefix. */
export const XML_NAMESPACE = XML_NS;
