import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { isNetwork, LOOPBACK, toClientAddress } from '../../src/server/client-address.ts';

async function addressOf(
  peer: string | undefined,
  headers: Record<string, string> = {},
  proxies = [...LOOPBACK, '10.0.0.0/8'],
) {
  const read = toClientAddress(proxies);
  const app = new Hono().get('/', (c) => c.json(read(c)));
  const env = peer === undefined ? {} : { incoming: { socket: { remoteAddress: peer } } };
  return (await (await app.request('/', { headers }, env)).json()) as unknown;
}

const forwarded = (text: string) => ({ 'X-Forwarded-For': text });

describe('the address of a client', () => {
  test('is that of the connection where no proxy is trusted with it, whatever the header says', async () => {
    expect(await addressOf('192.0.2.1', forwarded('198.51.100.9'))).toEqual({ address: '192.0.2.1', isLocal: false });
    expect(await addressOf('127.0.0.1')).toEqual({ address: '127.0.0.1', isLocal: true });
    expect(await addressOf('::ffff:192.0.2.1')).toEqual({ address: '192.0.2.1', isLocal: false });
    expect(await addressOf(undefined)).toEqual({ isLocal: false });
  });

  test('is the last that no trusted proxy has, so that nobody can put another one before it', async () => {
    const spoofed = forwarded('6.6.6.6, 198.51.100.9, 10.1.2.3');
    expect(await addressOf('127.0.0.1', spoofed)).toEqual({ address: '198.51.100.9', isLocal: false });
    expect(await addressOf('10.0.0.1', forwarded('2001:DB8::1'))).toEqual({ address: '2001:db8::1', isLocal: false });
    expect(await addressOf('10.0.0.1', forwarded('[2001:db8::2]:443'))).toMatchObject({ address: '2001:db8::2' });
    expect(await addressOf('10.0.0.1', forwarded('198.51.100.9:1234'))).toMatchObject({ address: '198.51.100.9' });
    expect(await addressOf('10.0.0.1', forwarded('198.51.100.9, unknown'))).toMatchObject({ address: '10.0.0.1' });
    expect(await addressOf('127.0.0.1', forwarded('127.0.0.1'))).toEqual({ address: '127.0.0.1', isLocal: false });
  });

  test('a network is an address with or without the length of its prefix', () => {
    for (const text of ['10.0.0.0/8', '192.0.2.1', '::1', '2001:db8::/32', '0.0.0.0/0'])
      expect(isNetwork(text)).toBe(true);
    for (const text of ['', '10.0.0.0/33', '::/129', '10.0.0/8', 'host', '10.0.0.1/x', '1.2.3.4/8/8']) {
      expect(isNetwork(text)).toBe(false);
    }
  });
});
