import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, toFinding, toMessage, VouchError } from '../errors.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { VerifiedEntry } from '../verify/verdict.ts';
import type { ImportManifest } from './import-manifest.ts';
import type { OpenRegistry } from './open-registry.ts';
import type { Submission } from './registry.ts';

/** What became of one file of an import. */
export interface ImportOutcome {
  readonly fileName: string;
  readonly outcome: Submission['outcome'];
  /** Path of the entry below the base URL, where it is in the registry. */
  readonly path?: string;
  readonly findings: readonly Finding[];
}

/**
 * Brings original entries in: every file of the manifest is verified in the legacy profile, then all valid ones are appended in
 * the order in which they were signed, so that each endorser's history is right. Files whose bytes are not those of the manifest
 * are refused (`not-in-manifest`). Importing the same manifest again changes nothing.
 */
export async function importEntries(
  registry: OpenRegistry,
  directory: string,
  manifest: ImportManifest,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<ImportOutcome[]> {
  const trust = toManifestTrust(manifest);
  const outcomes: ImportOutcome[] = [];
  const valid: { fileName: string; verified: VerifiedEntry; findings: readonly Finding[] }[] = [];
  const total = 2 * manifest.lines.length;
  for (const { fileName, sha256 } of manifest.lines) {
    const bytes = await readOriginal(join(directory, fileName));
    const verdict = await registry.verifier.verify(bytes, 'legacy', registry.now(), trust);
    const isListed = sha256Hex(bytes) === sha256;
    if (!isListed) {
      const finding = toFinding('not-in-manifest', `${fileName} is not the file the manifest lists under this name.`);
      outcomes.push({ fileName, outcome: 'invalid', findings: [finding, ...verdict.findings] });
    } else if (verdict.valid) valid.push({ fileName, verified: verdict.verified, findings: verdict.findings });
    else outcomes.push({ fileName, outcome: 'invalid', findings: verdict.findings });
    onProgress(outcomes.length + valid.length, total);
  }
  valid.sort((a, b) => signedAt(a.verified) - signedAt(b.verified) || (a.fileName < b.fileName ? -1 : 1));
  for (const { fileName, verified, findings } of valid) {
    const submission = await registry.accept(verified, 'import', findings);
    const path = 'path' in submission ? { path: submission.path } : {};
    outcomes.push({ fileName, outcome: submission.outcome, ...path, findings: submission.findings });
    onProgress(manifest.lines.length + outcomes.length, total);
  }
  return outcomes;
}

function signedAt(verified: VerifiedEntry): number {
  return verified.entry.endorsement.createdAt.getTime();
}

async function readOriginal(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new VouchError('input-output', `The manifest names ${path}, which cannot be read: ${toMessage(cause)}`, {
      cause,
    });
  }
}

function toManifestTrust(manifest: ImportManifest): { documents: ReadonlySet<string>; digest: string } {
  const documents = new Set(manifest.lines.map(({ sha256 }) => sha256));
  const digest = createHash('sha256')
    .update([...documents].toSorted().join('\n'))
    .digest('hex');
  return { documents, digest };
}
