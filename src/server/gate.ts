import type { Context, MiddlewareHandler } from 'hono';
import { sha256Hex } from '../log/sha256.ts';
import { type CertificateRule, fitsRule } from '../x509/certificate-rule.ts';
import type { ClientAddress } from './client-address.ts';
import type { ClientCertificates } from './client-certificate.ts';
import type { Role, TokenFile } from './token-file.ts';

/** Who may read here, and how they show who they are. */
export interface GateSettings {
  readonly mode: 'public' | 'private';
  readonly tokens?: TokenFile | undefined;
  readonly certificates?: ClientCertificates | undefined;
  /** Of the certificates that TLS verified, those that may read; all of them where there is none. */
  readonly readers: readonly CertificateRule[];
  /** Those whose owners are administrators. */
  readonly administrators: readonly CertificateRule[];
}

/** What a private registry answers to anybody: that it lives; and what a mail links to, to whoever has its token. */
const LIFE = /^\/health\/live\/?$/;
const MAIL_LINK = /^\/(?:confirm|reject|report|unsubscribe|subscribe)\/[^/]+$/;
/** What programs on the same machine watch. */
const FOR_WATCHERS = /^\/(?:metrics|health\/[a-z]+)$/;
/** The same for every path, so that it tells nothing of what is there. */
const REFUSAL = `${JSON.stringify({
  type: 'about:blank',
  title: 'Not for everybody',
  status: 401,
  detail:
    'This registry is private: send a token (Authorization: Bearer, or Basic with it as the password), or use a client certificate.',
})}\n`;
const MOST_AUTHORIZATION = 1_000;

/** Says what the client may do, so far as his token or certificate shows; undefined for somebody unknown. */
export function toRole(c: Context, settings: GateSettings): Role | undefined {
  const token = readToken(c.req.header('Authorization'));
  const line = token === undefined ? undefined : settings.tokens?.find(token);
  if (line !== undefined) return line.role;
  const certificate = settings.certificates?.of(c);
  if (certificate === undefined) return undefined;
  const isMeant = (rule: CertificateRule): boolean => fitsRule(rule, certificate, sha256Hex);
  if (settings.administrators.some(isMeant)) return 'administrator';
  return settings.readers.length === 0 || settings.readers.some(isMeant) ? 'reader' : undefined;
}

/**
 * Lets in whom the settings let in. It stands before every route, also before those that do not exist: who is refused sees one reply,
 * whatever he asks for.
 */
export function guard(settings: GateSettings, addressOf: ClientAddress): MiddlewareHandler {
  return async (c, next) => {
    const role = toRole(c, settings);
    c.set('role', role);
    if (role === 'site') c.set('site', toTokenName(c, settings));
    if (settings.mode === 'public') return next();
    const { path } = c.req;
    const isReading = c.req.method === 'GET' || c.req.method === 'HEAD';
    const isOpen =
      (LIFE.test(path) && isReading) || MAIL_LINK.test(path) || (FOR_WATCHERS.test(path) && addressOf(c).isLocal);
    if (role === undefined && !isOpen) return refuse(c);
    await next();
    keepFromOthers(c);
  };
}

/** The name of the token of a site, by which it may tell how it uses images; undefined for anybody else. */
export function toSiteToken(c: Context): string | undefined {
  const name: unknown = c.get('site');
  return typeof name === 'string' ? name : undefined;
}

/** True for somebody who showed that he is an administrator. */
export function isAdministrator(c: Context): boolean {
  return c.get('role') === 'administrator';
}

function toTokenName(c: Context, settings: GateSettings): string | undefined {
  const token = readToken(c.req.header('Authorization'));
  return token === undefined ? undefined : settings.tokens?.find(token)?.name;
}

function refuse(c: Context): Response {
  c.header('Access-Control-Allow-Origin', undefined);
  c.header('WWW-Authenticate', 'Bearer realm="Vouch"');
  // Browsers ask for a password only where this is offered; its user name counts for nothing.
  c.header('WWW-Authenticate', 'Basic realm="Vouch", charset="UTF-8"', { append: true });
  c.header('Cache-Control', 'no-store');
  return c.body(REFUSAL, 401, { 'Content-Type': 'application/problem+json' });
}

/** What one reader got is for no cache that serves others, and for no page of another site. */
function keepFromOthers(c: Context): void {
  const { headers } = c.res;
  headers.delete('Access-Control-Allow-Origin');
  const kept = headers.get('Cache-Control') ?? 'no-store';
  headers.set('Cache-Control', kept.includes('no-store') ? kept : `private, ${kept.replace(/\bpublic,?\s*/, '')}`);
}

function readToken(header: string | undefined): string | undefined {
  if (header === undefined || header.length > MOST_AUTHORIZATION) return undefined;
  const bearer = /^Bearer +([\x21-\x7e]+)$/i.exec(header)?.[1];
  if (bearer !== undefined) return bearer;
  const basic = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(header)?.[1];
  if (basic === undefined) return undefined;
  const pair = Buffer.from(basic, 'base64').toString('utf8');
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined;
}
