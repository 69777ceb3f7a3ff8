import { type Finding, toFinding } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { isSelfIssued, toLabel } from './certificate-label.ts';
import { ANY_POLICY, type PolicyStatement, readPolicyStatement } from './certificate-policy.ts';

/**
 * The policies that hold at one certificate, each with those that continue it in the next one: what RFC 5280 keeps as the last
 * row of a tree, with equal policies as one (RFC 9618). The tree can double with every certificate, this cannot; and since no
 * particular policies are asked for, whether a row is left is all that is ever asked of it.
 */
type Row = ReadonlyMap<string, ReadonlySet<string>>;

const ANY: Row = new Map([[ANY_POLICY, new Set([ANY_POLICY])]]);

/**
 * Certificate policies of a chain, signer first (RFC 5280 section 6.1.3 d to f, 6.1.4 a, b, h to j, 6.1.5 a and b), mappings
 * included, with any policy as the wanted one and nothing demanded at the start. An anchor's constraints bind those below it, as
 * if it were the certificate before the first (compare RFC 5937); its own policies and mappings do not matter.
 */
export function checkPolicies(chain: readonly Certificate[], isAnchored: boolean): Finding[] {
  const path = [...chain].reverse();
  const statements = path.map(readPolicyStatement);
  const findings = path.flatMap((certificate, index) => {
    const statement = statements[index]!;
    if (typeof statement !== 'string') return [];
    const message = `What ${toLabel(certificate)} says about certificate policies cannot be read: ${statement}`;
    return [toFinding('policy', message)];
  });
  if (findings.length > 0) return findings;
  const culprit = findCulprit(path, statements as readonly PolicyStatement[], isAnchored);
  if (culprit === undefined) return [];
  const message = `A certificate policy is demanded in this path, and with ${toLabel(culprit)} none is left that holds throughout.`;
  return [toFinding('policy', message)];
}

/** The first certificate at which a policy is demanded and none holds; `path` starts at the anchor. */
function findCulprit(
  path: readonly Certificate[],
  statements: readonly PolicyStatement[],
  isAnchored: boolean,
): Certificate | undefined {
  let row = ANY;
  // How many more certificates may come before the demand or the inhibition is in force.
  let explicit = Number.POSITIVE_INFINITY;
  let mapping = Number.POSITIVE_INFINITY;
  let any = Number.POSITIVE_INFINITY;
  for (const [index, certificate] of path.entries()) {
    const statement = statements[index]!;
    const isAnchor = isAnchored && index === 0;
    const isLast = index === path.length - 1;
    if (!isAnchor) {
      row = nextRow(row, statement.policies, any > 0 || (!isLast && isSelfIssued(certificate)));
      if (explicit === 0 && row.size === 0) return certificate;
    }
    if (isLast) {
      // Its own demand counts at once, and a skip that would end with the next certificate ends here.
      const isDemanded = explicit <= 1 || statement.requireExplicitPolicy === 0;
      return !isAnchor && isDemanded && row.size === 0 ? certificate : undefined;
    }
    if (!isAnchor && statement.mappings !== undefined) row = mapRow(row, statement.mappings, mapping > 0);
    if (!isAnchor && !isSelfIssued(certificate)) {
      explicit = Math.max(0, explicit - 1);
      mapping = Math.max(0, mapping - 1);
      any = Math.max(0, any - 1);
    }
    explicit = Math.min(explicit, statement.requireExplicitPolicy ?? explicit);
    mapping = Math.min(mapping, statement.inhibitPolicyMapping ?? mapping);
    any = Math.min(any, statement.inhibitAnyPolicy ?? any);
  }
  return undefined;
}

/** RFC 5280 section 6.1.3 (d) and (e). */
function nextRow(row: Row, policies: ReadonlySet<string> | undefined, isAnyAllowed: boolean): Row {
  const next = new Map<string, ReadonlySet<string>>();
  if (policies === undefined) return next;
  const expected = new Set<string>();
  for (const continuations of row.values()) for (const policy of continuations) expected.add(policy);
  for (const policy of policies) {
    if (policy === ANY_POLICY) continue;
    if (expected.has(policy) || row.has(ANY_POLICY)) next.set(policy, new Set([policy]));
  }
  if (policies.has(ANY_POLICY) && isAnyAllowed) {
    for (const policy of expected) if (!next.has(policy)) next.set(policy, new Set([policy]));
  }
  return next;
}

/** RFC 5280 section 6.1.4 (b); while mapping is inhibited a policy that would be mapped ends. */
function mapRow(row: Row, mappings: ReadonlyMap<string, ReadonlySet<string>>, isAllowed: boolean): Row {
  const mapped = new Map(row);
  for (const [from, to] of mappings) {
    if (!isAllowed) mapped.delete(from);
    else if (row.has(from) || row.has(ANY_POLICY)) mapped.set(from, to);
  }
  return mapped;
}
