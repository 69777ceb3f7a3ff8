// Certificate paths (signer, one intermediate, anchor; RSA-2048) against openssl verify as a program and against bare signature checks.
import { spawnSync } from 'node:child_process';
import { createPublicKey, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto } from '../dist/platform/node-crypto.js';
import { issueAuthority, issueCertificate } from '../dist/x509/issue.js';
import { verifyPath } from '../dist/x509/path.js';
import { readCertificate } from '../dist/x509/read-certificate.js';
import { AT, interleave } from './entries.mjs';

const COUNT = 200;
const PROCESSES = 20;
const ROUNDS = 11;

export async function benchPath() {
  const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2099-12-31T00:00:00Z') };
  const authority = (request) => issueAuthority({ ...validity, key: 'rsa-2048', ...request });
  const root = await authority({ subject: 'CN=Bench Root,O=Vouch' });
  const sub = await authority({ subject: 'CN=Bench Sub,O=Vouch', issuer: root });
  const people = [];
  for (let number = 0; number < COUNT; number++) {
    const subject = `CN=Bench ${number},O=Vouch`;
    people.push(await issueCertificate(sub, { subject, email: 'bench@example.org', ...validity, key: sub }));
  }
  const message = Buffer.alloc(800, 1);
  const signature = sign('sha256', message, { key: root.privateKeyPem });
  const key = createPublicKey({ key: Buffer.from(root.certificate.spki), format: 'der', type: 'spki' });
  const directory = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  const file = (name, text) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const trust = ['-no-CApath', '-no-CAstore', '-CAfile', file('root.pem', root.certificatePem)];
  const rules = [
    '-untrusted',
    file('sub.pem', sub.certificatePem),
    '-x509_strict',
    '-attime',
    String(AT.getTime() / 1000),
  ];
  const signers = people.map((person, number) => file(`${number}.pem`, person.certificatePem));
  const openssl = (files) => {
    if (spawnSync('openssl', ['verify', ...trust, ...rules, ...files]).status !== 0)
      throw new Error('openssl refuses a bench path');
  };
  const isThere = spawnSync('openssl', ['version']).status === 0;
  const read = (der) => readCertificate(der).certificate;
  const held = people.map(({ certificate }) => certificate);
  const anchors = [root.certificate];
  const check = async (signer, intermediates, checked) => {
    const request = { signer, intermediates, anchors, at: AT, crypto: nodeCrypto };
    const { findings } = await verifyPath(checked === undefined ? request : { ...request, checked });
    if (findings.length > 0) throw new Error(`A bench path is refused: ${JSON.stringify(findings)}`);
  };
  const remembered = new Map();
  for (const signer of held) await check(signer, [sub.certificate], remembered);
  const seconds = await interleave(ROUNDS, {
    bare: () => {
      for (let count = 0; count < 2 * COUNT; count++)
        if (!verify('sha256', message, key, signature)) throw new Error('bare verification failed');
    },
    uncached: async () => {
      for (const { der } of people) await check(read(der), [read(sub.der)]);
    },
    read: async () => {
      for (const signer of held) await check(signer, [sub.certificate]);
    },
    remembered: async () => {
      for (const signer of held) await check(signer, [sub.certificate], remembered);
    },
    ...(isThere
      ? {
          batch: () => openssl(signers),
          processes: () => {
            for (const one of signers.slice(0, PROCESSES)) openssl([one]);
          },
        }
      : {}),
  });
  rmSync(directory, { recursive: true, force: true });
  const row = (title, name, count = COUNT) => [
    title,
    Math.round(count / seconds[name]),
    (seconds[name] / count / (seconds.bare / COUNT)).toFixed(2),
  ];
  return {
    title: `Certificate paths: signer, intermediate, anchor (RSA-2048), median of ${ROUNDS} interleaved rounds`,
    rows: [
      ['what', 'paths per second', '× bare checks'],
      row('two bare RSA-2048 checks (node:crypto), the limit', 'bare'),
      row('certificates read from DER, nothing remembered', 'uncached'),
      row('certificates read before', 'read'),
      row('certificates read and signatures checked before', 'remembered'),
      ...(isThere
        ? [
            row(`openssl verify, one process for ${COUNT} signers`, 'batch'),
            row('openssl verify, one process each', 'processes', PROCESSES),
          ]
        : [['openssl verify (not installed)', '-', '-']]),
    ],
  };
}
