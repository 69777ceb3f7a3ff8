import { isIdentifier } from '../entry/identifier.ts';
import type { EndorserMatch } from './policy.ts';
import type { RuleDocument } from './to-rule.ts';

/** A policy as a document: what `openPolicyReader` reads. */
export interface ConvertedPolicy {
  readonly policy: 1;
  readonly name: string;
  readonly rules: readonly RuleDocument[];
}

/** What became of an original `policy.cfg`. */
export type Conversion =
  | { readonly ok: true; readonly document: ConvertedPolicy; readonly notes: readonly string[] }
  | { readonly ok: false; readonly line: number; readonly message: string };

/** Section and option of the original's lists, and what each comes to. */
const LISTS = {
  'endorsers.whitelistendorsers': { kind: 'endorsers', list: 'allow' },
  'endorsers.blacklistendorsers': { kind: 'endorsers', list: 'deny' },
  'images.whitelistimages': { kind: 'images', list: 'allow' },
  'images.blacklistimages': { kind: 'images', list: 'deny' },
  'checksums.whitelistchecksums': { kind: 'checksums', list: 'allow' },
  'checksums.blacklistchecksums': { kind: 'checksums', list: 'deny' },
} as const;

type ListName = keyof typeof LISTS;

/**
 * Converts a `policy.cfg` of the StratusLab tools: an empty list says nothing, as it did there; addresses counted alone there, and
 * whoever had signed was taken. Values are one a line, or several with commas.
 */
export function convertOriginalPolicy(text: string, name = 'converted from policy.cfg'): Conversion {
  const lists = new Map<ListName, string[]>();
  let section = '';
  let open: string[] | undefined;
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/^\s*[#;].*$/, '');
    if (line.trim() === '') continue;
    const head = /^\[([^\]]+)\]\s*$/.exec(line);
    const option = /^([A-Za-z_]+)\s*[=:]\s*(.*)$/.exec(line);
    if (head !== null) [section, open] = [head[1]!.trim().toLowerCase(), undefined];
    else if (option !== null) {
      const key = `${section}.${option[1]!.toLowerCase()}`;
      if (!(key in LISTS)) return { ok: false, line: at + 1, message: `the original has no list ${key}` };
      open = lists.get(key as ListName) ?? [];
      lists.set(key as ListName, open);
      open.push(...toValues(option[2]!));
    } else if (/^\s/.test(line) && open !== undefined) open.push(...toValues(line));
    else return { ok: false, line: at + 1, message: `"${line.trim()}" is neither a section, an option nor a value` };
  }
  return { ok: true, document: { policy: 1, name, rules: toRules(lists) }, notes: toNotes(lists) };
}

function toValues(text: string): string[] {
  return text
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

function isChecksum(value: string): boolean {
  return /^[0-9A-Fa-f]{32,128}$/.test(value);
}

function toRules(lists: ReadonlyMap<ListName, readonly string[]>): RuleDocument[] {
  const find = (kind: string, list: 'allow' | 'deny'): readonly string[] => {
    const key = (Object.keys(LISTS) as ListName[]).find((one) => LISTS[one].kind === kind && LISTS[one].list === list)!;
    return lists.get(key) ?? [];
  };
  const allowed = find('endorsers', 'allow').map((email): EndorserMatch => ({ email, emailAlone: true }));
  const denied = find('endorsers', 'deny').map((email): EndorserMatch => ({ email }));
  const rules: RuleDocument[] = [
    { endorsers: { allow: allowed.length === 0 ? 'anyone' : allowed, ...(denied.length > 0 && { deny: denied }) } },
  ];
  for (const kind of ['images', 'checksums'] as const) {
    const isSense = kind === 'images' ? isIdentifier : isChecksum;
    const [allow, deny] = [find(kind, 'allow'), find(kind, 'deny').filter(isSense)];
    if (allow.length + deny.length === 0) continue;
    // Where only nonsense is allowed, nothing is.
    const allowed = allow.length > 0 && { allow: allow.filter(isSense) };
    rules.push({ [kind]: { ...allowed, ...(deny.length > 0 && { deny }) } });
  }
  rules.push({ certificate: { imported: 'accept' } });
  return rules;
}

function toNotes(lists: ReadonlyMap<ListName, readonly string[]>): string[] {
  const notes = [
    'Endorsers are taken by address alone, as the original did: add "subject" and "issuer" where you can.',
  ];
  if ((lists.get('endorsers.whitelistendorsers') ?? []).length === 0) {
    notes.push(
      'No endorser was listed, so that anyone your trust directory lets endorse is taken, as the original did.',
    );
  }
  for (const [key, values] of lists) {
    const isSense = { endorsers: () => true, images: isIdentifier, checksums: isChecksum }[LISTS[key].kind];
    for (const value of values.filter((one) => !isSense(one))) {
      notes.push(`${value} in ${key} fits nothing, here as there, and is left out.`);
    }
  }
  notes.push(
    'Originals signed with SHA-1 are accepted, as the original did: take "imported: accept" out when none is left.',
  );
  return notes;
}
