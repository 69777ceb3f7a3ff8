import type { CatalogEntry } from '../catalog/catalog.ts';
import type { Registry } from '../registry/registry.ts';
import { readEntryBlob } from './shown.ts';

const DECLARATION = /^\s*<\?xml\s[^>]*\?>\s*/;
const encoder = new TextEncoder();

/** A document without byte order mark and XML declaration, so that it can stand inside another. */
function toInner(bytes: Uint8Array): Uint8Array {
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  // A declaration is ASCII and short; decoding byte for byte keeps lengths equal.
  const head = Buffer.from(bytes.subarray(mark, mark + 256)).toString('latin1');
  return bytes.subarray(mark + (DECLARATION.exec(head)?.[0].length ?? 0));
}

/** The documents of entries as one XML document, `<metadata>` around them as the original did. One document is in memory at a time. */
export function writeDocumentList(registry: Registry, entries: readonly CatalogEntry[]): ReadableStream<Uint8Array> {
  const pieces = (async function* () {
    yield encoder.encode('<?xml version="1.0" encoding="UTF-8"?>\n<metadata>\n');
    for (const entry of entries) {
      yield toInner(await readEntryBlob(registry, entry));
      yield encoder.encode('\n');
    }
    yield encoder.encode('</metadata>\n');
  })();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
