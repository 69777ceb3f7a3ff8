import type { Catalog } from '../catalog/catalog.ts';
import { writeEntryTime } from '../entry/entry-time.ts';
import { type Finding, toFinding } from '../errors.ts';
import type { VerifiedEntry } from '../verify/verdict.ts';

/** Against replay of an older entry (trust A2.12), and against two entries with one address; the catalog must have taken in the image. */
export async function checkHistory(
  { entry, endorserKey }: VerifiedEntry,
  catalog: Catalog,
  now: Date,
): Promise<Finding | undefined> {
  const { identifier, endorsement } = entry;
  const latest = await catalog.current(identifier, endorserKey);
  const created = writeEntryTime(endorsement.createdAt);
  if (latest !== undefined && latest.createdAt.getTime() >= endorsement.createdAt.getTime()) {
    const last = writeEntryTime(latest.createdAt);
    return toFinding(
      'stale-created',
      `This entry was signed at ${created}; your latest for the image was signed at ${last}. An entry must be newer.`,
    );
  }
  const filter = { identifier, email: endorsement.email, createdAt: endorsement.createdAt };
  const [other] = (await catalog.list(filter, now, { limit: 1 })).entries;
  if (other === undefined) return undefined;
  return toFinding(
    'stale-created',
    `${other.subject} has an entry for this image with the same address and time (${created}). Sign again.`,
  );
}
