import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import type { AcceptedElsewhere, Recheck } from '../peer/recheck-document.ts';
import { toOwnBytes } from '../platform/own-bytes.ts';
import { WorkerPool } from '../platform/worker-pool.ts';
import type { AcceptedContent } from '../verify/read-accepted.ts';
import type { Profile, Verdict } from '../verify/verdict.ts';
import { restoreTriples, reviveVerdict, type VerdictCopy } from '../verify/verdict-copy.ts';
import type { TrustCopy, VerifierSettings } from './trust-copy.ts';

export type VerifierJob =
  | {
      readonly kind: 'verify';
      readonly bytes: Uint8Array;
      readonly profile: Profile;
      readonly at: Date;
      /** Trust for an import instead of the registry's own. */
      readonly manifest?: { readonly documents: ReadonlySet<string>; readonly digest: string };
    }
  | { readonly kind: 'read'; readonly bytes: Uint8Array; readonly profile: Profile }
  | RecheckJob;

/** A document that another registry accepted, with the time it says it judged it at. */
export interface RecheckJob extends AcceptedElsewhere {
  readonly kind: 'recheck';
}

/** Accepted content as it crosses threads. */
export type AcceptedCopy = Omit<AcceptedContent, 'triples'> & { readonly triples: readonly string[] };

export interface VerifierOptions extends VerifierSettings {
  /** Threads; default: one a core, two at most by default. */
  readonly workers?: number;
  /** Milliseconds after which a document's verification is stopped; default 2,000. */
  readonly timeoutMs?: number;
  /** Documents that may wait; default 1,000. */
  readonly queueLimit?: number;
}

/** Verification on killable threads. Rejects with `timeout`, `busy` or `closed`; findings are in the verdict. */
export interface Verifier extends AsyncDisposable {
  verify(
    bytes: Uint8Array,
    profile: Profile,
    at: Date,
    manifest?: { documents: ReadonlySet<string>; digest: string },
  ): Promise<Verdict>;
  /** What is verified from now on is held against this trust. */
  replaceTrust(trust: TrustCopy): void;
  /** Verifies a document that another registry accepted, but for whom that registry trusts. */
  recheck(bytes: Uint8Array, profile: Profile, at: Date): Promise<Recheck>;
  /** Documents that are verified or read now, or wait for it. */
  load(): number;
  /** Reads an accepted document without verifying it again. */
  read(bytes: Uint8Array, profile: Profile): Promise<AcceptedContent>;
}

/** Starts the threads; they load in the background. */
export function openVerifier(options: VerifierOptions): Verifier {
  const settings: VerifierSettings = { trust: options.trust, documentBytesLimit: options.documentBytesLimit };
  const pool = new WorkerPool<VerifierJob, unknown>({
    script: createRequire(import.meta.url).resolve('#workers/registry/verify-worker'),
    workerData: settings,
    size: options.workers ?? Math.min(2, availableParallelism()),
    depth: 4,
    timeoutMs: options.timeoutMs ?? 2_000,
    queueLimit: options.queueLimit ?? 1_000,
    memoryMb: 512,
  });
  return {
    async verify(bytes, profile, at, manifest) {
      const given = manifest === undefined ? {} : { manifest };
      const job: VerifierJob = { kind: 'verify', bytes: toOwnBytes(bytes), profile, at, ...given };
      return reviveVerdict((await pool.run(job)) as VerdictCopy, bytes);
    },
    replaceTrust(trust) {
      pool.replaceData({ ...settings, trust } satisfies VerifierSettings);
    },
    load: () => pool.load,
    async read(bytes, profile) {
      const { triples, ...content } = (await pool.run({
        kind: 'read',
        bytes: toOwnBytes(bytes),
        profile,
      })) as AcceptedCopy;
      return { ...content, triples: restoreTriples(triples) };
    },
    recheck: async (bytes, profile, at) =>
      (await pool.run({ kind: 'recheck', bytes: toOwnBytes(bytes), profile, at })) as Recheck,
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}
