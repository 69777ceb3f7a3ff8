// Signed entries to measure with: one authority, one endorser, as many different images as asked for.
import { createHash } from 'node:crypto';
import { toIdentifier } from '../dist/entry/identifier.js';
import { fillEndorsement, writeDraft } from '../dist/entry/write-entry.js';
import { readEntrySchemas } from '../dist/platform/entry-schemas.js';
import { nodeCrypto } from '../dist/platform/node-crypto.js';
import { readPrivateKey } from '../dist/platform/private-key.js';
import { sealDocument } from '../dist/verify/seal.js';
import { issueAuthority, issueCertificate } from '../dist/x509/issue.js';
import { writeName } from '../dist/x509/name.js';
import { defaultScheme } from '../dist/x509/scheme.js';
import { openXml } from '../dist/xml/open-xml.js';

export const AT = new Date('2026-11-21T12:00:00Z');
const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2099-12-31T00:00:00Z') };

export const xml = openXml(readEntrySchemas());

export function makeAuthority() {
  return issueAuthority({ subject: 'CN=Bench CA,O=Vouch', ...validity, key: 'rsa-2048' });
}

/** An endorser `<name>@example.org`, certified by this authority or by one of his own. */
export async function makeSigner(name = 'Bench', authority = undefined) {
  const by = authority ?? (await makeAuthority());
  const email = `${name.toLowerCase()}@example.org`;
  const issued = await issueCertificate(by, { subject: `CN=${name},O=Vouch`, email, ...validity, key: 'rsa-2048' });
  const key = readPrivateKey(new TextEncoder().encode(issued.privateKeyPem));
  return { authority: by, email, issued, key, scheme: defaultScheme(key.spki) };
}

const hashOf = (algorithm, number) => createHash(algorithm).update(`image ${number}`).digest('hex');

/** The identifier of the image with this number. */
export const identifierOf = (number) => toIdentifier(hashOf('sha1', number));

/** The description of an image; the same number always gives the same one. */
export function describe(number) {
  const hash = (algorithm) => hashOf(algorithm, number);
  const systems = ['debian', 'ubuntu', 'fedora', 'alpine', 'rocky'];
  return {
    identifier: identifierOf(number),
    sizeBytes: 1_000_000 + number,
    checksums: [
      { algorithm: 'MD5', value: hash('md5') },
      { algorithm: 'SHA-1', value: hash('sha1') },
      { algorithm: 'SHA-256', value: hash('sha256') },
      { algorithm: 'SHA-512', value: hash('sha512') },
    ],
    type: 'machine',
    kind: 'machine',
    validUntil: new Date('2098-11-21T00:00:00Z'),
    title: `${systems[number % 5]} image number ${number}`,
    description:
      'An image that is described at some length, as people do, with what is installed in it and how to log in.',
    creator: 'The bench',
    publisher: 'Vouch',
    format: 'qcow2',
    os: systems[number % 5],
    osVersion: String(number % 20),
    osArch: 'x86_64',
    hypervisor: 'kvm',
    version: `1.${number}`,
    locations: [`https://images.example.org/${number}.qcow2`],
    inboundPorts: [22, 443],
    outboundPorts: [0],
    icmp: [8],
  };
}

/** The bytes of an entry of this signer. */
export function makeEntry(signer, description, createdAt) {
  const { certificate } = signer.issued;
  const filled = fillEndorsement(xml, writeDraft(description), {
    createdAt,
    email: signer.email,
    subject: writeName(certificate.subject),
    issuers: [writeName(certificate.issuer)],
  });
  const { key, scheme } = signer;
  return sealDocument(xml, filled, { key, scheme, certificates: [signer.issued.der], crypto: nodeCrypto });
}

export async function makeEntries(signer, count, from = 0) {
  const entries = [];
  for (let number = from; number < from + count; number++) entries.push(await makeEntry(signer, describe(number), AT));
  return entries;
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The number below which this part of them lies. */
export function quantile(numbers, part) {
  return numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * part))];
}

// Runs the named pieces of work in turn, again and again, so that a noisy moment meets all of them; seconds, median of the rounds.
export async function interleave(rounds, pieces, tidy = () => {}) {
  const seconds = Object.fromEntries(Object.keys(pieces).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(pieces)) {
      const start = process.hrtime.bigint();
      await work();
      seconds[name].push(Number(process.hrtime.bigint() - start) / 1e9);
      tidy();
    }
  }
  return Object.fromEntries(Object.entries(seconds).map(([name, times]) => [name, median(times)]));
}
