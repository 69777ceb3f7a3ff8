import { BlockList, isIP, isIPv6 } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** Says from which address a request comes. */
export type ClientAddress = (c: Context) => Caller;

/** Who asks, as far as an address tells. */
export interface Caller {
  /** IP address as text, IPv4 in its own form; undefined where nobody can say (a Unix socket, no server). */
  readonly address: string | undefined;
  /** True for a program on this machine that asks by itself: no proxy handed its request on. */
  readonly isLocal: boolean;
}

/** What the client is called where he has to share with others; programs that run here by themselves need not. */
export function toClientName({ address, isLocal }: Caller): string | undefined {
  return isLocal || address === undefined ? undefined : toNeighbourhood(address);
}

/** Where a proxy stands that is on this machine. */
export const LOOPBACK = ['127.0.0.0/8', '::1/128'] as const;

const FORWARDED = ['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via', 'X-Forwarded-Host', 'X-Forwarded-Proto'];

/**
 * Reads addresses of clients behind the proxies at these addresses (CIDR, as `isNetwork` checks them): the last one in `X-Forwarded-For`
 * that is no such proxy. What anybody else writes there counts for nothing.
 */
export function toClientAddress(proxies: readonly string[]): ClientAddress {
  const isTrusted = toNetworkTest(proxies);
  const isLoopback = toNetworkTest(LOOPBACK);
  return (c) => {
    const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
    const peer = toPlainAddress(incoming?.socket?.remoteAddress);
    if (peer === undefined) return { address: undefined, isLocal: false };
    const isForwarded = FORWARDED.some((name) => c.req.header(name) !== undefined);
    if (!isTrusted(peer)) return { address: peer, isLocal: isLoopback(peer) && !isForwarded };
    const named = (c.req.header('X-Forwarded-For') ?? '').split(',').map((part) => toPlainAddress(part.trim()));
    for (const address of named.toReversed()) {
      // A proxy that writes what is no address is asked no further.
      if (address === undefined) break;
      if (!isTrusted(address)) return { address, isLocal: false };
    }
    return { address: peer, isLocal: isLoopback(peer) && !isForwarded };
  };
}

/** A client's name among others: whoever has an IPv6 address has the 2^64 beside it too. */
export function toNeighbourhood(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const start = head === '' ? [] : head.split(':');
  const end = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? [] : Array<string>(Math.max(0, 8 - start.length - end.length)).fill('0');
  return [...start, ...gap, ...end].slice(0, 4).join(':');
}

/** True for an IP address or a network, as in `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/** Says of an IP address whether it lies in one of the networks. */
export function toNetworkTest(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const isSix = isIPv6(address);
    list.addSubnet(address, prefix === undefined ? (isSix ? 128 : 32) : Number(prefix), isSix ? 'ipv6' : 'ipv4');
  }
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** An address without what stands around it: a port, brackets, a zone, the dress of IPv4 in IPv6; undefined for what is none. */
export function toPlainAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1');
  const address = bare.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIP(address) === 0 ? undefined : address.toLowerCase();
}
