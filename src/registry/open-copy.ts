import { VouchError } from '../errors.ts';
import type { MirrorLog } from '../log/mirror-log.ts';
import type { VerifierKey } from '../log/note-key.ts';
import { HttpLogSource } from '../peer/http-log-source.ts';
import type { LogSource } from '../peer/log-source.ts';
import { ACCEPTED_DOCUMENT_BYTES } from '../peer/recheck-document.ts';
import { type Following, LogFollower } from './follow-log.ts';
import { openVerifier, type Verifier } from './verifier.ts';

/** Another registry, whose log is copied here. */
export interface CopiedRegistry {
  /** Its base URL. */
  readonly url: string;
  /** Opens a private registry. */
  readonly token?: string;
  /** The key of its log, from somebody who is trusted: what another key signs is not that log. */
  readonly log: VerifierKey;
  /** Between two looks at the log; default ten seconds. */
  readonly intervalMs?: number;
  /** Reads the log some other way than over HTTP. */
  readonly source?: LogSource;
}

/** Where the copy of a log is kept, and who is told of it. */
export interface Copy {
  readonly mirror: MirrorLog;
  readonly verifier: Verifier;
  /** Where proofs of forks are kept. */
  readonly evidenceDirectory: string;
  readonly now: () => Date;
  /** Called when readers can see more. */
  readonly onGrowth: () => void;
  /** Told of each change in how the copy stands to its log. */
  readonly onNews: (following: Following) => void;
}

const INTERVAL_MS = 10_000;
/** A copy is in no hurry; a document that was verified in time elsewhere is not to fail on a slow machine. */
const VERIFY_MS = 30_000;

/** What verifies again the entries that come from other logs; in so many threads, as many as there are processors where undefined. */
export function openCopyVerifier(workers: number | undefined): Verifier {
  return openVerifier({
    // Nobody uploads through it, so nobody's signature needs to be trusted here.
    trust: { mode: 'pinned', fingerprints: [], digest: '', bindings: [] },
    documentBytesLimit: ACCEPTED_DOCUMENT_BYTES,
    timeoutMs: VERIFY_MS,
    ...(workers === undefined ? {} : { workers }),
  });
}

/** Follows the registry's log into its copy. Nothing is pulled before `start()` or `pull()` of the follower. */
export async function followRegistry(
  { url, token, log, intervalMs = INTERVAL_MS, source }: CopiedRegistry,
  copy: Copy,
): Promise<{ readonly follower: LogFollower; readonly close: () => Promise<void> }> {
  const stop = new AbortController();
  const asked = { signal: stop.signal, ...(token === undefined ? {} : { token }) };
  const follower = await LogFollower.open({
    ...copy,
    source: source ?? new HttpLogSource(`${url}/log`, asked),
    log,
    intervalMs,
  });
  const close = () => {
    const closed = follower.close();
    // Who stops does not wait for an answer that may never come.
    stop.abort(new VouchError('closed', 'The copy of the log is closed.'));
    return closed;
  };
  return { follower, close };
}
