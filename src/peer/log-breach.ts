import { type FaultCode, VouchError } from '../errors.ts';

/** What a log can be caught at, with the fault it is to those who only know faults. */
const BREACH_FAULTS = {
  /** Two histories, both signed: what was written was rewritten. */
  fork: 'corrupt',
  /** An older history than the one it showed before. */
  rollback: 'corrupt',
  /** Always the same checkpoint, though time goes on: what came after it is withheld. */
  freeze: 'corrupt',
  /** A checkpoint from the future. */
  time: 'malformed',
  /** Too few witnesses have seen this history. */
  quorum: 'malformed',
  /** A checkpoint that is not written as one, or that the log did not sign. */
  checkpoint: 'malformed',
  /** Hashes that do not lead to the signed root. */
  tile: 'malformed',
  /** Entries that are not those the signed root covers. */
  bundle: 'malformed',
  /** An entry that is no record, or does not continue what the log says about its image. */
  leaf: 'malformed',
  /** A document that does not bear out its record: not signed as it says, or about something else. */
  entry: 'malformed',
  /** A document that is not the one that was recorded. */
  blob: 'malformed',
  /** A receipt that does not prove what it should. */
  receipt: 'malformed',
  /** An index of the log that its records do not make, or that says something else than what is shown. */
  index: 'malformed',
  /** The registry told less about an image than its log holds. */
  incomplete: 'malformed',
  /** A part of the signed history that the log does not give. */
  unavailable: 'remote',
} as const satisfies Record<string, FaultCode>;

/** The one word for what a log was caught at. */
export type BreachCode = keyof typeof BREACH_FAULTS;

/** Every word there is; `docs/verifying-the-log.md` has a row for each. */
export const BREACH_CODES = Object.keys(BREACH_FAULTS) as readonly BreachCode[];

/** A log did what an honest one does not. The message begins with the name of the attack. */
export class LogBreach extends VouchError {
  readonly breach: BreachCode;
  /** Text worth keeping as a file: for a fork, what convicts the log before anyone (`readForkEvidence`). */
  readonly evidence: string | undefined;

  constructor(breach: BreachCode, message: string, options: { cause?: unknown; evidence?: string } = {}) {
    super(BREACH_FAULTS[breach], message, options);
    this.breach = breach;
    this.evidence = options.evidence;
  }
}
