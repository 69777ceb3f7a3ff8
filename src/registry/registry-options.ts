import type { ExternalServerOptions } from '../catalog/sparql/external-server.ts';
import type { SparqlView } from '../catalog/sparql/sparql.ts';
import type { ConfirmationOptions } from '../confirm/confirmation.ts';
import type { VerifierKey } from '../log/note-key.ts';
import type { WitnessPolicy } from '../log/witness-policy.ts';
import type { DailyLimits } from './daily-quota.ts';
import type { EndorserLists } from './endorser-lists.ts';
import type { Following } from './follow-log.ts';
import type { CopiedRegistry } from './open-copy.ts';
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
  /** Who must have seen a checkpoint of this log before readers do; nobody where absent. */
  readonly witnessedBy?: WitnessedBy;
  /** Prefixes of mirrors of this log, as in `https://site-b.example.org/mirror`; asked at the start what they have of it. */
  readonly mirrors?: readonly string[];
  /** Whether a start needs the answer of every witness and mirror before entries are taken; `warn` where absent. */
  readonly guard?: 'require' | 'warn';
  /** Told, in a sentence, of witnesses that fail or come back, and of history that is missing here. */
  readonly onWitnessNews?: (sentence: string) => void;
  /** A SPARQL server that holds the triples and answers the queries, in place of the registry's own threads. */
  readonly sparql?: ExternalSparql;
  /** What queries see that name no view; `history` where absent, and always with a server of its own. */
  readonly queryView?: SparqlView | undefined;
  /** Registries whose entries are shown besides the own ones; none where absent. */
  readonly follow?: readonly CopiedRegistry[];
  /** Told of each change in how the copy of a followed log stands to it. */
  readonly onFollowNews?: (following: Following) => void;
  /** Has endorsers asked by mail before their entries count; nobody is asked where absent. */
  readonly confirmation?: ConfirmationOptions;
  /** After how many records the log states the root of its index; never where absent or 0. */
  readonly indexRecords?: number;
  /** Keys of other logs whose checkpoints it cosigns as a witness; none where absent. */
  readonly witnessedLogs?: readonly VerifierKey[];
  readonly limits?: Partial<RegistryLimits>;
  /** Whose entries are taken, of those who are trusted; everybody's where absent. */
  readonly endorsing?: EndorserLists;
  /** How many entries are taken in 24 hours; no limit where absent. */
  readonly daily?: DailyLimits;
  /** The clock; an argument so that tests can set it. */
  readonly now?: () => Date;
}

/** The policy for the log of a registry, and how patient it is with its witnesses. */
export interface WitnessedBy {
  readonly policy: WitnessPolicy;
  /** How long an upload waits for the quorum before it is answered as pending; 5 seconds where absent. */
  readonly patienceMs?: number;
  /** After this time a checkpoint is cosigned anew though nothing was appended; an hour where absent. */
  readonly refreshMs?: number;
}

/** Where the triples live if not in the registry. */
export interface ExternalSparql extends ExternalServerOptions {
  /** Give it everything again. */
  readonly isAnew?: boolean;
  /** Told when the server fails, and when it is back. */
  readonly onNews?: (sentence: string) => void;
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
