import { setTimeout as delay } from 'node:timers/promises';
import { toMessage, VouchError } from '../errors.ts';
import { type NoteSignature, readNote, writeNote } from '../proof/note.ts';
import { writeAddCheckpoint } from './add-checkpoint.ts';
import { withoutCosignatures } from './checkpoint.ts';
import { type NoteProof, type VerifierKey, verifyNote } from './note-key.ts';
import { findLoss } from './own-history.ts';
import { type Publication, toTileSource } from './publication.ts';
import { CLOCK_SKEW_MS, judgeQuorum, readWitnessedCheckpoint } from './quorum.ts';
import type { Store } from './store.ts';
import { proveConsistency } from './tile-tree.ts';
import type { Witnessing, WitnessPeer } from './witnessing.ts';

/** What one round of questions came to. */
export interface WitnessRound {
  /** The checkpoint with its cosignatures; undefined where the quorum did not hold in time. */
  readonly note: string | undefined;
  /** What went wrong, by the name of the witness. */
  readonly troubles: ReadonlyMap<string, string>;
  /** Proof, in words, that this log has lost history: nothing may be signed any more. */
  readonly loss: string | undefined;
}

/** What is asked. */
export interface WitnessQuestion {
  readonly store: Store;
  readonly log: VerifierKey;
  /** Durable, and signed by the log. */
  readonly signed: Publication;
  /** What each witness saw last, as far as known; kept up to date. */
  readonly lastSizes: Map<WitnessPeer, number>;
  readonly witnessing: Witnessing;
  readonly stop: AbortSignal;
}

type Answer =
  | { readonly kind: 'cosigned'; readonly signature: NoteSignature; readonly proof: NoteProof }
  | { readonly kind: 'trouble'; readonly sentence: string }
  | { readonly kind: 'loss'; readonly sentence: string };

const ROUND_MS = 10_000;
/** Once the quorum holds, the others have this long: one slow witness must not hold up every batch. */
const GRACE_MS = 100;
/** A witness that was elsewhere says where; one that says so again and again is not asked for ever. */
const ATTEMPTS = 3;

/**
 * Asks all witnesses at once and puts their cosignatures below the checkpoint, as soon as the quorum of the policy holds. What is
 * given out was read again as any client reads it. Never throws for what a witness does.
 */
export async function askWitnesses(question: WitnessQuestion): Promise<WitnessRound> {
  const { witnessing, signed, log, stop } = question;
  const done = new AbortController();
  const signal = AbortSignal.any([stop, done.signal, AbortSignal.timeout(witnessing.roundMs ?? ROUND_MS)]);
  const answers = new Map<WitnessPeer, Answer>();
  const isMet = (): boolean => {
    const proofs = [...answers.values()].flatMap((answer) => (answer.kind === 'cosigned' ? [answer.proof] : []));
    return judgeQuorum(witnessing.policy, proofs, { now: witnessing.now() }).outcome === 'met';
  };
  try {
    await new Promise<void>((resolve) => {
      let open = witnessing.peers.length;
      const look = (): void => {
        const isLost = [...answers.values()].some(({ kind }) => kind === 'loss');
        if (open === 0 || isLost) resolve();
        else if (isMet()) void delay(GRACE_MS).then(resolve);
      };
      signal.addEventListener('abort', () => resolve(), { once: true });
      for (const peer of witnessing.peers) {
        void askOne(peer, question, signal).then((answer) => {
          open -= 1;
          answers.set(peer, answer);
          look();
        });
      }
      look();
    });
  } finally {
    done.abort();
  }
  return conclude(answers, isMet() ? assemble(signed, log, answers) : undefined, question);
}

function conclude(
  answers: ReadonlyMap<WitnessPeer, Answer>,
  note: string | undefined,
  { witnessing, log }: WitnessQuestion,
): WitnessRound {
  const troubles = new Map<string, string>();
  let loss: string | undefined;
  for (const peer of witnessing.peers) {
    const answer = answers.get(peer) ?? { kind: 'trouble' as const, sentence: 'has not answered in time' };
    if (answer.kind === 'trouble') troubles.set(peer.witness.name, answer.sentence);
    if (answer.kind === 'loss') loss ??= `The witness ${peer.witness.name} holds ${answer.sentence}.`;
  }
  if (note === undefined || loss !== undefined) return { note: undefined, troubles, loss };
  const { quorum } = readWitnessedCheckpoint(Buffer.from(note), witnessing.policy, { now: witnessing.now() }, log);
  return { note: quorum.outcome === 'met' ? note : undefined, troubles, loss };
}

