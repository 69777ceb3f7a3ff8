import { VouchError } from '../errors.ts';

/** Where a site daemon listens: a Unix socket, or an address and port. */
export type SiteAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** Reads the address of a site daemon. Throws `usage`, naming the flag. */
export function readListen(text: string, flag = '--listen'): SiteAddress {
  const [, path] = /^unix:(.+)$/.exec(text) ?? [];
  if (path !== undefined) return { path };
  const [, host, digits] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || !(port <= 65_535)) {
    throw new VouchError('usage', `${flag} is ${JSON.stringify(text)}; it must be HOST:PORT or unix:/path.`);
  }
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port };
}

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
