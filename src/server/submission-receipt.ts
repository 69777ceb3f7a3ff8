import { writeEntryTime } from '../entry/entry-time.ts';
import type { Finding } from '../errors.ts';
import type { Registry, Submission } from '../registry/registry.ts';

/** What an endorser gets for an accepted document. */
export interface SubmissionReceipt {
  readonly outcome: 'accepted' | 'known' | 'pending';
  /** URL of the entry. */
  readonly location: string;
  /** The same below the base URL. */
  readonly path: string;
  /** Log number. */
  readonly index: number;
  /** Size of a tree whose signed checkpoint covers the entry. */
  readonly size: number;
  /** For `pending`: the URL that says when the witnesses of the log have seen the entry. */
  readonly status?: string;
  /** Signed checkpoint text of that tree or a later one; absent for `pending`. */
  readonly checkpoint?: string;
  /** The receipt to keep: tlog-proof text that carries the record, the same as at `/log/receipt/<index>`; absent for `pending`. */
  readonly receipt?: string;
  /** Warnings. */
  readonly findings: readonly Finding[];
  /** Name of the uploaded file, where there was one. */
  readonly file?: string;
}

/** The receipt of a submission that was accepted now or before. */
export async function toReceipt(
  registry: Registry,
  submission: Extract<Submission, { outcome: 'accepted' | 'known' | 'pending' }>,
  file: string | undefined,
): Promise<SubmissionReceipt> {
  return {
    outcome: submission.outcome,
    location: `${registry.baseUrl}${submission.path}`,
    path: submission.path,
    index: submission.receipt.index,
    size: submission.receipt.size,
    ...(submission.outcome === 'pending'
      ? { status: `${registry.baseUrl}${toSubmissionPath(submission.receipt.record.doc)}` }
      : {
          checkpoint: registry.log.checkpointNote(),
          receipt: await registry.log.receipt(submission.receipt.index),
        }),
    findings: submission.findings,
    ...(file === undefined ? {} : { file }),
  };
}

/** What an endorser gets for a document that waits for his word. */
export interface UnconfirmedReceipt {
  readonly outcome: 'unconfirmed';
  /** URL that says what became of it. */
  readonly status: string;
  /** When it is dropped. */
  readonly expiresAt: string;
  /** Warnings. */
  readonly findings: readonly Finding[];
  readonly file?: string;
}

/** What there is to say of a document that was not refused. */
export type TakenReceipt = SubmissionReceipt | UnconfirmedReceipt;

/** The receipt of a submission that waits for its endorser. */
export function toUnconfirmedReceipt(
  registry: Registry,
  { outcome, documentSha256, expiresAt, findings }: Extract<Submission, { outcome: 'unconfirmed' }>,
  file: string | undefined,
): UnconfirmedReceipt {
  const status = `${registry.baseUrl}${toSubmissionPath(documentSha256)}`;
  const named = file === undefined ? {} : { file };
  return { outcome, status, expiresAt: writeEntryTime(expiresAt), findings, ...named };
}

/** Where to ask what became of a document. */
export function toSubmissionPath(sha256: string): string {
  return `/submissions/${sha256}`;
}
