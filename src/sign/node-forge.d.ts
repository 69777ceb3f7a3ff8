/** The parts of node-forge that are used here; the package brings no types. */
declare module 'node-forge/lib/util.js' {
  const util: {
    /** One character per byte. */
    createBuffer(bytes: string): object;
  };
  export default util;
}

declare module 'node-forge/lib/rc2.js' {
  const rc2: {
    createDecryptionCipher(key: string, effectiveBits: number): import('./old-cipher.ts').Cipher;
  };
  export default rc2;
}

declare module 'node-forge/lib/des.js' {
  const des: {
    createDecryptionCipher(key: string): import('./old-cipher.ts').Cipher;
  };
  export default des;
}

declare module 'node-forge/lib/aes.js' {
  const aes: {
    createDecryptionCipher(key: string): import('./old-cipher.ts').Cipher;
  };
  export default aes;
}
