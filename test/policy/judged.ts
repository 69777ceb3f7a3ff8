import { readFileSync } from 'node:fs';
import type { Entry } from '../../src/entry/entry.ts';
import { sha256Hex } from '../../src/log/sha256.ts';
import { readYaml } from '../../src/platform/yaml-document.ts';
import type { JudgedEntry, LogStanding } from '../../src/policy/judged-entry.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { openPolicyReader, type PolicyReading } from '../../src/policy/read-policy.ts';
import { describeImage, NOW } from '../endorser.ts';

export const ISSUER = 'CN=Test CA,O=Vouch Tests';
export const LOG: LogStanding = {
  origin: 'registry.example.org/log',
  size: 10,
  root: '00'.repeat(32),
  completeness: 'synced',
  checkedAt: NOW,
};

export interface JudgedDraft extends Partial<Omit<JudgedEntry, 'entry'>> {
  readonly name?: string;
  readonly email?: string;
  readonly createdAt?: Date;
  readonly entry?: Partial<Entry>;
}

/** A statement of the endorser `name` about the image `IMAGE`, good in every respect but those given. */
export function makeJudged({
  name = 'ada',
  email = `${name}@example.org`,
  createdAt,
  entry,
  ...rest
}: JudgedDraft = {}): JudgedEntry {
  const subject = `CN=${name},O=Vouch Tests`;
  const signedAt = createdAt ?? new Date(NOW.getTime() - 3_600_000);
  const described = describeImage('policy');
  return {
    origin: LOG.origin,
    index: 3,
    entry: { ...described, endorsement: { createdAt: signedAt, email, subject, issuers: [ISSUER] }, ...entry },
    endorserKey: sha256Hex(Buffer.from(`${ISSUER} ${subject}`)),
    signerSha256: sha256Hex(Buffer.from(`certificate of ${subject}`)),
    signerKey: { kind: 'rsa', bits: 3072, exponent: 65537n },
    documentSha256: sha256Hex(Buffer.from(JSON.stringify([name, email, signedAt, entry, rest.origin === undefined]))),
    isImported: false,
    isIncluded: true,
    findings: [],
    ...rest,
  };
}

export const IMAGE = describeImage('policy').identifier;

const readDocument = openPolicyReader(JSON.parse(readFileSync('schemas/policy.schema.json', 'utf8')) as object);

/** Reads a policy from YAML. */
export function readText(text: string, files: Readonly<Record<string, string>> = {}): PolicyReading {
  const reading = readYaml(text);
  if (!reading.ok) throw new Error(reading.message);
  return readDocument({
    ...reading.document,
    digest: sha256Hex(Buffer.from(text)),
    include: (file) => (files[file] === undefined ? { fault: 'there is none.' } : { text: files[file] }),
  });
}

/** A policy of these rules, as YAML flow text. */
export function makePolicy(...rules: readonly string[]): Policy {
  const reading = readText(`policy: 1\nrules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`);
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return reading.policy;
}
