/** What takes in the terms of the triples as they are read. */
export interface TripleSink {
  iri(text: string): number;
  blank(label: string): number;
  /** `language` and `datatype` are empty where there are none. */
  literal(text: string, language: string, datatype: string): number;
  triple(subject: number, predicate: number, object: number): void;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/** Reads what `writeNTriples` wrote, and nothing else: the text comes from the catalog's own store. */
export function readTriples(text: string, sink: TripleSink): void {
  for (let at = 0; at < text.length; ) {
    let end = endOfNode(text, at);
    const subject = toNode(text, at, end, sink);
    at = end + 1;
    end = endOfNode(text, at);
    const predicate = sink.iri(text.slice(at + 1, end - 1));
    at = end + 1;
    let object: number;
    if (text.charCodeAt(at) === 0x22) {
      end = endOfString(text, at + 1);
      const value = toUnescaped(text.slice(at + 1, end));
      at = end + 1;
      end = text.indexOf(' .\n', at);
      const suffix = text.slice(at, end);
      if (suffix === '') object = sink.literal(value, '', '');
      else if (suffix.startsWith('@')) object = sink.literal(value, suffix.slice(1), '');
      else object = sink.literal(value, '', suffix.slice(3, -1));
    } else {
      end = endOfNode(text, at);
      object = toNode(text, at, end, sink);
    }
    sink.triple(subject, predicate, object);
    at = end + 3;
  }
}

function endOfNode(text: string, at: number): number {
  return text.charCodeAt(at) === 0x3c ? text.indexOf('>', at) + 1 : text.indexOf(' ', at);
}

function toNode(text: string, from: number, to: number, sink: TripleSink): number {
  return text.charCodeAt(from) === 0x3c ? sink.iri(text.slice(from + 1, to - 1)) : sink.blank(text.slice(from + 2, to));
}

/** Where the quote is that ends a string: one with an even number of backslashes before it. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end;
  }
}

function toUnescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([0-9A-F]{4})|(.))/g, (_, code: string | undefined, character: string) =>
    code === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
