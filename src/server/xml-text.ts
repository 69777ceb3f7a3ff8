import { toWellFormed } from '../rdf/write-n-triples.ts';

/** Text for XML: markup escaped; what no XML 1.0 document can hold (control characters, lone surrogates) replaced. */
function escapeXml(text: string): string {
  return toWellFormed(text)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\r\n\t]/g, (space) => `&#${space.charCodeAt(0)};`);
}

/** Writes one element; attributes without a value are left out. Text content is escaped, an array is children already written. */
export function writeElement(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content: string | readonly string[],
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  const inside = typeof content === 'string' ? escapeXml(content) : content.join('');
  return `<${name}${written.join('')}>${inside}</${name}>`;
}
