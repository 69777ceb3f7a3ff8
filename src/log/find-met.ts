import type { Quorum, Witness } from './witness-policy.ts';

/**
 * The witnesses that meet a quorum, or undefined. An operator counts once in the whole tree: what one member of a group has used
 * is taken for the members after it. With an operator in several groups the order can decide, and then for "not met".
 */
export function findMet(
  quorum: Quorum,
  seen: ReadonlySet<Witness>,
  taken: ReadonlySet<string> = new Set(),
): Witness[] | undefined {
  if ('operator' in quorum) return seen.has(quorum) && !taken.has(quorum.operator) ? [quorum] : undefined;
  const met: Witness[] = [];
  let count = 0;
  for (const member of quorum.members) {
    const used = new Set([...taken, ...met.map(({ operator }) => operator)]);
    const found = findMet(member, seen, used);
    if (found === undefined) continue;
    met.push(...found);
    count += 1;
    if (count === quorum.threshold) return met;
  }
  return undefined;
}
