import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { toMessage, VouchError } from '../../errors.ts';
import { writeFileDurably } from '../../platform/durable-file.ts';

/** Where everything of a demo lies; paths are absolute. */
export interface DemoDirectory {
  readonly path: string;
  readonly trust: string;
  readonly images: string;
  readonly entries: string;
  readonly registry: string;
  /** The program with the demo's settings. */
  readonly program: string;
}

/** The file that says a directory is a demo's, so that nothing else is ever taken for one. */
const MARKER = 'vouch-demo.json';

interface Marker {
  /** False until everything is made. */
  readonly isComplete: boolean;
  /** When its certificates end, `YYYY-MM-DDThh:mm:ssZ`. */
  readonly until: string;
}

/**
 * Opens the directory of a demo: a new or empty one is to be filled, one whose demo is complete is used again, one whose demo was
 * interrupted or has outlived its certificates is emptied. Throws `usage` for a directory that holds anything else.
 */
export async function openDemoDirectory(
  given: string,
  at: Date,
): Promise<{ readonly directory: DemoDirectory; readonly state: 'new' | 'complete' | 'emptied' }> {
  const path = resolve(given);
  const directory: DemoDirectory = {
    path,
    trust: join(path, 'trust'),
    images: join(path, 'images'),
    entries: join(path, 'entries'),
    registry: join(path, 'registry'),
    program: join(path, 'vouch'),
  };
  const names = await atTheDirectory(path, async () => {
    await mkdir(path, { recursive: true });
    return await readdir(path);
  });
  if (names.length === 0) return { directory, state: 'new' };
  if (!names.includes(MARKER)) {
    throw new VouchError('usage', `${path} is not empty and no demo's directory; choose another with --data.`);
  }
  const marker = await readMarker(join(path, MARKER));
  if (marker?.isComplete === true && Date.parse(marker.until) > at.getTime()) return { directory, state: 'complete' };
  await atTheDirectory(path, () => Promise.all(names.map((name) => rm(join(path, name), { recursive: true }))));
  return { directory, state: 'emptied' };
}

/** Marks the directory as a demo's, complete or not yet. */
export async function markDemoDirectory({ path }: DemoDirectory, marker: Marker): Promise<void> {
  await writeFileDurably(join(path, MARKER), new TextEncoder().encode(`${JSON.stringify(marker)}\n`));
}

async function readMarker(path: string): Promise<Marker | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Marker;
  } catch {
    return undefined;
  }
}

async function atTheDirectory<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw new VouchError('input-output', `The demo directory ${path} cannot be used: ${toMessage(cause)}`, { cause });
  }
}
