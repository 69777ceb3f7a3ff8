import { VouchError } from '../errors.ts';

/**
 * The words of a command line: blanks separate them; '…' holds anything but a single quote; in "…" a backslash before a
 * double quote or a backslash takes it as it is; elsewhere a backslash is a character like others. Nothing is expanded and no
 * shell is involved. Throws `usage` for a quote that is not closed, and for no words at all.
 */
export function splitCommand(text: string): [program: string, ...words: string[]] {
  if (text.includes('\0')) throw new VouchError('usage', 'The command holds a NUL character.');
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      at += 1;
      continue;
    }
    let word = '';
    while (at < text.length && !/\s/.test(text[at]!)) {
      const piece = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|([^\s'"]+)/y;
      piece.lastIndex = at;
      const match = piece.exec(text);
      if (match === null) throw new VouchError('usage', `A quote in ${JSON.stringify(text)} is not closed.`);
      const [whole, single, double, plain] = match;
      word += single ?? plain ?? double!.replace(/\\(["\\])/g, '$1');
      at += whole.length;
    }
    words.push(word);
  }
  const [program, ...rest] = words;
  if (program === undefined || program === '') throw new VouchError('usage', 'The command is empty.');
  return [program, ...rest];
}
