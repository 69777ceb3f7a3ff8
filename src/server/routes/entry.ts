import type { Context } from 'hono';
import type { CatalogEntry } from '../../catalog/catalog.ts';
import { toEntryAddress } from '../../catalog/entry-path.ts';
import { type RdfFormat, writeRdf } from '../../rdf/write-rdf.ts';
import { VERIFYING_PAGE_POLICY } from '../content-policy.ts';
import { noteLookup } from '../count-use.ts';
import { readEntryBasis } from '../entry-basis.ts';
import { toEntryJson } from '../entry-json.ts';
import { toETag } from '../etag.ts';
import type { Face } from '../face.ts';
import { entryPage } from '../pages/entry-page.ts';
import { toTagPath } from '../pages/entry-words.ts';
import { toLocationChecks } from '../pages/location-check.ts';
import { toNotFound } from '../problem.ts';
import { replyProblem } from '../problem-reply.ts';
import { choose, IMMUTABLE, isReply, notModified, replyForeign, replyJson } from '../resource.ts';
import { logOf, readEntryBlob } from '../shown.ts';

const REPRESENTATIONS = [
  // First, so that `curl` gets the exact bytes received, as from the original.
  { name: 'rdf', mediaTypes: ['application/rdf+xml', 'application/xml', 'text/xml'] },
  { name: 'html', mediaTypes: ['text/html', 'application/xhtml+xml'] },
  { name: 'json', mediaTypes: ['application/json'] },
  { name: 'jsonld', mediaTypes: ['application/ld+json'] },
  { name: 'ttl', mediaTypes: ['text/turtle'] },
  { name: 'nq', mediaTypes: ['application/n-quads'] },
  { name: 'xml', mediaTypes: ['application/xml', 'text/xml'] },
] as const;

/** Statements about one image that are looked at, where it may be in several logs. */
const BESIDE = 1_000;

const FORMAT_LINKS = [
  { name: 'RDF/XML, exactly the bytes that were signed and received', format: 'rdf', mediaType: 'application/rdf+xml' },
  { name: 'JSON', format: 'json', mediaType: 'application/json' },
  { name: 'JSON-LD', format: 'jsonld', mediaType: 'application/ld+json' },
  { name: 'Turtle', format: 'ttl', mediaType: 'text/turtle' },
  { name: 'N-Quads', format: 'nq', mediaType: 'application/n-quads' },
] as const;

const RDF_FORMATS = {
  jsonld: 'application/ld+json',
  ttl: 'text/turtle',
  nq: 'application/n-quads',
} as const satisfies Record<string, RdfFormat>;

/**
 * One entry in the form asked for. Reached by a tag, the reply changes with the next entry that carries it; by an address that an entry
 * of this registry may yet have (`address`), with that one: it says where the entry itself is and must be asked for again. The document never changes; its other forms carry the status, which does.
 */
export async function replyEntry(
  c: Context,
  face: Face,
  entry: CatalogEntry | undefined,
  by: 'entry' | 'tag' | 'address',
  suffix: string | undefined,
): Promise<Response> {
  if (entry === undefined) {
    return replyProblem(
      c,
      face,
      toNotFound(by === 'tag' ? 'No undeprecated entry has this tag.' : 'There is no such entry.'),
    );
  }
  const chosen = choose(c, face, REPRESENTATIONS, suffix ?? c.req.query('format'));
  if (isReply(chosen)) return chosen;
  const { registry } = face;
  noteLookup(c, entry.identifier, entry.documentSha256);
  if (by !== 'entry') c.header('Content-Location', face.href(toEntryAddress(entry)));
  if (chosen.name === 'rdf' || chosen.name === 'xml') {
    const unchanged = notModified(c, `"${entry.documentSha256}"`, by === 'entry' ? IMMUTABLE : 'no-cache');
    return unchanged ?? replyForeign(c, toOwn(await readEntryBlob(registry, entry)), chosen.mediaType);
  }
  const at = face.now();
  await face.locations?.refresh();
  const etag = toETag('entry', entry.documentSha256, chosen.mediaType, ...face.version());
  const unchanged = notModified(c, etag);
  if (unchanged !== undefined) return unchanged;
  switch (chosen.name) {
    case 'html':
      c.header('Content-Security-Policy', VERIFYING_PAGE_POLICY);
      return c.html(entryPage(face, entry, await readParts(face, entry, at, by)));
    case 'json':
      return replyJson(
        c,
        withChecks(toEntryJson(entry, at, registry.baseUrl), toLocationChecks(face, entry.documentSha256)),
      );
    default: {
      const text = await writeRdf(await face.graphOf(entry), RDF_FORMATS[chosen.name]);
      return replyForeign(c, text, `${chosen.mediaType}${chosen.name === 'ttl' ? '; charset=utf-8' : ''}`);
    }
  }
}

function withChecks(json: Record<string, unknown>, locationChecks: Record<string, unknown>[] | undefined) {
  return locationChecks === undefined ? json : { ...json, locationChecks };
}

async function readParts(face: Face, entry: CatalogEntry, at: Date, by: 'entry' | 'tag' | 'address') {
  const { catalog } = face;
  const { log } = logOf(face.registry, entry);
  // Of one log the number of an entry is its place.
  const beside = entry.origin === undefined ? [] : await readBeside(face, entry, at);
  const { supersededBy } = entry;
  const newer =
    supersededBy === undefined || entry.origin !== undefined
      ? beside.find(({ origin, index }) => origin === entry.origin && index === supersededBy)
      : await catalog.entry(supersededBy);
  const previous = await catalog.previous(entry);
  const path = toEntryAddress(entry);
  const tagged = entry.tag === undefined ? undefined : await catalog.tagged(entry.email, entry.tag);
  return {
    at,
    feed: by === 'tag' ? `${toTagPath(entry.email, entry.tag ?? '')}/feed` : `/metadata/${entry.identifier}/feed`,
    isTagLive: tagged !== undefined,
    basis: await readEntryBasis(log, entry),
    receipt: await log.receipt(entry.index),
    logSize: log.size(),
    logKey: log.key.vkey,
    beside,
    formats: FORMAT_LINKS.map(({ name, format, mediaType }) => ({
      name,
      mediaType,
      href: face.href(`${path}${path.includes('?') ? '&' : '?'}format=${format}`),
    })),
    ...(newer === undefined ? {} : { newer }),
    ...(previous === undefined ? {} : { previous }),
  };
}

/** The newest statements about the same image, in whatever log. */
async function readBeside({ catalog }: Face, { identifier }: CatalogEntry, at: Date): Promise<readonly CatalogEntry[]> {
  return (await catalog.list({ identifier }, at, { limit: BESIDE })).entries;
}

/** The bytes over a buffer of their own kind, as a reply wants them. */
function toOwn(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
