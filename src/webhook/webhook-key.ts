import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { toMessage, VouchError } from '../errors.ts';
import { writeFileDurably } from '../platform/durable-file.ts';

/** Before the seed of an Ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SECRET = /^whsk_([A-Za-z0-9+/]{43}=)$/;

/** Signs webhooks as Standard Webhooks has it for asymmetric keys (`v1a`, Ed25519). */
export interface WebhookKey {
  /** `whpk_` and the 32 bytes of the public key in base64. */
  readonly publicKey: string;
  /** The value of `webhook-signature` for a message. */
  sign(id: string, seconds: number, body: string): string;
}

/**
 * The key from its file, which is made with a new key where there is none, readable by the owner only. It signs nothing but webhooks:
 * whoever gets it can speak to receivers as this registry, and change nothing in it. Throws `key`, `input-output`.
 */
export async function openWebhookKey(path: string): Promise<WebhookKey> {
  const line = (await readLine(path)) ?? (await createLine(path));
  const seed = SECRET.exec(line)?.[1];
  if (seed === undefined) throw new VouchError('key', `The file ${path} holds no webhook key.`);
  return toWebhookKey(Buffer.from(seed, 'base64'));
}

/** The key of a seed of 32 bytes. */
export function toWebhookKey(seed: Uint8Array): WebhookKey {
  const key: KeyObject = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return {
    publicKey: `whpk_${Buffer.from(x, 'base64url').toString('base64')}`,
    sign: (id, seconds, body) => `v1a,${sign(null, Buffer.from(`${id}.${seconds}.${body}`), key).toString('base64')}`,
  };
}

async function readLine(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trimEnd();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new VouchError('input-output', `The webhook key ${path} cannot be read: ${toMessage(cause)}.`, { cause });
  }
}

async function createLine(path: string): Promise<string> {
  const line = `whsk_${randomBytes(32).toString('base64')}`;
  await writeFileDurably(path, Buffer.from(`${line}\n`), { mode: 0o600, exclusive: true });
  return line;
}
