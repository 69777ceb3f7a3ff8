import { stat } from 'node:fs/promises';
import { checksumImage } from '../endorse/checksum-image.ts';
import { readEntryTime } from '../entry/entry-time.ts';
import { isIdentifier, toIdentifier } from '../entry/identifier.ts';
import { VouchError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

/** What an ID on the command line names. */
export type Reference =
  | {
      readonly kind: 'image';
      readonly identifier: string;
      readonly email?: string;
      readonly createdAt?: Date;
      /** Base URL, where the ID was an entry's URL. */
      readonly baseUrl?: string;
    }
  | { readonly kind: 'tag'; readonly email: string; readonly tag: string };

/** The forms of an ID, for help texts. */
export const REFERENCE_HELP = 'identifier, ID/EMAIL[/CREATED], entry URL, EMAIL#TAG, or a local image file';

/**
 * Reads an ID: an identifier (with e-mail and time where given), an entry's URL, `EMAIL#TAG`, or the path of a local image, whose
 * identifier is computed. Throws `usage` if it is none of them.
 */
export async function readReference(text: string, terminal: Terminal): Promise<Reference> {
  if (/^https?:\/\//.test(text)) return readEntryUrl(text);
  const path = readEntryPath(text.split('/'));
  if (path !== undefined) return path;
  const [, email, tag] = /^([^@#/\s]+@[^@#/\s]+)#(.+)$/.exec(text) ?? [];
  if (email !== undefined && tag !== undefined) return { kind: 'tag', email, tag };
  const found = await stat(text).catch(() => undefined);
  if (found?.isFile() === true) return { kind: 'image', identifier: await identify(text, terminal) };
  throw new VouchError('usage', `${JSON.stringify(text)} names nothing: it must be an ${REFERENCE_HELP}.`);
}

function readEntryUrl(text: string): Reference {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const [, base, below] = /^(.*)\/metadata\/(.+)$/.exec(url?.pathname ?? '') ?? [];
  const path = below === undefined ? undefined : readEntryPath(below.split('/').map(decode));
  if (url === undefined || path === undefined) {
    throw new VouchError(
      'usage',
      `${text} is not the URL of an entry or image: …/metadata/IDENTIFIER[/EMAIL[/CREATED]].`,
    );
  }
  return { ...path, baseUrl: `${url.origin}${base}` };
}

function readEntryPath(parts: readonly string[]): Extract<Reference, { kind: 'image' }> | undefined {
  const [identifier, email, created, ...more] = parts;
  if (identifier === undefined || !isIdentifier(identifier) || more.length > 0) return undefined;
  if (email === undefined) return { kind: 'image', identifier };
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) return undefined;
  if (created === undefined) return { kind: 'image', identifier, email };
  const createdAt = readEntryTime(created);
  return createdAt === undefined ? undefined : { kind: 'image', identifier, email, createdAt };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function identify(path: string, terminal: Terminal): Promise<string> {
  using progress = terminal.progress(path, 'bytes');
  const image = await checksumImage(path, {
    algorithms: ['SHA-1'],
    onProgress: progress.update,
    signal: terminal.io.signal,
  });
  return toIdentifier(image.checksums[0]!.value);
}
