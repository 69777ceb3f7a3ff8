import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { fileURLToPath } from 'node:url';
import { toMessage, VouchError } from '../../errors.ts';
import { openPublic } from '../../platform/fetch-public.ts';

export interface LocationOptions {
  /** Ask addresses in private networks too. */
  readonly allowsPrivate: boolean;
  /** Read `file:` locations below these directories; none where absent. */
  readonly fileRoots: readonly string[];
  /** Seconds without a byte after which a location is given up. */
  readonly idleSeconds: number;
  readonly signal: AbortSignal;
}

/** The bytes of a location from some place on. */
export interface OpenedLocation {
  /** Where the bytes begin: as asked, or 0 where the server gives all of them again. */
  readonly from: number;
  /** Bytes of the whole, where the location says. */
  readonly totalBytes?: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Opens a location from byte `from` on: `http`, `https` (by the rules of `openPublic`) and `file`. Throws `unreachable`, `remote`,
 * `not-found`, and `usage` for what may not or cannot be asked.
 */
export async function openLocation(location: string, from: number, options: LocationOptions): Promise<OpenedLocation> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(location)?.[1]?.toLowerCase();
  if (scheme === 'file') return openFile(location, from, options);
  if (scheme !== 'http' && scheme !== 'https') {
    throw new VouchError('usage', `${location} is not asked: this program reads http, https and file.`);
  }
  const quiet = new AbortController();
  const signal = AbortSignal.any([options.signal, quiet.signal]);
  const seconds = options.idleSeconds;
  const late = () => quiet.abort(new VouchError('timeout', `${location} gave nothing for ${seconds} seconds.`));
  let timer = setTimeout(late, seconds * 1_000);
  try {
    const { status, headers, body } = await openPublic(location, {
      allowsPrivate: options.allowsPrivate,
      signal,
      from,
    });
    const begin = status === 206 ? readRangeStart(headers['content-range']) : 0;
    if ((status !== 200 && status !== 206) || begin === undefined || (begin !== 0 && begin !== from)) {
      signal.throwIfAborted();
      for await (const _ of body) break;
      const code = status === 404 || status === 410 ? 'not-found' : 'remote';
      throw new VouchError(code, `${location} answered with status ${status}.`);
    }
    const watch = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of body) {
          clearTimeout(timer);
          yield chunk;
          timer = setTimeout(late, seconds * 1_000);
        }
      } catch (cause) {
        throw toFault(cause, location, quiet.signal);
      } finally {
        clearTimeout(timer);
      }
    };
    const totalBytes = readTotal(status, headers);
    return { from: begin, bytes: watch(), ...(totalBytes === undefined ? {} : { totalBytes }) };
  } catch (cause) {
    clearTimeout(timer);
    options.signal.throwIfAborted();
    throw toFault(cause, location, quiet.signal);
  }
}

function toFault(cause: unknown, location: string, quiet: AbortSignal): unknown {
  if (quiet.aborted) return quiet.reason;
  if (cause instanceof VouchError || (cause instanceof Error && cause.name === 'AbortError')) return cause;
  return new VouchError('unreachable', `${location} cannot be read: ${toMessage(cause)}.`, { cause });
}

function readRangeStart(header: string | undefined): number | undefined {
  const [, digits] = /^bytes (\d{1,15})-\d{1,15}\/(?:\d{1,15}|\*)$/.exec(header ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Bytes of the whole by the headers of an answer. */
function readTotal(status: number, headers: IncomingHttpHeaders): number | undefined {
  const { 'content-range': range, 'content-length': length } = headers;
  const [, digits] =
    (status === 206 ? /\/(\d{1,15})$/ : /^(\d{1,15})$/).exec((status === 206 ? range : length) ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
}

async function openFile(location: string, from: number, { fileRoots }: LocationOptions): Promise<OpenedLocation> {
  let path: string;
  try {
    path = fileURLToPath(location);
  } catch (cause) {
    throw new VouchError('usage', `${location} is not asked: it is no path of this machine.`, { cause });
  }
  const refused = new VouchError('usage', `${location} is not read: --allow-files names no directory it lies in.`);
  if (fileRoots.length === 0) throw refused;
  try {
    const real = await realpath(path);
    const roots = await Promise.all(fileRoots.map((root) => realpath(root).catch(() => undefined)));
    const isAllowed = roots.some(
      (root) => root !== undefined && real.startsWith(root.endsWith('/') ? root : `${root}/`),
    );
    if (!isAllowed) throw refused;
    // Opening a pipe would wait for whoever writes to it.
    const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const found = await file.stat();
    if (!found.isFile()) {
      await file.close();
      throw new VouchError('usage', `${location} is not read: it is no file.`);
    }
    const stream = file.createReadStream({ start: from, highWaterMark: 1 << 20 });
    return { from, totalBytes: found.size, bytes: stream as AsyncIterable<Uint8Array> };
  } catch (cause) {
    if (cause instanceof VouchError) throw cause;
    throw new VouchError('not-found', `${location} cannot be read: ${toMessage(cause)}.`, { cause });
  }
}
