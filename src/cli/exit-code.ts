import { type FaultCode, toMessage, VouchError } from '../errors.ts';

/** What the program's exit code says. */
export const EXIT = {
  yes: 0,
  /** Invalid, denied, not found. */
  no: 1,
  usage: 2,
  /** Malformed or forged bytes. */
  malformed: 65,
  unreachable: 69,
  /** A log or store contradicts itself; also a defect of this program, which needs the same attention. */
  contradiction: 70,
  inputOutput: 74,
  tryAgain: 75,
  /** Stopped from outside, as shells write it for SIGINT. */
  interrupted: 130,
} as const;

/** The funnel for faults: a new code does not compile until it has an exit code here. */
const FAULT_EXITS = {
  config: EXIT.usage,
  usage: EXIT.usage,
  query: EXIT.usage,
  'input-output': EXIT.inputOutput,
  storage: EXIT.inputOutput,
  key: EXIT.malformed,
  malformed: EXIT.malformed,
  'media-type': EXIT.malformed,
  'too-large': EXIT.malformed,
  'not-found': EXIT.no,
  'read-only': EXIT.no,
  unauthorized: EXIT.no,
  unreachable: EXIT.unreachable,
  remote: EXIT.unreachable,
  corrupt: EXIT.contradiction,
  internal: EXIT.contradiction,
  'storage-locked': EXIT.tryAgain,
  closed: EXIT.tryAgain,
  timeout: EXIT.tryAgain,
  busy: EXIT.tryAgain,
  quota: EXIT.tryAgain,
} as const satisfies Record<FaultCode, number>;

/** The exit code and the sentence for something a command threw. */
export function toExit(thrown: unknown): { readonly code: number; readonly message: string } {
  if (thrown instanceof VouchError) {
    const again =
      thrown.retryAfterSeconds === undefined ? '' : ` Try again in ${Math.ceil(thrown.retryAfterSeconds)} seconds.`;
    return { code: FAULT_EXITS[thrown.code], message: `${thrown.message}${again}` };
  }
  if (thrown instanceof Error && thrown.name === 'AbortError') return { code: EXIT.interrupted, message: 'Stopped.' };
  const trace = thrown instanceof Error ? (thrown.stack ?? thrown.message) : toMessage(thrown);
  return { code: EXIT.contradiction, message: `This is a defect of vouch; please report it.\n${trace}` };
}
