import { readEntryTime } from '../../entry/entry-time.ts';
import { VouchError } from '../../errors.ts';

/** What was found at a location. */
export const LOCATION_OUTCOMES = [
  /** All bytes were fetched: size and all checksums hold. */
  'verified',
  /** It answers, and says the size that was stated. */
  'right-size',
  /** It answers, and its size cannot be told without fetching all of it. */
  'answers',
  /** It gives something else than was stated. */
  'wrong',
  /** It says that there is nothing. */
  'missing',
  /** It does not answer, or with an error. */
  'unreachable',
  /** It was not asked: a private address, or a scheme this program does not speak. */
  'not-asked',
] as const;
export type LocationOutcome = (typeof LOCATION_OUTCOMES)[number];

/** What was found at one location of one entry, and when. */
export interface LocationFact {
  /** SHA-256 hex of the entry's document, by which it is known in every log. */
  readonly document: string;
  /** Identifier of the image. */
  readonly identifier: string;
  readonly location: string;
  readonly outcome: LocationOutcome;
  readonly checkedAt: Date;
  /** When all of it was last fetched and found right, where that was before. */
  readonly verifiedAt?: Date;
  /** One sentence. */
  readonly message: string;
}

const HEAD = 'vouch locations 1';
const MOST_TEXT = 4_096;

/** True where something should be done about it. */
export function isTrouble({ outcome }: Pick<LocationFact, 'outcome'>): boolean {
  return outcome === 'wrong' || outcome === 'missing' || outcome === 'unreachable';
}

/** A fact as JSON values. */
export function toFactJson({ checkedAt, verifiedAt, ...fact }: LocationFact): Record<string, unknown> {
  return {
    ...fact,
    checkedAt: checkedAt.toISOString(),
    ...(verifiedAt === undefined ? {} : { verifiedAt: verifiedAt.toISOString() }),
  };
}

/** A report: JSON lines, of which the first names the registry whose entries were looked at. */
export function writeReport(registry: string, facts: readonly LocationFact[]): Uint8Array {
  const lines = [{ report: HEAD, registry }, ...facts.map(toFactJson)];
  return Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** Reads a report. Throws `malformed`, naming the line. */
export function readReport(bytes: Uint8Array): { readonly registry: string; readonly facts: LocationFact[] } {
  const lines = Buffer.from(bytes).toString('utf8').trimEnd().split('\n');
  const [head, ...rest] = lines.map((line, at) => readLine(line, at));
  if (head?.report !== HEAD || typeof head.registry !== 'string') throw malformed(1);
  return { registry: head.registry, facts: rest.map((json, at) => readFact(json, at + 2)) };
}

function readLine(line: string, at: number): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(line);
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>;
  } catch (cause) {
    throw malformed(at + 1, cause);
  }
  throw malformed(at + 1);
}

function readFact(json: Record<string, unknown>, line: number): LocationFact {
  const { document, identifier, location, outcome, checkedAt, verifiedAt, message } = json;
  const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MOST_TEXT;
  const known = LOCATION_OUTCOMES.find((one) => one === outcome);
  const [checked, verified] = [checkedAt, verifiedAt].map((time) => (isText(time) ? readTime(time) : undefined));
  if (!isText(document) || !isText(identifier) || !isText(location) || !isText(message)) throw malformed(line);
  if (known === undefined || checked === undefined || (verifiedAt !== undefined && verified === undefined)) {
    throw malformed(line);
  }
  return {
    document,
    identifier,
    location,
    outcome: known,
    checkedAt: checked,
    ...(verified === undefined ? {} : { verifiedAt: verified }),
    message,
  };
}

function readTime(text: string): Date | undefined {
  return readEntryTime(text.replace(/\.\d{3}Z$/, 'Z'));
}

function malformed(line: number, cause?: unknown): VouchError {
  const message = `Line ${line} is not one of a report of \`vouch locations check\`.`;
  return new VouchError('malformed', message, { cause });
}

/**
 * What is known after a new look: facts of before about what was not looked at now are kept, and so is when something was last verified
 * whole, as long as nothing speaks against it.
 */
export function mergeFacts(before: readonly LocationFact[], now: readonly LocationFact[]): LocationFact[] {
  const known = new Map(before.map((fact) => [keyOf(fact), fact]));
  for (const fact of now) {
    const older = known.get(keyOf(fact));
    const verifiedAt = older?.outcome === 'verified' ? older.checkedAt : older?.verifiedAt;
    const stands = fact.outcome === 'right-size' || fact.outcome === 'answers';
    known.set(keyOf(fact), stands && verifiedAt !== undefined ? { ...fact, verifiedAt } : fact);
  }
  return [...known.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, fact]) => fact);
}

function keyOf({ document, location }: LocationFact): string {
  return `${document} ${location}`;
}
