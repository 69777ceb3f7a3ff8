import { createHash } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Encoding } from './encoding.ts';

/** A file that pages load: it changes with its path, so that it may be cached for ever. */
export interface Asset {
  /** Below the base URL. */
  readonly path: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes, smaller. */
  readonly encoded: Readonly<Record<Encoding, Uint8Array<ArrayBuffer>>>;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webp: 'image/webp',
  wasm: 'application/wasm',
};

/** The media type of a file by the end of its name; `application/octet-stream` for an unknown one. */
export function toAssetType(file: string): string {
  return MEDIA_TYPES[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

/** Path of a file that pages load, by its name. */
export function toAssetPath(file: string): string {
  return `/asset/${file}`;
}

/** An asset made of text or bytes; its path carries a hash of them. */
export function toAsset(name: string, extension: string, content: string | Uint8Array): Asset {
  const bytes = Buffer.from(content);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const file = `${name}-${hash}.${extension}`;
  const encoded = { br: brotliCompressSync(bytes), gzip: gzipSync(bytes) };
  return { path: toAssetPath(file), mediaType: toAssetType(file), bytes, encoded };
}
