import type { Witness, WitnessPolicy } from './witness-policy.ts';

/** A witness that can be asked. Faults are thrown: `unreachable`, `timeout`, `remote`. */
export interface WitnessPeer {
  readonly witness: Witness;
  /** Hands it the body of add-checkpoint. */
  add(body: string, signal: AbortSignal): Promise<PeerReply>;
  /** The signed note of the checkpoint of `origin` it saw last; undefined where it has none or does not show it. */
  latest(origin: string, signal: AbortSignal): Promise<Uint8Array | undefined>;
}

/** What a witness answered (C2SP tlog-witness); nothing of it is verified yet. */
export type PeerReply =
  | { readonly outcome: 'cosigned'; readonly lines: Uint8Array }
  /** It claims to have cosigned this size last. */
  | { readonly outcome: 'conflict'; readonly size: number }
  | { readonly outcome: 'refused'; readonly status: number; readonly reason: string };

/** How a log has its checkpoints witnessed before readers see them. */
export interface Witnessing {
  /** Its quorum must hold for a checkpoint to be published. */
  readonly policy: WitnessPolicy;
  readonly peers: readonly WitnessPeer[];
  readonly now: () => Date;
  /** How long an append waits for the quorum before it is answered as pending. */
  readonly patienceMs: number;
  /** After this time a checkpoint is cosigned anew though nothing was appended, so that readers see it is current. */
  readonly refreshMs: number;
  /** How long one round of questions takes at most; 10 seconds where absent. */
  readonly roundMs?: number;
  /** Hears, in a sentence, when a witness fails or comes back, and when nothing can be published. */
  readonly onNews?: (sentence: string) => void;
  /** Hears that readers see this many records now. */
  readonly onPublished?: (size: number) => void;
}
