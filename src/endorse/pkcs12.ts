import { nodeKeyFiles } from '../platform/node-key-files.ts';
import type { FileKey } from '../platform/private-key.ts';
import { type Credential, isPkcs12Locked, readPkcs12Credential } from '../sign/pkcs12.ts';

export { isPkcs12 } from '../sign/pkcs12.ts';

/** False if the file opens with no or an empty passphrase; throws `key` as `readPkcs12` does. */
export function needsPkcs12Passphrase(bytes: Uint8Array): Promise<boolean> {
  return isPkcs12Locked(bytes, nodeKeyFiles.secrets);
}

/** The credential in a PKCS #12 file, with the cryptography of this machine: see `readPkcs12Credential`. */
export function readPkcs12(bytes: Uint8Array, passphrase: string, alias?: string): Promise<Credential<FileKey>> {
  return readPkcs12Credential(bytes, passphrase, nodeKeyFiles, alias);
}
