/** The part of node-forge that is used here; the package brings no types. */
declare module 'node-forge' {
  interface ByteBuffer {
    /** One character per byte. */
    getBytes(): string;
  }
  interface Cipher {
    readonly output: ByteBuffer;
    start(iv: string): void;
    update(input: ByteBuffer): void;
    /** Takes off the padding; false if there is none. */
    finish(): boolean;
  }
  const forge: {
    readonly rc2: { createDecryptionCipher(key: string, effectiveBits: number): Cipher };
    readonly util: { createBuffer(bytes: string): ByteBuffer };
  };
  export default forge;
}
