import { VouchError } from '../../errors.ts';

/** A word or number of the query outside strings, IRIs and comments. */
export interface ScannedWord {
  /** Lower case. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** How many brackets are open around it. */
  readonly depth: number;
}

/** What can be known of a query without parsing it. */
export interface ScannedQuery {
  readonly words: readonly ScannedWord[];
  /** The most brackets open at once. */
  readonly depth: number;
  /** How many characters of operators there are: what chains expressions and property paths. */
  readonly operators: number;
}

// one alternative a token, in an order in which none hides another; every one is linear in what it consumes
const TOKEN = new RegExp(
  [
    /(?<skip>[\s,;.]+|#[^\n\r]*)/,
    /(?<iri><[^\u0000-\u0020<>"{}|^`\\]*>)/,
    /(?<text>"""(?:"{0,2}(?:[^"\\]|\\[\s\S]))*"""|'''(?:'{0,2}(?:[^'\\]|\\[\s\S]))*'''|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')/,
    /(?<open>[([{])/,
    /(?<close>[)\]}])/,
    /(?<variable>[?$][\p{L}\p{N}_\u00b7]*)/u,
    /(?<number>[0-9]+)/,
    /(?<word>(?:[\p{L}_:@%]|\\.)(?:[\p{L}\p{M}\p{N}_:%.·-]|\\.)*)/u,
    /(?<operator>[|&+*/^!-])/,
    /(?<other>[^"'\\])/,
  ]
    .map((pattern) => pattern.source)
    .join('|'),
  'uy',
);

/** Scans a query in linear time and without recursion, so that a parser is only given what it can bear. Throws `query`. */
export function scanQuery(text: string): ScannedQuery {
  const words: ScannedWord[] = [];
  let depth = 0;
  let deepest = 0;
  let operators = 0;
  TOKEN.lastIndex = 0;
  for (let start = 0; start < text.length; start = TOKEN.lastIndex) {
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) {
      throw new VouchError(
        'query',
        `The query has a string that does not end, or a stray character, at offset ${start}.`,
      );
    }
    if (groups.open !== undefined) {
      depth++;
      deepest = Math.max(deepest, depth);
    } else if (groups.close !== undefined) depth--;
    else if (groups.operator !== undefined) operators++;
    else {
      const word = groups.word ?? groups.number;
      if (word !== undefined) words.push({ text: word.toLowerCase(), start, end: TOKEN.lastIndex, depth });
    }
  }
  return { words, depth: deepest, operators };
}
