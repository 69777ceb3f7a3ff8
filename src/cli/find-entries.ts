import { VouchError } from '../errors.ts';
import type { RegistryClient } from './client.ts';
import type { ListedEntry } from './listed-entry.ts';
import type { Reference } from './reference.ts';

/** The entries a reference names, at least one; of an image, the current ones. Throws `not-found`. */
export async function findEntries(client: RegistryClient, reference: Reference): Promise<ListedEntry[]> {
  if (reference.kind === 'tag') return [await client.tagged(reference.email, reference.tag)];
  const { identifier, email, createdAt } = reference;
  const found = (await client.history(identifier)).filter((entry) => {
    if (email !== undefined && entry.email !== email) return false;
    return createdAt === undefined
      ? entry.supersededBy === undefined
      : entry.createdAt.getTime() === createdAt.getTime();
  });
  if (found.length > 0) return found;
  throw new VouchError('not-found', `${client.baseUrl} has no such entry about the image ${identifier}.`);
}
