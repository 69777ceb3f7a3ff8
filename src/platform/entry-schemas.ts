import { readdirSync, readFileSync } from 'node:fs';
import type { SchemaFiles } from '../xml/open-xml.ts';

/** The schemas of this package's `schemas/entry`, as `openXml` takes them. */
export function readEntrySchemas(): SchemaFiles {
  const directory = new URL('../../schemas/entry/', import.meta.url);
  const names = readdirSync(directory).filter((name) => name.endsWith('.xsd'));
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, directory))]));
  return { files, roots: { current: 'entry.xsd', legacy: 'legacy.xsd' } };
}
