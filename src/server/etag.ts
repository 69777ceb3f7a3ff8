import { createHash } from 'node:crypto';

/** A weak entity tag over everything the reply depends on. */
export function toETag(...parts: readonly (string | number | undefined)[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
  return `W/"${digest}"`;
}

/** The minute a time lies in: statuses are shown to this precision, so a list stays fresh for as long. */
export function toMinute(at: Date): number {
  return Math.floor(at.getTime() / 60_000);
}

/** True if the If-None-Match header names this entity tag (weak comparison, RFC 9110 section 13.1.2). */
export function matchesETag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  return header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === opaque);
}
