import type { Finding } from '../errors.ts';
import type { Registry, Submission } from '../registry/registry.ts';

/** What an endorser gets for an accepted document. */
export interface SubmissionReceipt {
  readonly outcome: 'accepted' | 'known';
  /** URL of the entry. */
  readonly location: string;
  /** The same below the base URL. */
  readonly path: string;
  /** Log number. */
  readonly index: number;
  /** Size of a tree whose signed checkpoint covers the entry. */
  readonly size: number;
  /** Signed checkpoint text of that tree or a later one. */
  readonly checkpoint: string;
  /** Warnings. */
  readonly findings: readonly Finding[];
  /** Name of the uploaded file, where there was one. */
  readonly file?: string;
}

/** The receipt of a submission that was accepted now or before. */
export function toReceipt(
  registry: Registry,
  submission: Extract<Submission, { outcome: 'accepted' | 'known' }>,
  file: string | undefined,
): SubmissionReceipt {
  return {
    outcome: submission.outcome,
    location: `${registry.baseUrl}${submission.path}`,
    path: submission.path,
    index: submission.receipt.index,
    size: submission.receipt.size,
    checkpoint: registry.log.checkpointNote(),
    findings: submission.findings,
    ...(file === undefined ? {} : { file }),
  };
}
