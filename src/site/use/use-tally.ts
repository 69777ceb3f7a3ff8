import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isIdentifier } from '../../entry/identifier.ts';
import { VouchError } from '../../errors.ts';
import { writeFileDurably } from '../../platform/durable-file.ts';
import { holdLock } from '../../platform/file-lock.ts';
import { readUseDay, toUseDay, type UseDay, writeUseDay } from '../../usage/use-day.ts';
import { RECEIPT_DAYS, type SiteUse } from '../../usage/use-receipt.ts';

/** What was counted on one day until now, and how much of it the registry has taken. */
export interface DayTally {
  readonly day: UseDay;
  /** Grows with every writing. */
  readonly changes: number;
  /** The `changes` that were taken last. */
  readonly taken: number;
  readonly images: ReadonlyMap<string, SiteUse>;
}

/** Images of one day; what goes beyond is not counted. */
const IMAGES_MOST = 20_000;
const FILE = /^(\d{4}-\d{2}-\d{2})\.json$/;
const REPORTER = /^[A-Za-z0-9_-]{22}$/;
/** How long one process waits for another that writes, and between two looks. */
const WAIT_MS = 5_000;
const LOOK_MS = 25;
const NOTHING: SiteUse = { allowed: 0, denied: 0, downloaded: 0 };

/**
 * Counts what a site decides and downloads, by day and image, in a directory that several commands may use at once. What was counted is in
 * memory until it is written.
 */
export class UseTally {
  readonly #directory: string;
  readonly #now: () => Date;
  readonly #tell: (sentence: string) => void;
  #pending = new Map<UseDay, Map<string, SiteUse>>();

  constructor(directory: string, now: () => Date, tell: (sentence: string) => void) {
    this.#directory = directory;
    this.#now = now;
    this.#tell = tell;
  }

  get directory(): string {
    return this.#directory;
  }

  /** Counts one decision or download. */
  count(image: string, kind: keyof SiteUse): void {
    const day = toUseDay(this.#now());
    this.#add(day, image, { ...NOTHING, [kind]: 1 });
  }

  /** Adds what was counted to what is on disk. Throws `input-output`, `storage-locked`; then it is still in memory. */
  async write(): Promise<void> {
    const pending = this.#pending;
    this.#pending = new Map();
    try {
      if (pending.size > 0) await this.#alone(() => this.#addAll(pending));
    } catch (thrown) {
      for (const [day, images] of pending) for (const [image, use] of images) this.#add(day, image, use);
      throw thrown;
    }
  }

  /** Days of which the registry has not taken all, the earliest first; those that are over and taken are let go. */
  async waiting(): Promise<readonly DayTally[]> {
    return this.#alone(async () => {
      const today = toUseDay(this.#now());
      const waiting: DayTally[] = [];
      for (const name of (await readdir(this.#directory)).sort()) {
        const day = readUseDay(FILE.exec(name)?.[1] ?? '');
        if (day === undefined) continue;
        const tally = await this.#read(day);
        if (tally === undefined) continue;
        const isTaken = tally.taken === tally.changes;
        if (day <= today - RECEIPT_DAYS || (isTaken && day < today - 1)) await rm(this.#pathOf(day), { force: true });
        else if (!isTaken && day <= today + 1) waiting.push(tally);
      }
      return waiting;
    });
  }

  /** Notes that the registry has taken a tally as it was given. */
  async settle({ day, changes }: DayTally): Promise<void> {
    await this.#alone(async () => {
      const now = await this.#read(day);
      if (now !== undefined) await this.#put({ ...now, taken: Math.max(now.taken, changes) });
    });
  }

  /** By which the registry knows this directory among others of the same token: chance, which tells nothing. */
  async reporter(): Promise<string> {
    const path = join(this.#directory, 'reporter');
    return this.#alone(async () => {
      const known = (await readFile(path, 'utf8').catch(() => '')).trim();
      if (REPORTER.test(known)) return known;
      const made = randomBytes(17).toString('base64url').slice(0, 22);
      await writeFileDurably(path, Buffer.from(`${made}\n`), { mode: 0o600 });
      return made;
    });
  }

  #add(day: UseDay, image: string, use: SiteUse): void {
    const images = this.#pending.get(day) ?? new Map<string, SiteUse>();
    this.#pending.set(day, images);
    if (images.has(image) || images.size < IMAGES_MOST) images.set(image, add(images.get(image) ?? NOTHING, use));
  }

  /** A day that is on disk is taken out of what is to be written. */
  async #addAll(pending: Map<UseDay, ReadonlyMap<string, SiteUse>>): Promise<void> {
    for (const [day, images] of [...pending]) {
      const before = (await this.#read(day)) ?? { day, changes: 0, taken: 0, images: new Map() };
      const after = new Map<string, SiteUse>(before.images);
      for (const [image, use] of images) {
        if (after.has(image) || after.size < IMAGES_MOST) after.set(image, add(after.get(image) ?? NOTHING, use));
      }
      await this.#put({ ...before, changes: before.changes + 1, images: after });
      pending.delete(day);
    }
  }

  async #read(day: UseDay): Promise<DayTally | undefined> {
    const path = this.#pathOf(day);
    const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw new VouchError('input-output', `The counts in ${path} cannot be read: ${cause.message}.`, { cause });
    });
    if (text === undefined) return undefined;
    const tally = readTally(text, day);
    if (tally !== undefined) return tally;
    await rename(path, `${path}.damaged`);
    this.#tell(`The counts in ${path} cannot be read; they are put aside as ${path}.damaged and not reported.`);
    return undefined;
  }

  #put({ day, changes, taken, images }: DayTally): Promise<void> {
    const uses = [...images].map(([image, use]) => [image, use.allowed, use.denied, use.downloaded]);
    const bytes = Buffer.from(`${JSON.stringify({ v: 1, changes, taken, images: uses })}\n`);
    return writeFileDurably(this.#pathOf(day), bytes, { mode: 0o600 });
  }

  #pathOf(day: UseDay): string {
    return join(this.#directory, `${writeUseDay(day)}.json`);
  }

  /** Other commands of this machine wait meanwhile. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw new VouchError('input-output', `The directory ${this.#directory} cannot be made.`, { cause });
    });
    for (const untilMs = performance.now() + WAIT_MS; ; ) {
      try {
        await using _lock = await holdLock(join(this.#directory, 'lock'), 'these counts');
        return await work();
      } catch (thrown) {
        const isTaken = thrown instanceof VouchError && thrown.code === 'storage-locked';
        if (!isTaken || performance.now() >= untilMs) throw thrown;
        await delay(LOOK_MS);
      }
    }
  }
}

function readTally(text: string, day: UseDay): DayTally | undefined {
  try {
    const { v, changes, taken, images } = JSON.parse(text) as {
      v: number;
      changes: number;
      taken: number;
      images: [string, number, number, number][];
    };
    const isOne = images.every(
      ([image, ...counts]) =>
        isIdentifier(image) &&
        counts.length === 3 &&
        counts.every((count) => Number.isSafeInteger(count) && count >= 0),
    );
    if (v !== 1 || !Number.isSafeInteger(changes) || !Number.isSafeInteger(taken) || !isOne) return undefined;
    const uses = images.map(
      ([image, allowed, denied, downloaded]) => [image, { allowed, denied, downloaded }] as const,
    );
    return { day, changes, taken, images: new Map(uses) };
  } catch {
    return undefined;
  }
}

function add(one: SiteUse, other: SiteUse): SiteUse {
  return {
    allowed: one.allowed + other.allowed,
    denied: one.denied + other.denied,
    downloaded: one.downloaded + other.downloaded,
  };
}
