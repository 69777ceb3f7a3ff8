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

/** Where to ask what became of a document. */
export function toSubmissionPath(sha256: string): string {
  return `/submissions/${sha256}`;
}
