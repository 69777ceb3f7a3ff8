const MOST_BYTES = 16_777_216;

/** The bytes of a document, never more than any document may have. Rejects with a sentence. */
export async function loadDocument(href: string): Promise<Uint8Array> {
  const reply = await fetch(href, { redirect: 'error', cache: 'no-store' });
  if (!reply.ok || reply.body === null) throw new Error(`the server answers ${reply.status} for the document.`);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = reply.body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.length;
    if (size > MOST_BYTES) {
      await reader.cancel();
      throw new Error('the document the server sends is too large.');
    }
    pieces.push(read.value);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
