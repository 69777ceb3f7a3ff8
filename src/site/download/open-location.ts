import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { fileURLToPath } from 'node:url';
import { toMessage, VouchError } from '../../errors.ts';
import { openPublic } from '../../platform/fetch-public.ts';
import { type ObjectStores, type StoreAddress, toS3Address, toSwiftAddress, toWebAddress } from './object-store.ts';
import { FlowWatch } from './watch-flow.ts';

export interface LocationOptions {
  /** Ask addresses in private networks too. */
  readonly allowsPrivate: boolean;
  /** Read `file:` locations below these directories; none where absent. */
  readonly fileRoots: readonly string[];
  /** Seconds without a byte after which a location is given up. */
  readonly idleSeconds: number;
  /** Bytes a second that a location must give, over so many seconds; 4096 where absent. */
  readonly leastRate?: number;
  /** How object stores are reached; without credentials where absent. */
  readonly stores?: ObjectStores;
  readonly signal: AbortSignal;
}

/** The bytes of a location from some place on. */
export interface OpenedLocation {
  /** Where the bytes begin: as asked, or 0 where the server gives all of them again. */
  readonly from: number;
  /** Bytes of the whole, where the location says. */
  readonly totalBytes?: number;
  /** A chunk holds what it does only until the next one is asked for. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Bytes a second below which a location is no help. */
const LEAST_RATE = 4_096;
const FILE_CHUNK_BYTES = 1 << 20;

/**
 * Opens a location from byte `from` on: `http`, `https` and WebDAV (`dav`, `davs`) by the rules of `openPublic`, `s3`, `swift` and `file`.
 * Throws `unreachable`, `remote`, `not-found`, `timeout`, and `usage` for what may not or cannot be asked.
 */
export async function openLocation(location: string, from: number, options: LocationOptions): Promise<OpenedLocation> {
  const web = (url: string): Promise<OpenedLocation> =>
    openWeb(location, toWebAddress(url, options.stores ?? {}), from, options);
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(location) ?? [];
  switch (scheme.toLowerCase()) {
    case 'http':
    case 'https':
      return web(location);
    case 'dav':
    case 'webdav':
      return web(`http:${rest}`);
    case 'davs':
    case 'webdavs':
      return web(`https:${rest}`);
    case 's3':
      return openWeb(location, await toS3Address(location, options.stores ?? {}), from, options);
    case 'swift':
      return openWeb(location, toSwiftAddress(location, options.stores ?? {}), from, options);
    case 'file':
      return openFile(location, from, options);
    default:
      throw new VouchError('usage', `${location} is not asked: this program reads ${LOCATION_SCHEMES.join(', ')}.`);
  }
}

const LOCATION_SCHEMES = ['http', 'https', 'dav', 'davs', 's3', 'swift', 'file'] as const;

async function openWeb(
  location: string,
  { url, headers: own, isOwn, mayLead = false }: StoreAddress,
  from: number,
  { allowsPrivate, idleSeconds, leastRate = LEAST_RATE, signal: stop }: LocationOptions,
): Promise<OpenedLocation> {
  const watch = new FlowWatch(location, { idleSeconds, leastRate });
  const signal = AbortSignal.any([stop, watch.signal]);
  watch.wait();
  try {
    const { status, headers, body } = await openPublic(url, {
      // A host that the operator named may be anywhere, but it leads nowhere.
      allowsPrivate: allowsPrivate || isOwn,
      signal,
      from,
      ...((isOwn || own !== undefined) && !mayLead ? { mostRedirects: 0 } : {}),
      ...(own === undefined ? {} : { headers: own }),
    });
    const begin = status === 206 ? readRangeStart(headers['content-range']) : 0;
    if ((status !== 200 && status !== 206) || begin === undefined || (begin !== 0 && begin !== from)) {
      signal.throwIfAborted();
      for await (const _ of body) break;
      const code = status === 404 || status === 410 ? 'not-found' : 'remote';
      throw new VouchError(code, `${location} answered with status ${status}${toAdvice(headers)}.`);
    }
    const flow = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of body) {
          watch.take(chunk.length);
          yield chunk;
          watch.wait();
        }
      } catch (cause) {
        throw toFault(cause, location, watch.signal);
      } finally {
        watch[Symbol.dispose]();
      }
    };
    const totalBytes = readTotal(status, headers);
    return { from: begin, bytes: flow(), ...(totalBytes === undefined ? {} : { totalBytes }) };
  } catch (cause) {
    watch[Symbol.dispose]();
    stop.throwIfAborted();
    throw toFault(cause, location, watch.signal);
  }
}

/** What a store says about where the object is. */
function toAdvice(headers: IncomingHttpHeaders): string {
  const region = headers['x-amz-bucket-region'];
  return typeof region === 'string' && /^[a-z0-9-]{1,30}$/.test(region)
    ? `: its bucket is in AWS_REGION=${region}`
    : '';
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
    return { from, totalBytes: found.size, bytes: readFrom(file, from, location) };
  } catch (cause) {
    if (cause instanceof VouchError) throw cause;
    throw new VouchError('not-found', `${location} cannot be read: ${toMessage(cause)}.`, { cause });
  }
}

/** Reads into the same memory again and again: new memory for each chunk costs more than reading it. */
async function* readFrom(file: FileHandle, from: number, location: string): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(FILE_CHUNK_BYTES);
  try {
    for (let at = from; ; ) {
      const { bytesRead } = await file.read(memory, 0, memory.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield memory.subarray(0, bytesRead);
    }
  } catch (cause) {
    throw new VouchError('unreachable', `${location} cannot be read: ${toMessage(cause)}.`, { cause });
  } finally {
    await file.close();
  }
}
