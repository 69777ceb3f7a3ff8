import type { Context, Hono } from 'hono';
import { toVocabularyQuads, VOCABULARY_PREFIXES } from '../../rdf/vouch-vocabulary.ts';
import { writeRdf } from '../../rdf/write-rdf.ts';
import { toETag } from '../etag.ts';
import type { Face } from '../face.ts';
import { vocabularyPage } from '../pages/vocabulary-page.ts';
import { toContentType } from '../query-format.ts';
import { choose, isReply, mount, notModified } from '../resource.ts';

const REPRESENTATIONS = [
  { name: 'ttl', mediaTypes: ['text/turtle'] },
  { name: 'html', mediaTypes: ['text/html', 'application/xhtml+xml'] },
  { name: 'jsonld', mediaTypes: ['application/ld+json', 'application/json'] },
  { name: 'nt', mediaTypes: ['application/n-triples', 'text/plain'] },
] as const;
const FORMATS = { ttl: 'text/turtle', jsonld: 'application/ld+json', nt: 'application/n-triples' } as const;

/** `/vocabulary`: what the terms mean by which the registry says what it derived of entries. */
export function mountVocabulary(app: Hono, face: Face): void {
  mount(app, face, '/vocabulary', { GET: (c) => replyVocabulary(c, face) });
}

async function replyVocabulary(c: Context, face: Face): Promise<Response> {
  const chosen = choose(c, face, REPRESENTATIONS, c.req.query('format'));
  if (isReply(chosen)) return chosen;
  const { name, mediaType } = chosen;
  if (name === 'html') {
    const page = vocabularyPage(face);
    return notModified(c, toETag('vocabulary', String(page))) ?? c.html(page);
  }
  const text = await writeRdf(
    toVocabularyQuads(`${face.registry.baseUrl}/vocabulary`),
    FORMATS[name],
    VOCABULARY_PREFIXES,
  );
  return (
    notModified(c, toETag('vocabulary', mediaType, text)) ??
    c.body(text, { headers: { 'Content-Type': toContentType(mediaType) } })
  );
}
