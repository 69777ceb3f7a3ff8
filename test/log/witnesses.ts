import { createHash } from 'node:crypto';
import { type CosignerKey, toCosignerKey } from '../../src/log/note-key.ts';

/** The key of a cosigner that is the same in every run. */
export function makeCosigner(name: string): CosignerKey {
  return toCosignerKey(name, createHash('sha256').update(`seed of ${name}`).digest());
}

/** The signature line of a cosigner under a checkpoint text. */
export function cosign(key: CosignerKey, text: string, at: Date): string {
  const bytes = Buffer.concat([Buffer.from(key.verifier.keyId, 'hex'), key.cosign(text, at)]);
  return `\u2014 ${key.name} ${bytes.toString('base64')}\n`;
}
