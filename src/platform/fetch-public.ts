import { lookup as resolveName } from 'node:dns';
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { toMessage, VouchError } from '../errors.ts';
import { isPublicAddress } from './public-address.ts';

export interface FetchOptions {
  readonly bytesLimit: number;
  /** For everything together, redirects included. */
  readonly timeoutMs: number;
  /** Ask addresses in private networks too. */
  readonly allowsPrivate: boolean;
  readonly signal?: AbortSignal;
}

const MOST_REDIRECTS = 3;

/**
 * Fetches what an address gives, without ever being led elsewhere than told: `http:` and `https:` only, at most three redirects, and no
 * connection to a private, local or reserved address, whatever a name or a redirect says; the address that was checked is the one that
 * is connected to. Proxies of the environment are not used. Throws `usage` for an address that is not asked, `unreachable`, `remote`,
 * `too-large`, `timeout`.
 */
export async function fetchPublic(address: string, options: FetchOptions): Promise<Uint8Array> {
  const late = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? late : AbortSignal.any([late, options.signal]);
  try {
    const { status, body, href } = await openPublic(address, { allowsPrivate: options.allowsPrivate, signal });
    if (status === 200) return await readWhole(body, options.bytesLimit);
    throw new VouchError('remote', `${href} answered with status ${status}.`);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (late.aborted) {
      throw new VouchError('timeout', `${address} did not give all of it in ${options.timeoutMs / 1000} seconds.`, {
        cause,
      });
    }
    if (cause instanceof VouchError) throw cause;
    throw new VouchError('unreachable', `${address} cannot be reached: ${toMessage(cause)}.`, { cause });
  }
}

export interface OpenOptions {
  readonly allowsPrivate: boolean;
  readonly signal: AbortSignal;
  /** Ask for the bytes from here on, which a server may ignore: then it answers 200 and gives all of them. */
  readonly from?: number;
  /** Sent besides the usual ones, to this address alone. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Three where absent. */
  readonly mostRedirects?: number;
}

/** An answer whose body has not been read yet. */
export interface OpenAnswer {
  /** 200, 206 or an error. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** MUST be read to its end, or left with `break` or `return`, which ends the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Where it came from in the end. */
  readonly href: string;
}

/** Asks an address as `fetchPublic` does, by the same rules, and gives its answer to be read; without a limit of time of its own. */
export async function openPublic(address: string, options: OpenOptions): Promise<OpenAnswer> {
  const { mostRedirects = MOST_REDIRECTS, headers: own = {} } = options;
  let url = toUrl(address, undefined);
  for (let redirects = 0; ; redirects += 1) {
    const response = await ask(url, options, redirects === 0 ? own : {});
    const { statusCode = 0, headers } = response;
    const { location } = headers;
    if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined || mostRedirects === 0) {
      return { status: statusCode, headers, body: response, href: url.href };
    }
    response.destroy();
    if (redirects >= mostRedirects) throw new VouchError('remote', `${address} leads on too often.`);
    url = toUrl(location, url);
  }
}

function toUrl(address: string, base: URL | undefined): URL {
  if (!URL.canParse(address, base?.href))
    throw new VouchError('usage', `${JSON.stringify(address)} is not an address.`);
  const url = new URL(address, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new VouchError('usage', `${url.href} is not asked: only http: and https: addresses are.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new VouchError('usage', `An address of ${url.host} is not asked: it holds a user name or password.`);
  }
  return url;
}

function ask(
  url: URL,
  { allowsPrivate, signal, from }: OpenOptions,
  own: Readonly<Record<string, string>>,
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && !allowsPrivate && !isPublicAddress(host)) throw toPrivateFault(url.hostname);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      // A connection of its own: one that is kept alive was checked by other rules, or not at all.
      agent: false,
      headers: {
        ...own,
        Accept: '*/*',
        'Accept-Encoding': 'identity',
        'User-Agent': 'vouch',
        ...(from === undefined || from === 0 ? {} : { Range: `bytes=${from}-` }),
      },
      signal,
      ...(allowsPrivate ? {} : { lookup: lookupPublic }),
    });
    asked.once('response', resolve);
    asked.once('error', reject);
    asked.end();
  });
}

/** Resolves a name, and refuses it if any of its addresses is private: a name with both kinds is not to be trusted with either. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (fault, addresses) => {
    if (fault !== null) return callback(fault, '');
    const [first] = addresses;
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
      return callback(toPrivateFault(hostname), '');
    }
    if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function toPrivateFault(host: string): VouchError {
  return new VouchError('usage', `${host} is not asked: it is, or leads to, an address in a private network.`);
}

async function readWhole(body: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new VouchError('too-large', `It gives more than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
