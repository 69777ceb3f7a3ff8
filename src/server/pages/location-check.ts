import { html } from 'hono/html';
import { isTrouble, type LocationFact, toFactJson } from '../../site/probe/location-fact.ts';
import type { Face } from '../face.ts';
import { day } from './entry-words.ts';
import { type Markup, written } from './markup.ts';

const WORDS = {
  verified: 'all bytes were right',
  'right-size': 'answered with the right size',
  answers: 'answered',
  wrong: 'gave something else',
  missing: 'had nothing',
  unreachable: 'did not answer',
  'not-asked': 'was not asked',
} as const satisfies Record<LocationFact['outcome'], string>;

/** What was found last at a location that one of these entries names; nothing where nobody looked. */
export function locationCheck(
  face: Face,
  entries: readonly { readonly documentSha256: string }[],
  location: string,
): Markup {
  const facts = entries.flatMap(({ documentSha256 }) => face.locations?.of(documentSha256) ?? []);
  const [newest] = facts
    .filter((fact) => fact.location === location)
    .sort((one, other) => other.checkedAt.getTime() - one.checkedAt.getTime());
  if (newest === undefined) return html``;
  const { outcome, checkedAt, verifiedAt, message } = newest;
  const earlier = verifiedAt === undefined ? '' : html`, and all bytes were right on ${day(verifiedAt)}`;
  const word = html`${WORDS[outcome]} on ${day(checkedAt)}${earlier}`;
  if (!isTrouble(newest)) return html` <span class="quiet small">${word}</span>`;
  return html` <strong class="small">${word}</strong> <span class="quiet small">${written(message)}</span>`;
}

/** What was found at the locations of an entry, as JSON values; undefined where nobody looked. */
export function toLocationChecks(face: Face, document: string): Record<string, unknown>[] | undefined {
  const facts = face.locations?.of(document) ?? [];
  return facts.length === 0 ? undefined : facts.map(toFactJson);
}
