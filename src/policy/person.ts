import { toNameTextKey } from '../x509/name.ts';
import type { JudgedEntry } from './judged-entry.ts';

/**
 * Counts the people behind statements: whoever shares a name, certificate or address with another is the same, so that renewing a
 * certificate, using two authorities or copying an entry to a second log makes nobody two.
 */
export function countPeople(entries: readonly JudgedEntry[]): number {
  const parents = new Map<string, string>();
  const find = (name: string): string => {
    let root = name;
    for (let parent = parents.get(root); parent !== undefined && parent !== root; parent = parents.get(root))
      root = parent;
    return root;
  };
  for (const { endorserKey, signerSha256, entry } of entries) {
    const names = [
      `key ${endorserKey}`,
      `certificate ${signerSha256}`,
      // Under whichever authority: an address beside it can be another one each time.
      `name ${toNameTextKey(entry.endorsement.subject) ?? entry.endorsement.subject}`,
      `address ${entry.endorsement.email.toLowerCase()}`,
    ];
    for (const name of names) if (!parents.has(name)) parents.set(name, name);
    const [first, ...others] = names.map(find);
    for (const other of others) parents.set(find(other), find(first!));
  }
  return new Set([...parents.keys()].map(find)).size;
}
