/** No document, and no file of certificates, is longer. */
export const MOST_BYTES = 16_777_216;

/** What the server sends at an address, never more than `most` bytes; `what` names it in the sentence it rejects with. */
export async function loadBytes(href: string, most: number, what: string): Promise<Uint8Array> {
  const reply = await fetch(href, { redirect: 'error', cache: 'no-store' });
  if (!reply.ok || reply.body === null) throw new Error(`the server answers ${reply.status} for the ${what}.`);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = reply.body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.length;
    if (size > most) {
      await reader.cancel();
      throw new Error(`the ${what} the server sends is too large.`);
    }
    pieces.push(read.value);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
