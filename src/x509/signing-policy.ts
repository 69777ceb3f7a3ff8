import { type NameStatement, POLICY_CHARACTERS_LIMIT, STATEMENTS_LIMIT } from './name-policy.ts';
import { readGlob } from './pattern.ts';
import { readPolicyTokens } from './policy-token.ts';
import { toComparable } from './slash-name.ts';

/**
 * Reads a `.signing_policy` file (Globus EACL): blocks of `access_id_CA X509 'DN'`, `pos_rights globus CA:sign` and
 * `cond_subjects globus '"glob" "glob"'`. Undefined if any of it cannot be understood, negative rights included.
 */
export function readSigningPolicy(text: string): NameStatement[] | undefined {
  const tokens = text.length > POLICY_CHARACTERS_LIMIT ? undefined : readPolicyTokens(text);
  if (tokens === undefined || tokens.length % 3 !== 0) return undefined;
  const statements: NameStatement[] = [];
  let issuer: string | undefined;
  let maySign = false;
  for (let at = 0; at < tokens.length; at += 3) {
    const [keyword, authority, value] = [tokens[at]!, tokens[at + 1]!, tokens[at + 2]!];
    const line = keyword.isQuoted ? '' : `${keyword.text} ${authority.text}`.toLowerCase();
    if (line === 'access_id_ca x509') {
      issuer = toComparable(value.text.replace(/^"(.*)"$/, '$1'));
      maySign = false;
    } else if (line === 'pos_rights globus') {
      maySign = value.text.toLowerCase() === 'ca:sign';
    } else if (line === 'cond_subjects globus') {
      if (issuer === undefined || !maySign) return undefined;
      for (const glob of readGlobs(value.text)) {
        const text = toComparable(glob);
        const subject = readGlob(text);
        if (subject === undefined || statements.length === STATEMENTS_LIMIT) return undefined;
        statements.push({ issuer, isPermission: true, subject, text });
      }
    } else return undefined;
  }
  return statements;
}

/** The value holds globs in double quotation marks, or is one itself. */
function readGlobs(value: string): string[] {
  const quoted = [...value.matchAll(/"([^"]*)"/g)].map((match) => match[1]!);
  return quoted.length === 0 ? [value.trim()] : quoted;
}
