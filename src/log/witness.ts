import { toMessage, VouchError } from '../errors.ts';
import { KeyedLock } from '../platform/keyed-lock.ts';
import { readClaimedCheckpoint } from '../proof/checkpoint-text.ts';
import { type Note, readNote, writeNote } from '../proof/note.ts';
import { type AddCheckpoint, readAddCheckpoint } from './add-checkpoint.ts';
import { readSignedCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './log.ts';
import { EMPTY_ROOT, isConsistent } from './merkle.ts';
import { type CosignerKey, type VerifierKey, verifyNote } from './note-key.ts';
import { sha256Hex } from './sha256.ts';
import type { Store } from './store.ts';
import { toWitnessKey } from './store-key.ts';

/** What a witness says to a checkpoint handed to it, with the status that C2SP tlog-witness gives the answer. */
export type WitnessAnswer =
  /** `lines`: the cosignature as a signature line, newline included. */
  | { readonly status: 200; readonly lines: string }
  /** The old size is not that of the checkpoint cosigned last, which is `size`. */
  | { readonly status: 409; readonly size: number }
  /** Malformed, or old size above the new (400); not signed by a known key (403); unknown origin (404); not consistent (422). */
  | { readonly status: 400 | 403 | 404 | 422; readonly reason: string };

/** Which logs a witness looks at, and what it needs for that. */
export interface WitnessOptions {
  /** A store of its own: what it has seen must outlive everything else. Belongs to the witness from here on. */
  readonly store: Store;
  readonly key: CosignerKey;
  /** Keys of the logs it cosigns for; the name of a key is the origin. */
  readonly logs: readonly VerifierKey[];
  readonly now: () => Date;
}

/** What was cosigned last for an origin. */
interface Seen {
  readonly checkpoint: Checkpoint;
  /** The checkpoint with the signature of its log and ours, and nothing else. */
  readonly note: string;
  readonly at: Date;
}

/** A clock may be set back this far, and what is said still never goes back in time. */
const CLOCK_STEP_MS = 5 * 60_000;

/**
 * Cosigns checkpoints of other logs, each only if it continues the one cosigned before (C2SP tlog-witness). It never cosigns two
 * histories of one log, nor a smaller tree after a larger one, also across restarts and races: for each origin one request at a
 * time is judged, and what it comes to is on disk before anyone hears of it.
 */
export class Witness {
  readonly key: VerifierKey;
  readonly logs: readonly VerifierKey[];
  readonly #signer: CosignerKey;
  readonly #store: Store;
  readonly #now: () => Date;
  readonly #origins = new KeyedLock();

  constructor({ store, key, logs, now }: WitnessOptions) {
    const other = logs.find(({ kind }) => kind !== 'log');
    if (other !== undefined) throw new VouchError('config', `The key of ${other.name} is not that of a log.`);
    this.key = key.verifier;
    this.logs = logs;
    this.#signer = key;
    this.#store = store;
    this.#now = now;
  }

  /** Judges the body of an add-checkpoint request. */
  async add(body: Uint8Array): Promise<WitnessAnswer> {
    let request: AddCheckpoint;
    let note: Note;
    try {
      request = readAddCheckpoint(body);
      note = readNote(Buffer.from(request.note));
    } catch (fault) {
      return { status: 400, reason: toMessage(fault) };
    }
    const [origin = ''] = note.text.split('\n', 1);
    const keys = this.logs.filter(({ name }) => name === origin);
    if (keys.length === 0) return { status: 404, reason: 'This witness does not look at a log of this origin.' };
    const own = readOwnSignatures(note, keys);
    if (own === undefined) return { status: 403, reason: `No known key of ${origin} signed the checkpoint.` };
    let checkpoint: Checkpoint;
    try {
      checkpoint = readClaimedCheckpoint(own.text);
    } catch (fault) {
      return { status: 400, reason: toMessage(fault) };
    }
    if (request.oldSize > checkpoint.size) {
      return { status: 400, reason: `The old size ${request.oldSize} is above the new size ${checkpoint.size}.` };
    }
    return this.#origins.hold(origin, () => this.#advance(checkpoint, own, request));
  }

  /** The checkpoint cosigned last for the origin with this SHA-256 (hex), as a signed note; undefined where there is none. */
  async checkpoint(originSha256: string): Promise<string | undefined> {
    const log = this.logs.find(({ name }) => sha256Hex(Buffer.from(name)) === originSha256);
    return log === undefined ? undefined : (await this.#readSeen(log.name))?.note;
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  /** Alone for its origin: between the look at what was seen last and the write of what is seen now nothing comes. */
  async #advance(checkpoint: Checkpoint, own: Note, { oldSize, proof }: AddCheckpoint): Promise<WitnessAnswer> {
    const { origin, size, root } = checkpoint;
    const seen = await this.#readSeen(origin);
    const last = seen?.checkpoint ?? { size: 0, root: EMPTY_ROOT };
    if (oldSize !== last.size) return { status: 409, size: last.size };
    if (!isConsistent(last.size, last.root, size, root, proof)) {
      return {
        status: 422,
        reason: `The proof does not show that this tree continues the one of ${last.size} records.`,
      };
    }
    const at = toWholeSeconds(this.#now(), seen?.at);
    const { name, keyId } = this.key;
    const cosignature = { name, keyId, bytes: this.#signer.cosign(own.text, at) };
    const note = writeNote({ text: own.text, signatures: [...own.signatures, cosignature] });
    // Said already, word for word: whoever repeats a public checkpoint makes no work for the disk.
    if (note !== seen?.note) await this.#store.write([[toWitnessKey(origin), Buffer.from(note)]]);
    return { status: 200, lines: writeNote({ text: '', signatures: [cosignature] }).slice(1) };
  }

  /** `corrupt` unless it is exactly what this witness would have written. */
  async #readSeen(origin: string): Promise<Seen | undefined> {
    const [bytes] = await this.#store.read([toWitnessKey(origin)]);
    if (bytes === undefined) return undefined;
    for (const log of this.logs.filter(({ name }) => name === origin)) {
      try {
        const { checkpoint, cosignatures } = readSignedCheckpoint(bytes, log, [this.key]);
        const [cosignature] = cosignatures;
        if (cosignature?.at !== undefined)
          return { checkpoint, note: Buffer.from(bytes).toString(), at: cosignature.at };
      } catch (fault) {
        // The key of a log can have been exchanged since; another of its keys may know this.
        if (!(fault instanceof VouchError)) throw fault;
      }
    }
    throw new VouchError(
      'corrupt',
      `What the witness has seen of ${origin} is damaged, or of keys it no longer knows.`,
    );
  }
}

/** The note with those signatures that known keys of the log made; undefined where there is none, or where one of them is wrong. */
function readOwnSignatures(note: Note, keys: readonly VerifierKey[]): Note | undefined {
  try {
    const proofs = verifyNote(note, keys);
    const signatures = proofs.map(({ key }) => {
      return note.signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId)!;
    });
    return signatures.length === 0 ? undefined : { text: note.text, signatures };
  } catch {
    return undefined;
  }
}

function toWholeSeconds(now: Date, last: Date | undefined): Date {
  const wentBack = last === undefined ? 0 : last.getTime() - now.getTime();
  const at = wentBack > 0 && wentBack <= CLOCK_STEP_MS ? last! : now;
  return new Date(Math.floor(at.getTime() / 1000) * 1000);
}
