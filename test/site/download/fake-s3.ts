import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export const KEYS = { access: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' } as const;

/** A store that gives objects to whoever signs as S3 asks, by this file's own reading of the rules of AWS Signature 4. */
export interface FakeS3 extends Disposable {
  readonly url: string;
  /** By `BUCKET/KEY`. */
  readonly objects: Map<string, Uint8Array>;
  /** Buckets that anybody may read. */
  readonly open: Set<string>;
  readonly refused: string[];
}

export async function openFakeS3(region: string, sessionToken?: string): Promise<FakeS3> {
  const objects = new Map<string, Uint8Array>();
  const open = new Set<string>();
  const refused: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', `http://${request.headers.host}`);
    const name = decodeURIComponent(url.pathname.slice(1));
    const fault = open.has(name.split('/')[0]!) ? undefined : findFault(request, url, region, sessionToken);
    if (fault !== undefined) {
      refused.push(fault);
      return response
        .writeHead(403)
        .end(`<Error><Code>SignatureDoesNotMatch</Code><Message>${fault}</Message></Error>`);
    }
    const bytes = objects.get(name);
    if (bytes === undefined) return response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    const [, digits] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const from = Number(digits ?? 0);
    const head = { 'Content-Length': bytes.length - from };
    if (digits === undefined) response.writeHead(200, head);
    else response.writeHead(206, { ...head, 'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
    return response.end(bytes.subarray(from));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    open,
    refused,
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** What is wrong with a signature in the query of an address, or undefined. */
function findFault(
  request: IncomingMessage,
  url: URL,
  region: string,
  sessionToken: string | undefined,
): string | undefined {
  const given = url.searchParams.get('X-Amz-Signature');
  const date = url.searchParams.get('X-Amz-Date') ?? '';
  if (given === null) return 'It is not signed.';
  if (request.headers.authorization !== undefined) return 'It is signed twice.';
  const signedAt = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const seconds = Number(url.searchParams.get('X-Amz-Expires'));
  if (!(Math.abs(Date.now() - signedAt) < 900_000) || !(seconds > 0 && seconds <= 604_800)) return 'It has expired.';
  if ((url.searchParams.get('X-Amz-Security-Token') ?? undefined) !== sessionToken) return 'It has another token.';
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  if (url.searchParams.get('X-Amz-Credential') !== `${KEYS.access}/${scope}`) return 'It has another scope.';
  if (url.searchParams.get('X-Amz-SignedHeaders') !== 'host') return 'It signs other headers.';
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const path = decodeURIComponent(url.pathname).split('/').map(encode).join('/');
  const canonical = ['GET', path, query, `host:${request.headers.host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  let key: string | Uint8Array = `AWS4${KEYS.secret}`;
  for (const part of scope.split('/')) key = hmac(key, part);
  const right = hmac(key, ['AWS4-HMAC-SHA256', date, scope, hash].join('\n')).toString('hex');
  return right === given ? undefined : 'Its signature is another.';
}
