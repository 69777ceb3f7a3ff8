import type { ChecksumAlgorithm } from '../entry/entry.ts';
import { readDuration } from './duration.ts';
import {
  type Effect,
  type EndorserList,
  type EndorserMatch,
  REQUIRED_FIELDS,
  type RequiredField,
  type Rule,
} from './policy.ts';

type Words = string | readonly string[];
interface Lists {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

/** An item of `rules` that its schema has let through. */
export interface RuleDocument {
  readonly effect?: Effect;
  readonly name?: string;
  readonly endorsers?: { readonly allow?: EndorserList; readonly deny?: readonly EndorserMatch[] };
  readonly images?: Lists;
  readonly checksums?: Lists;
  readonly threshold?: { readonly of: number; readonly endorsers: EndorserList; readonly weakChecksums?: boolean };
  readonly deprecation?: 'any' | 'own' | { readonly by: readonly EndorserMatch[] };
  readonly valid?: { readonly maxAge?: string; readonly provenBefore?: string };
  readonly certificate?: {
    readonly imported?: 'accept' | 'refuse';
    readonly rsaBits?: number;
    readonly checksums?: readonly ChecksumAlgorithm[];
  };
  readonly requires?: { readonly [F in RequiredField]?: Words } & {
    readonly schemes?: readonly string[];
    readonly mostBytes?: number;
    readonly inboundPorts?: readonly number[];
  };
  readonly ask?: { readonly query?: string; readonly file?: string };
  readonly shapes?: { readonly turtle?: string; readonly file?: string };
  readonly log?: {
    readonly inclusion?: boolean;
    readonly completeness?: 'synced' | 'index' | 'any';
    readonly witnesses?: boolean;
    readonly maxAge?: string;
  };
}

/** The rule an item states, its defaults filled in and its spellings made one. */
export function toRule(kind: Rule['kind'], item: RuleDocument, include: (file: string) => string): Rule {
  switch (kind) {
    case 'endorsers': {
      const { allow, deny } = item.endorsers!;
      return { kind, ...(allow && { allow: toList(allow) }), ...(deny && { deny: deny.map(toMatch) }) };
    }
    case 'images':
      return { kind, ...item.images };
    case 'checksums':
      return { kind, ...toLowerCase(item.checksums!) };
    case 'threshold': {
      const { of, endorsers, weakChecksums = false } = item.threshold!;
      return { kind, of, endorsers: toList(endorsers), weakChecksums };
    }
    case 'deprecation': {
      const by = item.deprecation!;
      return { kind, by: typeof by === 'string' ? by : by.by.map(toMatch) };
    }
    case 'valid': {
      const { maxAge, provenBefore } = item.valid!;
      return { kind, ...toMaxAge(maxAge), ...(provenBefore && { provenBefore: new Date(provenBefore) }) };
    }
    case 'certificate':
      return { kind, imported: 'refuse', rsaBits: 0, checksums: [], ...item.certificate };
    case 'requires':
      return { kind, ...toRequirements(item.requires!) };
    case 'ask':
      return { kind, query: item.ask!.query ?? include(item.ask!.file!) };
    case 'shapes':
      return { kind, turtle: item.shapes!.turtle ?? include(item.shapes!.file!) };
    case 'log': {
      const { inclusion = true, completeness = 'any', witnesses = false, maxAge } = item.log!;
      return { kind, inclusion, completeness, witnesses, ...toMaxAge(maxAge) };
    }
  }
}

function toList(list: EndorserList): EndorserList {
  return list === 'anyone' ? list : list.map(toMatch);
}

function toMatch({ key, certificate, ...match }: EndorserMatch): EndorserMatch {
  return {
    ...match,
    ...(key && { key: key.toLowerCase() }),
    ...(certificate && { certificate: certificate.toLowerCase() }),
  };
}

function toLowerCase({ allow, deny }: Lists): Lists {
  const lower = (values: readonly string[]): string[] => values.map((value) => value.toLowerCase());
  return { ...(allow && { allow: lower(allow) }), ...(deny && { deny: lower(deny) }) };
}

function toMaxAge(maxAge: string | undefined): { readonly maxAgeMs?: number } {
  const maxAgeMs = maxAge === undefined ? undefined : readDuration(maxAge);
  return maxAgeMs === undefined ? {} : { maxAgeMs };
}

function toRequirements(
  document: NonNullable<RuleDocument['requires']>,
): Omit<Extract<Rule, { kind: 'requires' }>, 'kind'> {
  const { schemes, mostBytes, inboundPorts } = document;
  const values = REQUIRED_FIELDS.flatMap((field): [RequiredField, readonly string[]][] => {
    const words = document[field];
    if (words === undefined) return [];
    return [[field, typeof words === 'string' ? [words] : words]];
  });
  return {
    values: Object.fromEntries(values),
    ...(schemes && { schemes }),
    ...(mostBytes !== undefined && { mostBytes }),
    ...(inboundPorts && { inboundPorts }),
  };
}
