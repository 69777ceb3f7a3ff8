import { VouchError } from '../errors.ts';

/** How much of a body is taken, and how long it may take to arrive. */
export interface BodyLimit {
  readonly bytes: number;
  readonly seconds: number;
}

function toTooLarge(limit: BodyLimit): VouchError {
  return new VouchError('too-large', `The body is larger than the ${limit.bytes} bytes this resource takes.`);
}

/**
 * Reads a request body that may be endless, slow or cut off. A Content-Length over the limit is refused unread, and what
 * comes is counted before it is kept. Throws `too-large`, or `usage` if the
 * client broke off or took too long.
 */
export async function readBody(request: Request, limit: BodyLimit): Promise<Uint8Array> {
  const declared = request.headers.get('Content-Length');
  if (declared !== null && Number(declared) > limit.bytes) throw toTooLarge(limit);
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    const late = new VouchError('usage', `The body did not arrive within ${limit.seconds} seconds.`);
    timer = setTimeout(() => reject(late), limit.seconds * 1000);
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), deadline]);
      if (done) break;
      length += value.byteLength;
      if (length > limit.bytes) throw toTooLarge(limit);
      chunks.push(value);
    }
  } catch (thrown) {
    // Nobody reads the rest; a cancel that fails changes nothing for this request.
    reader.cancel().catch(() => undefined);
    if (thrown instanceof VouchError) throw thrown;
    throw new VouchError('usage', 'The body broke off before its end.', { cause: thrown });
  } finally {
    clearTimeout(timer);
  }
  return concatenate(chunks, length);
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** The media type of a Content-Type header without its parameters, lower-case; empty where there is none. */
export function toMediaType(contentType: string | null | undefined): string {
  return (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

/** True unless the Content-Type header names a charset other than UTF-8. */
export function isUtf8(contentType: string | null | undefined): boolean {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1];
  return charset === undefined || /^utf-?8$/i.test(charset);
}
