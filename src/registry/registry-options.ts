import type { VerifierKey } from '../log/note-key.ts';
import type { TrustSettings } from './read-trust.ts';
import type { TrustNews } from './trust-watch.ts';

/** Everything a registry is made of. Only the directory, base URL and trust have no default. */
export interface RegistryOptions {
  /** Holds the log (precious), its key, and the catalog (can be deleted). Made if it does not exist. */
  readonly directory: string;
  /** Public base URL without a trailing slash. */
  readonly baseUrl: string;
  readonly title?: string;
  /** Name of the log for ever; default: the base URL without scheme, and `/log`. */
  readonly origin?: string;
  readonly trust: TrustSettings;
  /** How often the trust directory is read again; default every ten minutes. */
  readonly trustRefreshMs?: number;
  /** Told when that changes what is trusted, or cannot be used. */
  readonly onTrustNews?: (news: TrustNews) => void;
  readonly isReadOnly?: boolean;
  /** Keys of other logs whose checkpoints it cosigns as a witness; none where absent. */
  readonly witnessedLogs?: readonly VerifierKey[];
  readonly limits?: Partial<RegistryLimits>;
  /** The clock; an argument so that tests can set it. */
  readonly now?: () => Date;
}

export interface RegistryLimits {
  readonly documentBytes: number;
  readonly workers: number;
  readonly verifyMs: number;
  readonly queue: number;
  readonly queryMs: number;
  readonly queryRows: number;
  readonly queryQueue: number;
}
