import { readProgramVersion } from '../platform/program-version.ts';
import { readClaimedCheckpoint } from '../proof/checkpoint-text.ts';
import { readNote } from '../proof/note.ts';
import type { Following } from '../registry/follow-log.ts';
import type { TrustStanding } from '../registry/standing.ts';
import type { Face } from './face.ts';
import type { Reason, Vitals } from './vitals.ts';

/** Somebody who signed the checkpoint besides the log, and when, where the signature says. */
export interface SeenBy {
  readonly name: string;
  readonly at?: Date;
}

/** How a registry stands, for everyone who relies on it. It names no path, person or host of its inside. */
export interface RegistryStatus {
  /** `ready`: readers get what the log says; `degraded`: they do, and something needs the operator; `catching up`: they get old answers. */
  readonly state: 'ready' | 'degraded' | 'catching up';
  readonly reasons: readonly Reason[];
  readonly title: string;
  readonly baseUrl: string;
  readonly version: string;
  /** What may be uploaded; a mirror or a halted log takes nothing. */
  readonly uploads: 'taken' | 'refused';
  readonly whyRefused?: string;
  readonly log: {
    readonly origin: string;
    /** The public key its checkpoints are signed with, as notes spell it. */
    readonly key: string;
    readonly size: number;
    /** When its last record was accepted; absent while there is none. */
    readonly lastAt?: Date;
    readonly checkpoint: { readonly size: number; readonly rootHex: string; readonly seenBy: readonly SeenBy[] };
  };
  /** Log records that those who answer readers have taken in. */
  readonly followers: Vitals['followers'];
  readonly lags: Vitals['lags'];
  readonly trust?: TrustStanding;
  readonly mirror?: Following;
}

/** A cosignature is a time in seconds, big-endian in 8 bytes, before 64 of Ed25519 (C2SP tlog-cosignature). */
const COSIGNATURE_BYTES = 72;

/** Reads how the registry stands; `look` is what else its operator is told. */
export async function readRegistryStatus(face: Face, look: () => Promise<Vitals>): Promise<RegistryStatus> {
  const { registry } = face;
  const { log } = registry;
  const vitals = await look();
  const { reasons, followers, lags, logSize, standing } = vitals;
  const isBehind = reasons.some(({ concernsReaders }) => concernsReaders);
  const note = readNote(Buffer.from(log.checkpointNote()));
  const { size, root } = readClaimedCheckpoint(note.text);
  const lastAt = logSize === 0 ? {} : { lastAt: new Date((await log.record(logSize - 1)).at) };
  const seenBy = note.signatures
    .filter(({ name }) => name !== log.origin)
    .map(({ name, bytes }) => (bytes.length === COSIGNATURE_BYTES ? { name, at: readTime(bytes) } : { name }));
  const { trust } = standing ?? {};
  return {
    state: isBehind ? 'catching up' : reasons.length > 0 ? 'degraded' : 'ready',
    reasons,
    title: registry.title,
    baseUrl: registry.baseUrl,
    version: readProgramVersion(),
    ...toUploads(face),
    log: {
      origin: log.origin,
      key: log.key.vkey,
      size: logSize,
      ...lastAt,
      checkpoint: { size, rootHex: Buffer.from(root).toString('hex'), seenBy },
    },
    followers,
    lags,
    ...(trust === undefined ? {} : { trust }),
    ...(registry.mirrored === undefined ? {} : { mirror: registry.mirrored.following() }),
  };
}

function toUploads({ registry }: Face): Pick<RegistryStatus, 'uploads' | 'whyRefused'> {
  if (!registry.isReadOnly) return { uploads: 'taken' };
  const { mirrored, readOnlyReason } = registry;
  const whyRefused =
    readOnlyReason ??
    (mirrored === undefined ? 'It is only read here.' : `It is a copy: ${mirrored.writerUrl} takes uploads.`);
  return { uploads: 'refused', whyRefused };
}

function readTime(bytes: Uint8Array): Date {
  const seconds = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  // a time beyond what a date can say is nobody's clock
  return new Date(Number(seconds > 253_402_300_799n ? 0n : seconds) * 1_000);
}

/** The same as JSON members. */
export function toStatusJson({ reasons, mirror, trust, ...status }: RegistryStatus): Record<string, unknown> {
  // where the proof of a fork lies is for the operator alone
  const { evidence: _path, ...following } = mirror ?? {};
  return {
    ...status,
    reasons: reasons.map(({ code, message }) => ({ code, message })),
    ...(trust === undefined ? {} : { trust }),
    ...(mirror === undefined ? {} : { mirror: following }),
  };
}
