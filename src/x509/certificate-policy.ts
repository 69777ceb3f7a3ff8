import { VouchError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { checkDer, DerReader, refuse, TAG } from './der.ts';
import { EXTENSION } from './extension.ts';

/** The policy that stands for every policy (RFC 5280 section 4.2.1.4). */
export const ANY_POLICY = '2.5.29.32.0';

/** What one certificate says about certificate policies; a part is absent where the extension, or the part of it, is. */
export interface PolicyStatement {
  readonly policies?: ReadonlySet<string>;
  /** Subject policies by the issuer's policy that they are equivalent to. */
  readonly mappings?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Authorities that may follow before a policy is demanded. */
  readonly requireExplicitPolicy?: number;
  /** Authorities that may follow before policies are no longer mapped. */
  readonly inhibitPolicyMapping?: number;
  /** Authorities that may follow before any-policy no longer counts. */
  readonly inhibitAnyPolicy?: number;
}

type Mutable<T> = { -readonly [Part in keyof T]: T[Part] };

const known = new WeakMap<Certificate, PolicyStatement | string>();

/** The certificate's statement, read once per certificate object, or a sentence about the extension that cannot be read. */
export function readPolicyStatement(certificate: Certificate): PolicyStatement | string {
  let statement = known.get(certificate);
  if (statement === undefined) {
    try {
      statement = read(certificate);
    } catch (thrown) {
      if (!(thrown instanceof VouchError) || thrown.code !== 'malformed') throw thrown;
      statement = thrown.message;
    }
    known.set(certificate, statement);
  }
  return statement;
}

function read({ extensions }: Certificate): PolicyStatement {
  const statement: Mutable<PolicyStatement> = {};
  for (const { oid, value } of extensions) {
    const reader = new DerReader(value);
    switch (oid) {
      case EXTENSION.certificatePolicies:
        statement.policies = readPolicies(reader);
        break;
      case EXTENSION.policyMappings:
        statement.mappings = readMappings(reader);
        break;
      case EXTENSION.policyConstraints:
        Object.assign(statement, readConstraints(reader));
        break;
      case EXTENSION.inhibitAnyPolicy:
        statement.inhibitAnyPolicy = reader.smallInteger('The inhibition of any-policy');
        break;
      default:
        continue;
    }
    reader.end('the value of an extension');
  }
  return statement;
}

function readPolicies(reader: DerReader): Set<string> {
  const sequence = reader.enter(TAG.sequence, 'The certificate policies');
  const policies = new Set<string>();
  while (!sequence.isAtEnd) {
    const policy = sequence.enter(TAG.sequence, 'A certificate policy');
    const oid = policy.oid('A certificate policy');
    // Qualifiers are for people to read; they decide nothing.
    if (!policy.isAtEnd) checkDer(policy.take('The qualifiers of a policy'), 'The qualifiers of a policy');
    policy.end('the qualifiers of a policy');
    if (policies.has(oid)) refuse(`The certificate policy ${oid} is there twice.`);
    policies.add(oid);
  }
  return policies.size === 0 ? refuse('The certificate policies are empty.') : policies;
}

function readMappings(reader: DerReader): Map<string, Set<string>> {
  const sequence = reader.enter(TAG.sequence, 'The policy mappings');
  const mappings = new Map<string, Set<string>>();
  while (!sequence.isAtEnd) {
    const mapping = sequence.enter(TAG.sequence, 'A policy mapping');
    const from = mapping.oid('A policy of the issuer');
    const to = mapping.oid('A policy of the subject');
    mapping.end('a policy mapping');
    if (from === ANY_POLICY || to === ANY_POLICY) refuse('A policy mapping holds any-policy, which cannot be mapped.');
    const others = mappings.get(from);
    if (others === undefined) mappings.set(from, new Set([to]));
    else others.add(to);
  }
  return mappings.size === 0 ? refuse('The policy mappings are empty.') : mappings;
}

function readConstraints(reader: DerReader): Pick<PolicyStatement, 'requireExplicitPolicy' | 'inhibitPolicyMapping'> {
  const sequence = reader.enter(TAG.sequence, 'The policy constraints');
  if (sequence.isAtEnd) refuse('The policy constraints are empty.');
  const constraints: Mutable<PolicyStatement> = {};
  if (sequence.tag === 0x80) constraints.requireExplicitPolicy = sequence.smallInteger('A policy constraint', 0x80);
  if (sequence.tag === 0x81) constraints.inhibitPolicyMapping = sequence.smallInteger('A policy constraint', 0x81);
  sequence.end('the policy constraints');
  return constraints;
}
