import { readEntrySchemas } from '../dist/platform/entry-schemas.js';
import { openXml } from '../dist/xml/open-xml.js';

let xml;

/** The canonical text of a document, as the registry's own reader makes it; undefined where it refuses the document. */
export function toCanonicalText(text) {
  xml ??= openXml(readEntrySchemas());
  const reading = xml.readDocument(new TextEncoder().encode(text));
  if (!reading.ok) return undefined;
  try {
    return reading.document.canonicalText('inclusive-1.0');
  } finally {
    reading.document[Symbol.dispose]();
  }
}
