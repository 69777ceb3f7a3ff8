import { BlockList, isIP } from 'node:net';

/** Networks that are somebody's own, or nobody's (IANA special-purpose registries). */
const PRIVATE_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;

/** Parts of the global IPv6 space that lead elsewhere: Teredo and 6to4 hold IPv4 addresses, the others are for documents and tests. */
const PRIVATE_IPV6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const blocked = new BlockList();
for (const [network, bits] of PRIVATE_IPV4) blocked.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of PRIVATE_IPV6) blocked.addSubnet(network, bits, 'ipv6');
const global = new BlockList();
global.addSubnet('2000::', 3, 'ipv6');

/** True for an IP address that anyone on the internet may be asked at; false for private, local and reserved ones, and for what is none. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !blocked.check(address, 'ipv4');
    case 6:
      // All of IPv6 that is handed out lies in one eighth of it; addresses that hold an IPv4 address lie outside.
      return !address.includes('%') && global.check(address, 'ipv6') && !blocked.check(address, 'ipv6');
    default:
      return false;
  }
}
