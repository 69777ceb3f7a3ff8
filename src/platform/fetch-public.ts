import { lookup as resolveName } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
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
    let url = toUrl(address, undefined);
    for (let redirects = 0; ; redirects += 1) {
      const response = await ask(url, options.allowsPrivate, signal);
      const { statusCode = 0, headers } = response;
      if (statusCode === 200) return await readWhole(response, options.bytesLimit);
      response.destroy();
      const { location } = headers;
      if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) {
        throw new VouchError('remote', `${url.href} answered with status ${statusCode}.`);
      }
      if (redirects === MOST_REDIRECTS) throw new VouchError('remote', `${address} leads on too often.`);
      url = toUrl(location, url);
    }
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

function ask(url: URL, allowsPrivate: boolean, signal: AbortSignal): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && !allowsPrivate && !isPublicAddress(host)) throw toPrivateFault(url.hostname);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      // A connection of its own: one that is kept alive was checked by other rules, or not at all.
      agent: false,
      headers: { Accept: '*/*', 'Accept-Encoding': 'identity', 'User-Agent': 'vouch' },
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

async function readWhole(response: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > limit) throw new VouchError('too-large', `It gives more than ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
