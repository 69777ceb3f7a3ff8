import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { toMessage, VouchError } from '../errors.ts';
import { writeFileDurably } from '../platform/durable-file.ts';

/** Makes the tokens of unsubscribe links and knows its own again: the key of an address, and a MAC over it. Nothing is stored for each. */
export interface UnsubscribeLinks {
  toToken(ledgerKey: string): string;
  /** The key in a token of ours; undefined for any other text. */
  readToken(token: string): string | undefined;
}

const TOKEN = /^([0-9a-f]{64})\.([0-9a-f]{32})$/;
const SECRET = /^[0-9a-f]{64}\n$/;

/** Opens the secret that the links are made with, or makes one. Without it links that were mailed before lead nowhere. Throws `key`. */
export async function openUnsubscribeLinks(file: string): Promise<UnsubscribeLinks> {
  const secret = (await readSecret(file)) ?? (await makeSecret(file));
  const macOf = (key: string): string =>
    createHmac('sha256', secret).update(`unsubscribe ${key}`).digest('hex').slice(0, 32);
  return {
    toToken: (ledgerKey) => `${ledgerKey}.${macOf(ledgerKey)}`,
    readToken: (token) => {
      const [, key, mac] = TOKEN.exec(token) ?? [];
      if (key === undefined || mac === undefined) return undefined;
      return timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(key))) ? key : undefined;
    },
  };
}

async function readSecret(file: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new VouchError('input-output', `The file ${file} cannot be read: ${toMessage(cause)}.`, { cause });
  }
  if (SECRET.test(text)) return text.trim();
  throw new VouchError(
    'key',
    `The file ${file} is no secret of unsubscribe links; move it away, and a new one is made.`,
  );
}

async function makeSecret(file: string): Promise<string> {
  const secret = randomBytes(32).toString('hex');
  await writeFileDurably(file, Buffer.from(`${secret}\n`), { mode: 0o600, exclusive: true });
  return secret;
}