function assemble({ note }: Publication, log: VerifierKey, answers: ReadonlyMap<WitnessPeer, Answer>): string {
  const own = withoutCosignatures(readNote(Buffer.from(note)), log);
  const cosignatures = [...answers.values()].flatMap((answer) =>
    answer.kind === 'cosigned' ? [answer.signature] : [],
  );
  return writeNote({ text: own.text, signatures: [...own.signatures, ...cosignatures] });
}

async function askOne(peer: WitnessPeer, question: WitnessQuestion, signal: AbortSignal): Promise<Answer> {
  try {
    return await ask(peer, question, signal);
  } catch (fault) {
    return { kind: 'trouble', sentence: `cannot be asked: ${toMessage(fault)}` };
  }
}

async function ask(peer: WitnessPeer, question: WitnessQuestion, signal: AbortSignal): Promise<Answer> {
  const { store, log, signed, lastSizes, witnessing } = question;
  const note = writeNote(withoutCosignatures(readNote(Buffer.from(signed.note)), log));
  let oldSize = Math.min(lastSizes.get(peer) ?? signed.size, signed.size);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const proof = await proveConsistency(toTileSource(store), oldSize, signed.size);
    const reply = await peer.add(writeAddCheckpoint({ oldSize, proof, note }), signal);
    if (reply.outcome === 'cosigned') {
      const answer = readCosignature(note, reply.lines, peer, witnessing.now());
      lastSizes.set(peer, signed.size);
      return answer;
    }
    if (reply.outcome === 'conflict' && reply.size <= signed.size) {
      oldSize = reply.size;
      continue;
    }
    return explain(peer, reply, question, signal);
  }
  return { kind: 'trouble', sentence: 'says again and again that it saw another size last' };
}

/** A witness that is ahead of us, or on another branch, must show our signature for it; its word alone stops nobody. */
async function explain(
  peer: WitnessPeer,
  reply:
    | { readonly outcome: 'conflict'; readonly size: number }
    | { readonly outcome: 'refused'; readonly status: number; readonly reason: string },
  { store, log, signed }: WitnessQuestion,
  signal: AbortSignal,
): Promise<Answer> {
  const isDoubt = reply.outcome === 'conflict' || reply.status === 422;
  const kept = isDoubt ? await peer.latest(log.name, signal) : undefined;
  const loss = kept === undefined ? undefined : await findLoss(store, log, signed, kept);
  if (loss !== undefined) return { kind: 'loss', sentence: loss };
  if (reply.outcome === 'refused') {
    return { kind: 'trouble', sentence: `refuses with status ${reply.status}: ${reply.reason}` };
  }
  const sentence = `claims to have seen ${reply.size} records, more than the ${signed.size} there are, and shows no proof`;
  return { kind: 'trouble', sentence };
}

/** The line of the witness's own key, and no other; a time from the future counts as none, since clients would refuse it. */
function readCosignature(note: string, lines: Uint8Array, { witness }: WitnessPeer, now: Date): Answer {
  const signed = readNote(Buffer.concat([Buffer.from(note), lines]));
  const [proof] = verifyNote(signed, [witness.key]);
  const signature = signed.signatures.find(({ name, keyId }) => {
    return name === witness.key.name && keyId === witness.key.keyId;
  });
  if (proof?.at === undefined || signature === undefined) {
    throw new VouchError('remote', `the answer has no signature of the key of ${witness.key.name}`);
  }
  if (proof.at.getTime() > now.getTime() + CLOCK_SKEW_MS) {
    return { kind: 'trouble', sentence: `has a clock that is ahead: it cosigns at ${proof.at.toISOString()}` };
  }
  return { kind: 'cosigned', signature, proof };
}
