import { type NameStatement, POLICY_CHARACTERS_LIMIT, STATEMENTS_LIMIT } from './name-policy.ts';
import { readExpression } from './pattern.ts';
import { readPolicyTokens } from './policy-token.ts';
import { toComparable } from './slash-name.ts';

/**
 * Reads a `.namespaces` file (EUGridPMA namespaces format): `TO Issuer "DN"|SELF PERMIT|DENY Subject "expression"`. Undefined if any
 * of it cannot be understood: a rule that was passed over might have been the one that denies.
 */
export function readNamespaces(text: string): NameStatement[] | undefined {
  const tokens = text.length > POLICY_CHARACTERS_LIMIT ? undefined : readPolicyTokens(text);
  if (tokens === undefined) return undefined;
  const statements: NameStatement[] = [];
  let at = 0;
  const isNext = (keyword: string): boolean => {
    const token = tokens[at];
    if (token === undefined || token.isQuoted || token.text.toLowerCase() !== keyword) return false;
    at += 1;
    return true;
  };
  while (at < tokens.length) {
    if (!isNext('to') || !isNext('issuer')) return undefined;
    const issuer = isNext('self') ? 'self' : toQuoted(tokens[at++]);
    if (issuer === undefined) return undefined;
    do {
      const isPermission = isNext('permit');
      if ((!isPermission && !isNext('deny')) || !isNext('subject')) return undefined;
      const expression = toQuoted(tokens[at++]);
      const text = expression === undefined ? undefined : toComparable(expression);
      const subject = text === undefined ? undefined : readExpression(text);
      if (text === undefined || subject === undefined || statements.length === STATEMENTS_LIMIT) return undefined;
      statements.push({ issuer: toComparable(issuer), isPermission, subject, text });
    } while (tokens[at] !== undefined && !/^to$/i.test(tokens[at]!.text));
  }
  return statements;
}

/** What a quotation says; a few files write `'"…"'`. */
function toQuoted(token: { readonly text: string; readonly isQuoted: boolean } | undefined): string | undefined {
  if (token?.isQuoted !== true) return undefined;
  return /^"([^"]*)"$/.exec(token.text)?.[1] ?? token.text;
}
