// A revocation list of 50,000 entries: reading, looking up and checking the signature, against `openssl crl -verify` of the same file.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto } from '../dist/platform/node-crypto.js';
import { readPrivateKey } from '../dist/platform/private-key.js';
import { readRevocationList } from '../dist/x509/crl.js';
import { checkRevocation } from '../dist/x509/crl-check.js';
import { issueAuthority, issueCertificate } from '../dist/x509/issue.js';
import { writePem } from '../dist/x509/pem.js';
import { writeDer, writeOid, writeText } from '../dist/x509/write-der.js';
import { AT, interleave } from './entries.mjs';

const COUNT = 50_000;
const LOOK_UPS = 10_000;
const CHECKS = 1_000;
const ROUNDS = 15;
const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2099-12-31T00:00:00Z') };

const sequence = (...contents) => writeDer(0x30, ...contents);
const serialOf = (number) => (0x4000_0000_0000 + number * 7919).toString(16).padStart(32, '5a');

function writeList(authority) {
  const key = readPrivateKey(new TextEncoder().encode(authority.privateKeyPem));
  const superseded = sequence(
    sequence(writeOid('2.5.29.21'), writeDer(0x04, writeDer(0x0a, Uint8Array.of(4)))),
    sequence(writeOid('2.5.29.24'), writeDer(0x04, writeText(0x18, '20260301000000Z'))),
  );
  const revokedAt = writeText(0x17, '260401000000Z');
  const entries = Array.from({ length: COUNT }, (_, number) =>
    sequence(writeDer(0x02, Buffer.from(serialOf(number), 'hex')), revokedAt, superseded),
  );
  const algorithm = sequence(writeOid('1.2.840.113549.1.1.11'), writeDer(0x05));
  const tbs = sequence(
    writeDer(0x02, Uint8Array.of(1)),
    algorithm,
    authority.certificate.subject.der,
    writeText(0x17, '261101000000Z'),
    writeText(0x17, '271201000000Z'),
    sequence(...entries),
    writeDer(0xa0, sequence(sequence(writeOid('2.5.29.20'), writeDer(0x04, writeDer(0x02, Uint8Array.of(9)))))),
  );
  const signature = key.sign({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, tbs);
  return sequence(tbs, algorithm, writeDer(0x03, Uint8Array.of(0), signature));
}

export async function benchRevocation() {
  const authority = await issueAuthority({ subject: 'CN=Bench CA,O=Vouch', ...validity, key: 'rsa-2048' });
  const signer = await issueCertificate(authority, { subject: 'CN=Bench,O=Vouch', ...validity });
  const der = writeList(authority);
  const pem = new TextEncoder().encode(writePem('X509 CRL', der));
  const directory = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  const [listPath, authorityPath] = [join(directory, 'list.der'), join(directory, 'ca.pem')];
  writeFileSync(listPath, der);
  writeFileSync(authorityPath, authority.certificatePem);
  const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

  const read = (bytes) => {
    const reading = readRevocationList(bytes);
    if (!reading.ok || reading.list.size !== COUNT) throw new Error(reading.message ?? 'entries are missing');
    return reading.list;
  };
  const held = read(der);
  const check = async (list, checked) => {
    const chain = [signer.certificate, authority.certificate];
    const request = { chain, lists: [list], mode: 'require', at: AT, graceMs: 0, crypto: nodeCrypto, checked };
    const findings = await checkRevocation(request);
    if (findings.length > 0) throw new Error(`The bench list is refused: ${findings[0].message}`);
  };
  const memo = new Map();
  await check(held, memo);
  const seconds = await interleave(ROUNDS, {
    read: () => read(der),
    pem: () => read(pem),
    whole: async () => check(read(readFileSync(listPath))),
    find: () => {
      for (let number = 0; number < LOOK_UPS; number++)
        if (held.find(serialOf(number * 5)) === undefined) throw new Error('An entry is not found.');
    },
    known: async () => {
      for (let count = 0; count < CHECKS; count++) await check(held, memo);
    },
    ...(hasOpenssl && {
      start: () => execFileSync('openssl', ['version']),
      openssl: () => {
        const words = ['crl', '-noout', '-inform', 'DER', '-in', listPath, '-verify', '-CAfile', authorityPath];
        execFileSync('openssl', words, { stdio: 'ignore' });
      },
    }),
  });
  rmSync(directory, { recursive: true });
  const limit = hasOpenssl ? seconds.openssl - seconds.start : undefined;
  const row = (what, taken) => [
    what,
    (taken * 1000).toFixed(3),
    limit === undefined ? 'no openssl' : (taken / limit).toFixed(3),
  ];
  return {
    title: `A revocation list of ${COUNT} entries (${der.length} bytes, RSA-2048), median of ${ROUNDS} interleaved rounds`,
    rows: [
      ['what', 'ms', '× openssl'],
      ...(limit === undefined ? [] : [row('openssl crl -noout -verify, less the start of its process', limit)]),
      row('read the file, check the signature, look one up', seconds.whole),
      row('reading only, DER, index included', seconds.read),
      row('reading only, PEM', seconds.pem),
      row('one look-up', seconds.find / LOOK_UPS),
      row('one check of a chain against a list already checked', seconds.known / CHECKS),
    ],
  };
}
