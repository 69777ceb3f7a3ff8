import { setTimeout as delay } from 'node:timers/promises';
import type { DiskSpace } from '../platform/disk-space.ts';
import type { Registry } from '../registry/registry.ts';
import type { Standing } from '../registry/standing.ts';
import type { Reminders } from '../remind/reminders.ts';
import type { Webhooks } from '../webhook/open-webhooks.ts';

/** What can be wrong with a registry, once each: names of metrics and replies. */
export const REASONS = [
  'catalog-behind',
  'sparql-behind',
  'shown-behind',
  'follow-failing',
  'follow-forked',
  'log-stopped',
  'log-halted',
  'disk-low',
  'disk-unknown',
  'trust-failing',
  'trust-old',
  'lists-overdue',
  'mail-failing',
  'reminders-failing',
  'webhook-stopped',
] as const;
export type ReasonCode = (typeof REASONS)[number];

/** One thing that is wrong, for the operator. It names no person, path or host. */
export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
  /** True where readers would get old answers: nobody should be sent here. */
  readonly concernsReaders: boolean;
}

/** What is looked at. */
export interface VitalParts {
  readonly registry: Registry;
  readonly now: () => Date;
  readonly reminders?: Reminders | undefined;
  readonly webhooks?: Webhooks | undefined;
  /** Room on the disk of the data directory; not looked at where absent. */
  readonly readDisk?: (() => Promise<DiskSpace>) | undefined;
  /** Bytes below which the room is too little. */
  readonly diskLowBytes?: number | undefined;
}

/** What is held against limits, as it is at one moment. */
export interface Vitals {
  readonly logSize: number;
  readonly followers: { readonly catalog: number; readonly sparql: number; readonly shown?: number };
  /** Records that each of these lacks. */
  readonly lags: Readonly<Record<string, number>>;
  readonly standing: Standing | undefined;
  readonly disk: DiskSpace | undefined;
  readonly reasons: readonly Reason[];
}

const MIB = 1024 * 1024;
const DISK_LOW_BYTES = 512 * MIB;
/** So many readings of the trust directory may be missed before what was read counts as old. */
const READINGS_MISSED = 3;

/** How long a follower may take for what is being appended just now: nobody is behind for that. */
const MOMENT_MS = 1_000;
const PAUSE_MS = 20;

/** How far the followers are with so much of the log; those that are behind get a moment. */
async function readFollowers({ catalog, sparql, overlay }: Registry, logSize: number, shownSize: number) {
  for (const start = performance.now(); ; await delay(PAUSE_MS)) {
    const followers = {
      catalog: catalog.position(),
      sparql: sparql.position(),
      ...(overlay === undefined ? {} : { shown: overlay.catalog.position() }),
    };
    const lags = {
      catalog: Math.max(0, logSize - followers.catalog),
      sparql: Math.max(0, shownSize - followers.sparql),
      ...(overlay === undefined ? {} : { shown: Math.max(0, shownSize - overlay.catalog.position()) }),
    };
    const isBehind = Object.values(lags).some((lag) => lag > 0);
    if (!isBehind || performance.now() - start > MOMENT_MS) return { followers, lags };
  }
}

/** Looks at everything that can be wrong. Never throws. */
export async function readVitals(parts: VitalParts): Promise<Vitals> {
  const { registry, now, reminders, webhooks, readDisk, diskLowBytes = DISK_LOW_BYTES } = parts;
  const reasons: Reason[] = [];
  const tell = (code: ReasonCode, message: string, concernsReaders = false): void => {
    reasons.push({ code, message, concernsReaders });
  };
  const disk = await readDisk?.().catch(() => undefined);
  // The log is read first: followers only ever move toward it.
  const logSize = registry.log.size();
  const { overlay } = registry;
  const shownSize = overlay?.size() ?? logSize;
  const { followers, lags } = await readFollowers(registry, logSize, shownSize);
  const behind = (lag: number, size: number): string => `${lag} of ${size} records are not taken in yet.`;
  if (lags.catalog > 0) tell('catalog-behind', `Lists: ${behind(lags.catalog, logSize)}`, true);
  if (lags.sparql > 0) tell('sparql-behind', `SPARQL: ${behind(lags.sparql, shownSize)}`, true);
  if (lags.shown !== undefined && lags.shown > 0) {
    tell('shown-behind', `Lists with the entries of others: ${behind(lags.shown, shownSize)}`, true);
  }
  if (overlay?.fault !== undefined) tell('shown-behind', overlay.fault);
  for (const { following } of overlay?.origins() ?? []) {
    if (following?.state === 'forked') {
      tell('follow-forked', 'A followed log told two histories: the first is kept, nothing more is taken from it.');
    } else if (following?.problem !== undefined) {
      tell('follow-failing', 'A followed log cannot be followed; /origins says which, and why.');
    }
  }
  const standing = registry.standing?.();
  if (standing?.isLogStopped === true) {
    tell('log-stopped', 'A write ended in a way that leaves open what is on disk: no entry is taken before a restart.');
  }
  if (registry.readOnlyReason !== undefined) tell('log-halted', registry.readOnlyReason);
  if (readDisk !== undefined && disk === undefined)
    tell('disk-unknown', 'The disk of the data directory is not there.');
  if (disk !== undefined && disk.freeBytes < diskLowBytes) {
    tell('disk-low', `The disk of the data directory has ${Math.floor(disk.freeBytes / MIB)} MiB left.`);
  }
  const trust = standing?.trust;
  if (trust?.isFailing === true) {
    tell('trust-failing', `The trust directory cannot be used; what was read at ${trust.readAt.toISOString()} counts.`);
  } else if (trust !== undefined && now().getTime() - trust.readAt.getTime() > READINGS_MISSED * trust.refreshMs) {
    tell('trust-old', `The trust directory was last read at ${trust.readAt.toISOString()}.`);
  }
  if (trust !== undefined && trust.overdueLists > 0) {
    tell(
      'lists-overdue',
      `${trust.overdueLists} of ${trust.lists} revocation lists are out of time: fetch newer ones.`,
    );
  }
  const mail = registry.confirmation?.state;
  if (mail?.isFailing === true) {
    tell('mail-failing', `Mail does not go out; ${mail.queued} confirmation mails wait, and are tried again.`);
  }
  if (reminders?.isFailing === true) tell('reminders-failing', 'Reminders do not go out; they are tried again.');
  for (const { name, state } of webhooks?.states() ?? []) {
    if (state === 'stopped') tell('webhook-stopped', `The webhook ${name} cannot keep how far it is, and stopped.`);
  }
  return { logSize, followers, lags, standing, disk, reasons };
}
