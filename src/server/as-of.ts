import type { Context } from 'hono';
import type { CatalogReader } from '../catalog/catalog.ts';
import { readEntryTime } from '../entry/entry-time.ts';
import { VouchError } from '../errors.ts';
import { readTreeSize } from '../proof/tree-size.ts';
import type { Registry } from '../registry/registry.ts';
import type { Face } from './face.ts';
import { type Shown, shownOf } from './shown.ts';

/** A moment of the past that a request asks about. */
export interface AsOf {
  /** The value of the parameter, as it stands in links. */
  readonly text: string;
  /** The number of records that were shown then: those of the log, or of all logs where others are followed. */
  readonly size: number;
  /** The time statuses are computed for. */
  readonly at: Date;
}

/** The resources that can be asked about the past. */
const WITH_A_PAST = /^\/(?:$|\?|(?:metadata|endorsers|tag|query)(?:$|[/?]))/;

/**
 * Reads a moment: a log size (statuses as of the acceptance of its last record), or a time (the records accepted until then, statuses
 * as of then). Throws `usage` for what is neither and for the future, `not-found` for a size the log has not reached, `busy` where
 * the lists have not taken in so much yet.
 */
export async function readAsOf(text: string, registry: Registry, now: Date): Promise<AsOf> {
  const shown = shownOf(registry);
  const time = readEntryTime(text);
  const size = time === undefined ? readTreeSize(text) : await sizeAt(shown, time, now);
  if (size === undefined) {
    const form = 'a log size in plain digits, or a time as in 2026-01-31T12:00:00Z';
    throw new VouchError('usage', `The parameter asOf must be ${form}.`);
  }
  if (size > shown.size()) {
    const message = `There are ${shown.size()} records so far: there is no state after ${size}, which asOf asks for.`;
    throw new VouchError('not-found', message);
  }
  if (size > shown.catalog.position()) throw catchingUp();
  if (time !== undefined) return { text, size, at: time };
  return { text, size, at: size === 0 ? now : await shown.timeOf(size - 1) };
}

async function sizeAt({ size: readSize, catalog }: Shown, time: Date, now: Date): Promise<number> {
  if (time.getTime() > now.getTime()) {
    throw new VouchError('usage', 'The parameter asOf names a time that has not come yet.');
  }
  // Read before: what the lists take in meanwhile cannot make the answer wrong.
  const logSize = readSize();
  const size = await catalog.sizeAt(time);
  if (size < logSize && size === catalog.position()) throw catchingUp();
  return size;
}

function catchingUp(): VouchError {
  return new VouchError('busy', 'The lists have not taken in the log up to there yet; try again in a moment.');
}

/**
 * The face of the registry as the request wants it: as of the moment its `asOf` names, else as it is. Of the past, every link to a
 * resource that has one leads to the same moment.
 */
export function faceAsOf(c: Context, face: Face): Promise<Face> {
  return faceOfMoment(c, face, readMoment(new URL(c.req.url).searchParams));
}

/** The moment that parameters name, as it was written; throws `usage` for several. */
export function readMoment(parameters: URLSearchParams): string | undefined {
  const given = parameters.getAll('asOf');
  if (given.length > 1) throw new VouchError('usage', 'The parameter asOf is given more than once.');
  return given[0]?.trim() || undefined;
}

/** The same where the moment is known; as it is now without one. */
export async function faceOfMoment(c: Context, face: Face, text: string | undefined): Promise<Face> {
  if (text === undefined) return face;
  const search = new URLSearchParams(new URL(c.req.url).searchParams);
  const asOf = await readAsOf(text, face.registry, face.now());
  c.header('Log-Size', String(asOf.size));
  // RFC 7089: this is the state of another time.
  c.header('Memento-Datetime', asOf.at.toUTCString());
  search.delete('asOf');
  search.delete('after');
  // Relative, so that it holds behind any proxy.
  return toFaceAsOf(face, asOf, `?${search}`);
}

function toFaceAsOf(face: Face, asOf: AsOf, nowHref: string): Face {
  const catalog: CatalogReader = shownOf(face.registry).catalog.asOf(asOf.size);
  const pathTo = (path: string) => {
    if (!WITH_A_PAST.test(path)) return path;
    return `${path}${path.includes('?') ? '&' : '?'}asOf=${encodeURIComponent(asOf.text)}`;
  };
  // What was found at locations, and how images are used, is of now.
  const { locations: _, usage: __, ...rest } = face;
  return {
    ...rest,
    asOf,
    nowHref,
    catalog,
    now: () => asOf.at,
    graphOf: (entry) => face.graphOf(entry, asOf.at),
    logSize: () => asOf.size,
    // The pages also say how large the log is now.
    version: () => [asOf.text, asOf.size, ...face.version()],
    pathTo,
    href: (path) => face.href(pathTo(path)),
  };
}
