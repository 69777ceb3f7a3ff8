/** A schema of schemas/entry, which the bundle holds as bytes. */
declare module '*.xsd' {
  const bytes: Uint8Array;
  export default bytes;
}
