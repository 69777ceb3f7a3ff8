import { VouchError } from '../errors.ts';
import { type PemBlock, readPem } from '../x509/pem.ts';

/** PEM labels of private keys: PKCS #8, its encrypted form, PKCS #1 and SEC 1. */
const KEY_LABELS: ReadonlySet<string> = new Set([
  'PRIVATE KEY',
  'ENCRYPTED PRIVATE KEY',
  'RSA PRIVATE KEY',
  'EC PRIVATE KEY',
]);

/** The first private key of a PEM file. Throws `key`, saying what the file holds instead. */
export function findKeyBlock(pem: Uint8Array): PemBlock {
  const blocks = readPem(pem);
  const block = blocks.find(({ label }) => KEY_LABELS.has(label));
  if (block !== undefined) return block;
  const labels = blocks.map(({ label }) => `"${label}"`).join(', ');
  const found = labels === '' ? 'It is not a PEM file.' : `It holds only ${labels}.`;
  throw new VouchError('key', `The file holds no private key. ${found}`);
}

/** True for a key that a passphrase protects: PKCS #8 says it in the label, the older forms in a header. */
export function isKeyEncrypted(block: PemBlock): boolean {
  return block.label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:\s*4,\s*ENCRYPTED/im.test(block.headers);
}
