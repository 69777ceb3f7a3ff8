import { isSha256Hex } from '../log/sha256.ts';

/**
 * The certificates that the evidence of a record names, by SHA-256, signer first. Evidence is for people and later judges; where it is
 * not understood it names none.
 */
export function readChain(evidence: Uint8Array): string[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(evidence).toString());
    const chain = typeof read === 'object' && read !== null && 'chain' in read ? read.chain : [];
    return Array.isArray(chain) ? chain.filter((name) => typeof name === 'string' && isSha256Hex(name)) : [];
  } catch {
    return [];
  }
}
