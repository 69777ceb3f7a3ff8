import { readEntrySchemas } from '../../src/platform/entry-schemas.ts';
import { openXml, type Xml } from '../../src/xml/open-xml.ts';

/** libxml2 with the entry schemas: opened once for all tests of a file. */
export const xml: Xml = openXml(readEntrySchemas());

/** A document's canonical text, or undefined. */
export function canonicalize(text: string, mode: 'inclusive-1.0' | 'exclusive' = 'inclusive-1.0'): string | undefined {
  const reading = xml.readDocument(new TextEncoder().encode(text));
  if (!reading.ok) throw new Error(reading.findings[0]?.message);
  using document = reading.document;
  return document.canonicalText(mode);
}
