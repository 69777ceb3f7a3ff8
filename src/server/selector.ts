import type { EntryStatus } from '../catalog/catalog.ts';
import { readEntryTime } from '../entry/entry-time.ts';
import { VouchError } from '../errors.ts';

/** What the path below `/metadata` names; every part given narrows it. */
export interface Selector {
  readonly identifier?: string;
  readonly email?: string;
  readonly createdAt?: Date;
  /** The format a suffix asks for. Only identifiers and times can carry one: an e-mail address ends in a dot and letters itself. */
  readonly suffix?: string;
}

const IDENTIFIER = /^([A-Za-z0-9_-]{27})(?:\.([a-z]+))?$/;
const CREATED = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)(?:\.([a-z]+))?$/;
/** RFC 5321 section 4.5.3.1.3 allows 254. */
const EMAIL = /^[^@\s]+@[^@\s]+$/;

/** True if the text can be an e-mail address that selects an endorser. */
export function isEmail(text: string): boolean {
  return text.length <= 254 && EMAIL.test(text);
}

/** The decoded segments of a path; undefined if the percent-encoding is broken. Segments are split before they are decoded. */
export function readSegments(path: string): readonly string[] | undefined {
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map((segment) => decodeURIComponent(segment));
  } catch {
    return undefined;
  }
}

/**
 * Reads the segments below `/metadata`: an identifier, an e-mail address and a time, each at most once, in any order. Only the
 * last may carry a format suffix. Undefined if a segment is none of them.
 */
export function readSelector(segments: readonly string[]): Selector | undefined {
  const selector: { identifier?: string; email?: string; createdAt?: Date; suffix?: string } = {};
  for (const segment of segments) {
    if (selector.suffix !== undefined) return undefined;
    const identifier = IDENTIFIER.exec(segment);
    const created = CREATED.exec(segment);
    if (identifier !== null && selector.identifier === undefined) selector.identifier = identifier[1]!;
    else if (created !== null && selector.createdAt === undefined) {
      const createdAt = readEntryTime(created[1]!);
      if (createdAt === undefined) return undefined;
      selector.createdAt = createdAt;
    } else if (isEmail(segment) && selector.email === undefined) selector.email = segment;
    else return undefined;
    const suffix = identifier?.[2] ?? created?.[2];
    if (suffix !== undefined) selector.suffix = suffix;
  }
  return selector;
}

const STATUS_CHOICES = {
  valid: ['valid'],
  expired: ['expired'],
  deprecated: ['deprecated'],
  superseded: ['superseded'],
  all: undefined,
} as const satisfies Record<EntryStatus | 'all', readonly EntryStatus[] | undefined>;

/** A value of the `status` parameter. */
export type StatusChoice = keyof typeof STATUS_CHOICES;

/** Every value the `status` parameter takes. */
export const STATUS_NAMES = Object.keys(STATUS_CHOICES) as readonly StatusChoice[];

/** The statuses a `status` parameter asks for, undefined for all. Throws `usage` for an unknown one. */
export function readStatuses(choice: string): readonly EntryStatus[] | undefined {
  if (!Object.hasOwn(STATUS_CHOICES, choice)) {
    throw new VouchError('usage', `The parameter status must be one of ${STATUS_NAMES.join(', ')}.`);
  }
  return STATUS_CHOICES[choice as StatusChoice];
}
