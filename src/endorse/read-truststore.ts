import { toMessage, VouchError } from '../errors.ts';
import { nodeKeyFiles } from '../platform/node-key-files.ts';
import { isPkcs12 } from '../sign/pkcs12.ts';
import { readPfx, readPkcs12Bags } from '../sign/read-pkcs12-bags.ts';
import { isJks, readJks, type StoredCertificate } from './jks.ts';

/**
 * The certificates that a truststore of Java trusts: JKS, or PKCS #12 as later versions and openssl write it. A certificate that
 * belongs to a private key in the file is somebody's own, and is left out. Throws `key` with a sentence for a wrong passphrase, a
 * damaged file, or another kind of file.
 */
export async function readTruststore(bytes: Uint8Array, passphrase: string): Promise<StoredCertificate[]> {
  if (isJks(bytes)) return readJks(bytes, passphrase);
  if (!isPkcs12(bytes)) throw new VouchError('key', 'The file is no truststore: neither JKS nor PKCS #12.');
  const bags = await readBags(bytes, passphrase);
  const own = new Set(bags.flatMap(({ kind, localKeyId }) => (kind === 'key' && localKeyId ? [localKeyId] : [])));
  return bags
    .filter(({ kind, localKeyId }) => kind === 'certificate' && !(localKeyId && own.has(localKeyId)))
    .map(({ der, friendlyName }) => ({ alias: friendlyName ?? '', der }));
}

async function readBags(bytes: Uint8Array, passphrase: string) {
  try {
    const bags = await readPkcs12Bags(readPfx(bytes), passphrase, nodeKeyFiles.secrets);
    if (bags !== undefined) return bags;
  } catch (cause) {
    if (!(cause instanceof VouchError) || cause.code !== 'malformed') throw cause;
    throw new VouchError('key', `The PKCS #12 file is damaged or unusual: ${toMessage(cause)}`, { cause });
  }
  throw new VouchError('key', 'The passphrase of the PKCS #12 file is wrong.');
}
