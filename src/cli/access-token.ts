import { readFileSync } from 'node:fs';
import { toMessage, VouchError } from '../errors.ts';
import type { Settings } from './settings.ts';

/**
 * The token of a private registry for an address, as options of what asks it: none where nobody gave one, and none for another server than
 * the one that `--url` names, which an entry's own address may be. Throws `usage`, `input-output`.
 */
export function findToken(settings: Settings, address: string): { readonly token?: string } {
  const { url, token: given, 'token-file': file } = settings;
  if (given === undefined && file === undefined) return {};
  const isElsewhere =
    url !== undefined &&
    (!URL.canParse(url) || !URL.canParse(address) || new URL(url).origin !== new URL(address).origin);
  if (isElsewhere) return {};
  const token = (given ?? readFirstLine(file!)).trim();
  if (!/^[\x21-\x7e]{1,500}$/.test(token))
    throw new VouchError('usage', 'The token must be one word, as "vouch token" made it.');
  return { token };
}

function readFirstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0]!;
  } catch (cause) {
    throw new VouchError('input-output', `The token file ${file} cannot be read: ${toMessage(cause)}.`, { cause });
  }
}
