/** The number of letters to insert, delete, change or swap with a neighbour to make one word from the other, letter case aside. */
export function countEdits(one: string, other: string): number {
  const [from, to] = [one.toLowerCase(), other.toLowerCase()];
  let [beforeLast, last]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      let edits = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (isSame ? 0 : 1));
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (isSwap) edits = Math.min(edits, beforeLast[column - 2]! + 1);
      current.push(edits);
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length]!;
}

/** The known word that a mistyped one was most likely meant to be; undefined if none is within `edits` (a third of it where not given). */
export function nearest(
  word: string,
  known: readonly string[],
  edits = Math.ceil(word.length / 3),
): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: countEdits(word.slice(0, 100), candidate) }))
    .sort((one, other) => one.distance - other.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= edits ? best.candidate : undefined;
}
