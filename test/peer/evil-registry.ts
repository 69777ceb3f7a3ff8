import type { WitnessPolicy } from '../../src/log/witness-policy.ts';
import { readWitnessPolicy } from '../../src/log/witness-policy.ts';
import { HttpLogSource } from '../../src/peer/http-log-source.ts';
import { judgeHead } from '../../src/peer/judge-head.ts';
import { LogBreach } from '../../src/peer/log-breach.ts';
import type { LogHead } from '../../src/peer/log-head.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { openMemorySyncedLog } from '../../src/peer/memory-synced-log.ts';
import type { SyncedLog } from '../../src/peer/synced-log.ts';
import { writeRecord } from '../../src/proof/record.ts';
import { makeCosigner } from '../log/witnesses.ts';
import { documentOf, imageOf, KEY, MadeLog, makeRecord, ORIGIN } from './made-log.ts';
import { type Interfere, type Served, serveSource } from './serve-source.ts';

/** The image whose last record says that it must not be used any more. */
export const BROKEN_IMAGE = imageOf(7);
export const HISTORY = 600;
export const WITNESSES = [makeCosigner('one.example/w'), makeCosigner('two.example/w'), makeCosigner('one.example/v')];
export const NOW = new Date('2026-11-20T12:00:00Z');
export const DAY_MS = 24 * 3_600_000;

/** Two different operators must have seen a checkpoint; `one.example` has two keys. */
export const POLICY: WitnessPolicy = readWitnessPolicy(
  Buffer.from(
    [
      ...WITNESSES.map(({ verifier }, at) => `witness w${at} ${verifier.vkey}`),
      'group two-of-them 2 w0 w1 w2',
      'quorum two-of-them',
      '',
    ].join('\n'),
  ),
);

/** What a registry wrote in all honesty: the last record deprecates `BROKEN_IMAGE`. */
export function honestLeaves(): Uint8Array[] {
  const leaves = Array.from({ length: HISTORY - 1 }, (_, at) => writeRecord(makeRecord(at)));
  const last = { id: BROKEN_IMAGE, seq: 2, prev: 7, act: 'deprecated' } as const;
  return [...leaves, writeRecord(makeRecord(HISTORY - 1, last))];
}

export async function honestLog(leaves = honestLeaves()): Promise<MadeLog> {
  return MadeLog.of(leaves, [documentOf(7), documentOf(HISTORY - 1)]);
}

/** A registry over HTTP that shows what the test makes it show, and a client that has seen its honest past. */
export class EvilRegistry implements AsyncDisposable {
  shown: LogSource;
  interfere: Interfere = () => false;
  readonly synced: SyncedLog;
  readonly #served: Served;
  readonly source: HttpLogSource;

  private constructor(shown: LogSource, synced: SyncedLog, served: Served, source: HttpLogSource) {
    this.shown = shown;
    this.synced = synced;
    this.#served = served;
    this.source = source;
  }

  static async open(shown: LogSource, timeoutMs = 20_000): Promise<EvilRegistry> {
    const current = (): LogSource => evil.shown;
    const behind: LogSource = {
      name: ORIGIN,
      checkpoint: () => current().checkpoint(),
      tile: (...place) => current().tile(...place),
      bundle: (...place) => current().bundle(...place),
      blob: (sha256) => current().blob(sha256),
    };
    const served = await serveSource(behind, (request, response) => evil.interfere(request, response));
    const source = new HttpLogSource(served.url, { timeoutMs });
    const evil: EvilRegistry = new EvilRegistry(shown, await openMemorySyncedLog(KEY.verifier), served, source);
    return evil;
  }

  /** Syncs as a site does; `judged` also asks the witnesses. */
  async sync(judged = false): Promise<LogHead> {
    const witnesses = POLICY.witnesses.map(({ key }) => key);
    const judge = (head: LogHead): void => {
      judgeHead(head, { now: NOW, policy: POLICY, maxAgeMs: DAY_MS });
    };
    return await this.synced.sync(this.source, { witnesses, ...(judged ? { judge } : {}) });
  }

  /** What a sync is caught at. */
  async caught(judged = false): Promise<LogBreach> {
    return caughtAt(this.sync(judged));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.synced[Symbol.asyncDispose]();
    await this.#served[Symbol.asyncDispose]();
  }
}

/** The breach that an act ends with; anything else is a failure of the test. */
export async function caughtAt(act: Promise<unknown>): Promise<LogBreach> {
  const thrown = await act.then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (thrown instanceof LogBreach) return thrown;
  throw new Error('Nobody was caught.', { cause: thrown });
}
