import { readFileSync, statSync } from 'node:fs';
import { toMessage, VouchError } from '../../errors.ts';
import { type Logins, readNetrc, toLoginHeaders } from './netrc.ts';

/** How a site reaches object stores: what S3 and OpenStack programs find in their environment too. */
export interface ObjectStores {
  readonly s3?: {
    /** Absent for buckets that anybody may read. */
    readonly credentials?: { readonly accessKey: string; readonly secretKey: string; readonly sessionToken?: string };
    readonly region?: string;
    /** Of a store that is not Amazon's, as in `https://s3.example.org`. */
    readonly endpoint?: string;
  };
  readonly swift?: { readonly storageUrl: string; readonly token?: string };
  /** Who is asking, for hosts of `https` and `davs` locations. */
  readonly logins?: Logins;
}

/** An address to be asked over HTTP for what a location names. */
export interface StoreAddress {
  readonly url: string;
  /** For this address alone, and for nobody it leads to. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The operator named the host himself, wherever it is. */
  readonly isOwn: boolean;
  /** It may lead elsewhere, where the headers are not shown. */
  readonly mayLead?: boolean;
}

const DEFAULT_REGION = 'us-east-1';
/** A signed address is good for so long: a download may begin late, but it is asked for once for each connection. */
const EXPIRES_SECONDS = 3_600;

/** Reads `AWS_*` and `OS_*` variables, and the file of `VOUCH_NETRC`. Throws `config`. */
export function readObjectStores(env: Readonly<Record<string, string | undefined>>): ObjectStores {
  const { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_SESSION_TOKEN: sessionToken } = env;
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL;
  const { OS_STORAGE_URL: storageUrl, OS_AUTH_TOKEN: token } = env;
  return {
    s3: {
      ...(accessKey && secretKey
        ? { credentials: { accessKey, secretKey, ...(sessionToken ? { sessionToken } : {}) } }
        : {}),
      ...(region ? { region } : {}),
      ...(endpoint ? { endpoint } : {}),
    },
    ...(storageUrl ? { swift: { storageUrl, ...(token ? { token } : {}) } } : {}),
    ...(env.VOUCH_NETRC ? { logins: readLogins(env.VOUCH_NETRC) } : {}),
  };
}

function readLogins(path: string): Logins {
  let text: string;
  try {
    if ((statSync(path).mode & 0o077) !== 0) {
      throw new VouchError('config', `${path} holds passwords, and others may read it: chmod 600 ${path}.`);
    }
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof VouchError) throw cause;
    throw new VouchError('config', `The file ${path} of VOUCH_NETRC cannot be read: ${toMessage(cause)}.`, { cause });
  }
  return readNetrc(text);
}

/** An address of the web, with a login where the operator has one for its host. It may lead on: many stores give the bytes elsewhere. */
export function toWebAddress(url: string, { logins }: ObjectStores): StoreAddress {
  const headers = logins && toLoginHeaders(url, logins);
  return { url, isOwn: false, ...(headers === undefined ? {} : { headers, mayLead: true }) };
}

/**
 * The address of an object `s3://BUCKET/KEY`, signed (AWS Signature 4, in its query) where there are credentials: plain HTTP from there on,
 * by the same rules as any other location. Throws `usage`.
 */
export async function toS3Address(location: string, { s3 = {} }: ObjectStores): Promise<StoreAddress> {
  const { region = DEFAULT_REGION, endpoint, credentials } = s3;
  const [, bucket = '', key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/i.exec(location) ?? [];
  if (key === '') throw new VouchError('usage', `${location} is not asked: it must be s3://BUCKET/KEY.`);
  const url = toS3Url(bucket, key, region, endpoint);
  if (credentials === undefined) return { url: url.href, isOwn: endpoint !== undefined };
  const { AwsClient } = await import('aws4fetch');
  const { accessKey, secretKey, sessionToken } = credentials;
  const signer = new AwsClient({
    accessKeyId: accessKey,
    secretAccessKey: secretKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    service: 's3',
    region,
  });
  url.searchParams.set('X-Amz-Expires', String(EXPIRES_SECONDS));
  const signed = await signer.sign(url.href, { method: 'GET', aws: { signQuery: true } });
  return { url: signed.url, isOwn: endpoint !== undefined };
}

function toS3Url(bucket: string, key: string, region: string, endpoint: string | undefined): URL {
  const path = encodePath(decodeKey(key));
  if (endpoint !== undefined) return toUrl(`${endpoint.replace(/\/+$/, '')}/${bucket}/${path}`, 'AWS_ENDPOINT_URL');
  // A certificate for *.s3.… holds no name with a further dot.
  return bucket.includes('.')
    ? new URL(`https://s3.${region}.amazonaws.com/${bucket}/${path}`)
    : new URL(`https://${bucket}.s3.${region}.amazonaws.com/${path}`);
}

/** The address of an object `swift://CONTAINER/OBJECT` in the operator's own store. Throws `usage`. */
export function toSwiftAddress(location: string, { swift }: ObjectStores): StoreAddress {
  const [, container = '', object = ''] = /^swift:\/\/([^/]+)\/(.+)$/i.exec(location) ?? [];
  if (object === '') throw new VouchError('usage', `${location} is not asked: it must be swift://CONTAINER/OBJECT.`);
  if (swift === undefined) {
    throw new VouchError('usage', `${location} is not asked: OS_STORAGE_URL does not say where the store is.`);
  }
  const { storageUrl, token } = swift;
  const path = `${encodePath(decodeKey(container))}/${encodePath(decodeKey(object))}`;
  const url = toUrl(`${storageUrl.replace(/\/+$/, '')}/${path}`, 'OS_STORAGE_URL').href;
  return { url, isOwn: true, ...(token === undefined ? {} : { headers: { 'X-Auth-Token': token } }) };
}

function toUrl(text: string, setting: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new VouchError('usage', `${setting} holds no http or https address.`);
}

/** What a name stands for: in a URI some characters are written with `%`. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** A name as the path of an address. Parts such as `..` would be taken out of it on the way. Throws `usage`. */
function encodePath(name: string): string {
  const parts = name.split('/');
  if (parts.some((part) => part === '.' || part === '..')) {
    throw new VouchError('usage', `An object ${JSON.stringify(name)} cannot be asked for over HTTP.`);
  }
  const toHex = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return parts.map((part) => encodeURIComponent(part).replace(/[!'()*]/g, toHex)).join('/');
}
