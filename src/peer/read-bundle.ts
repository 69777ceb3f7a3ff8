/** The entries of a bundle, which must have exactly `width`; or in words why these bytes are no such bundle (C2SP tlog-tiles). */
export function readBundle(bytes: Uint8Array, width: number): Uint8Array[] | string {
  const leaves: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (leaves.length < width) {
    if (at + 2 > bytes.length) return `it ends after ${leaves.length} of ${width} entries`;
    const end = at + 2 + view.getUint16(at);
    if (end > bytes.length) return `entry ${leaves.length} reaches beyond its end`;
    leaves.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return at === bytes.length ? leaves : `it goes on after its ${width} entries`;
}
