/** One word of a policy file, and whether it stood in quotation marks: a quoted word is never a keyword. */
export interface PolicyToken {
  readonly text: string;
  readonly isQuoted: boolean;
}

/**
 * The words of a namespaces or signing policy file. Lines that begin with `#` and what follows ` #` are comments, `\` at the end of a
 * line continues it, and what stands in single or double quotation marks is one word. Undefined if a quotation does not end on
 * its line or a control character occurs.
 */
export function readPolicyTokens(text: string): PolicyToken[] | undefined {
  const tokens: PolicyToken[] = [];
  const lines = text.split(/\r\n|[\r\n]/).map((line) => line.replace(/\\\s*$/, ''));
  for (const line of lines) {
    if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line)) return undefined;
    for (let at = 0; at < line.length; ) {
      const character = line[at]!;
      if (character === ' ' || character === '\t') at += 1;
      else if (character === '#') break;
      else if (character === '"' || character === "'") {
        const end = line.indexOf(character, at + 1);
        if (end < 0) return undefined;
        tokens.push({ text: line.slice(at + 1, end), isQuoted: true });
        at = end + 1;
      } else {
        const start = at;
        while (at < line.length && !' \t"\''.includes(line[at]!)) at += 1;
        tokens.push({ text: line.slice(start, at), isQuoted: false });
      }
    }
  }
  return tokens;
}
