import { createHash, timingSafeEqual } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Certificate } from '../x509/certificate.ts';
import { readPem } from '../x509/pem.ts';
import { readCertificate } from '../x509/read-certificate.ts';
import { toNetworkTest, toPlainAddress } from './client-address.ts';

/** What a proxy that ended TLS says of the client, and the secret that shows that it is the proxy who says it. */
export const PROXY_HEADERS = {
  secret: 'X-Vouch-Proxy-Secret',
  /** `SUCCESS` where the certificate was verified: nginx's `$ssl_client_verify`. */
  verify: 'X-Client-Verify',
  /** The certificate as PEM, percent-encoded: nginx's `$ssl_client_escaped_cert`. */
  certificate: 'X-Client-Cert',
} as const;

/** Longer than any certificate that a head of 32 KiB could hold beside the rest. */
const HEADER_LENGTH = 24_000;

/** Finds the certificate that somebody verified a client by: this server's own TLS, or a trusted proxy with the secret. */
export class ClientCertificates {
  readonly #isProxy: (address: string) => boolean;
  readonly #secret: Buffer | undefined;

  constructor(proxies: readonly string[], secret: string | undefined) {
    this.#isProxy = toNetworkTest(proxies);
    this.#secret = secret === undefined ? undefined : digest(secret);
  }

  of(c: Context): Certificate | undefined {
    const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
    const socket: unknown = incoming?.socket;
    if (socket instanceof TLSSocket) {
      const raw = socket.authorized ? socket.getPeerCertificate()?.raw : undefined;
      return raw === undefined ? undefined : read(new Uint8Array(raw));
    }
    const peer = toPlainAddress(incoming?.socket?.remoteAddress);
    if (this.#secret === undefined || peer === undefined || !this.#isProxy(peer)) return undefined;
    const told = c.req.header(PROXY_HEADERS.secret);
    const escaped = c.req.header(PROXY_HEADERS.certificate);
    if (told === undefined || !timingSafeEqual(digest(told), this.#secret)) return undefined;
    if (c.req.header(PROXY_HEADERS.verify) !== 'SUCCESS' || escaped === undefined) return undefined;
    return escaped.length > HEADER_LENGTH ? undefined : readEscaped(escaped);
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function readEscaped(escaped: string): Certificate | undefined {
  try {
    const [block, ...more] = readPem(new TextEncoder().encode(decodeURIComponent(escaped)));
    return block?.der === undefined || more.length > 0 ? undefined : read(block.der);
  } catch {
    // What is no certificate lets nobody in.
    return undefined;
  }
}

function read(der: Uint8Array): Certificate | undefined {
  const reading = readCertificate(der);
  return reading.ok ? reading.certificate : undefined;
}
