/** True if the two results are the same, whatever the order of rows and the labels of blank nodes. */
export function isSameResult(got, expected) {
  if (got.boolean !== undefined || expected.boolean !== undefined) return got.boolean === expected.boolean;
  if (!isSameSet(got.variables, expected.variables) || got.rows.length !== expected.rows.length) return false;
  return isMatch(got.rows.map(toSorted), expected.rows.map(toSorted), new Map());
}

function isSameSet(one, other) {
  return one.length === other.length && [...one].sort().join('\n') === [...other].sort().join('\n');
}

function toSorted(row) {
  return [...row].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Pairs off the rows; `labels` says which blank node of one side is which of the other, both ways. */
function isMatch(rows, others, labels) {
  const [row, ...rest] = rows;
  if (row === undefined) return true;
  const tried = new Set();
  return others.some((other, place) => {
    const key = JSON.stringify(other);
    if (tried.has(key)) return false;
    tried.add(key);
    const extended = toExtended(row, other, labels);
    return extended !== undefined && isMatch(rest, others.toSpliced(place, 1), extended);
  });
}

function toExtended(row, other, labels) {
  if (row.length !== other.length) return undefined;
  const extended = new Map(labels);
  for (const [place, [name, text]] of row.entries()) {
    const [otherName, otherText] = other[place];
    if (name !== otherName) return undefined;
    if (!text.startsWith('_:') || !otherText.startsWith('_:')) {
      if (text !== otherText) return undefined;
      continue;
    }
    const there = extended.get(`> ${text}`);
    const back = extended.get(`< ${otherText}`);
    if ((there ?? otherText) !== otherText || (back ?? text) !== text) return undefined;
    extended.set(`> ${text}`, otherText).set(`< ${otherText}`, text);
  }
  return extended;
}
