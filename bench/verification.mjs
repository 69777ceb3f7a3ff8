// Full verification (gate, parse, XSD, C14N, signature, certificate path, entry, triples) against bare RSA-2048 verification.
import { execFileSync } from 'node:child_process';
import { createPublicKey, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto } from '../dist/platform/node-crypto.js';
import { openVerifier } from '../dist/registry/verifier.js';
import { readDocument } from '../dist/verify/read-document.js';
import { SignerCache } from '../dist/verify/signer.js';
import { verifyEntry } from '../dist/verify/verify-entry.js';
import { AT, interleave, makeEntries, makeSigner, xml } from './entries.mjs';

const COUNT = 400;
const ROUNDS = 15;

export async function benchVerification() {
  const signer = await makeSigner();
  const entries = await makeEntries(signer, COUNT);
  const anchors = [signer.authority.certificate];
  const trust = { mode: 'anchors', anchors, digest: 'bench', bindings: [] };
  const world = { xml, crypto: nodeCrypto, signers: new SignerCache() };
  const publicKey = createPublicKey({ key: Buffer.from(signer.issued.certificate.spki), format: 'der', type: 'spki' });
  const message = Buffer.alloc(600, 1);
  const signature = sign('sha256', message, { key: signer.issued.privateKeyPem });
  const verifier = openVerifier({
    trust: {
      mode: 'anchors',
      files: [{ name: 'ca.pem', bytes: new TextEncoder().encode(signer.authority.certificatePem) }],
      statuses: [],
      crl: 'if-present',
      crlGraceMs: 0,
      hasNamespaces: false,
      digest: 'bench',
      bindings: [],
    },
    documentBytesLimit: 262_144,
    workers: 2,
  });
  const expectValid = (verdict) => {
    if (!verdict.valid) throw new Error(`A bench entry is refused: ${JSON.stringify(verdict.findings)}`);
  };
  const seconds = await interleave(ROUNDS, {
    bare: () => {
      for (let count = 0; count < COUNT; count++)
        if (!verify('sha256', message, publicKey, signature)) throw new Error('bare verification failed');
    },
    full: async () => {
      for (const bytes of entries) expectValid(await verifyEntry(bytes, { profile: 'current', at: AT, trust }, world));
    },
    read: () => {
      for (const bytes of entries) readDocument(bytes, 'current', xml, { signature: 'required' });
    },
    threads: async () => {
      for (const verdict of await Promise.all(entries.map((bytes) => verifier.verify(bytes, 'current', AT))))
        expectValid(verdict);
    },
  });
  await verifier[Symbol.asyncDispose]();
  const jdk = rateOfJdk(entries);
  const bareRate = COUNT / seconds.bare;
  const perSecond = (name) => Math.round(COUNT / seconds[name]);
  const ratio = (name) => (seconds[name] / seconds.bare).toFixed(1);
  return {
    title: `Verification of ${COUNT} entries of ${entries[0].length} bytes (RSA-2048), median of ${ROUNDS} interleaved rounds`,
    rows: [
      ['what', 'per second', '× bare RSA-2048'],
      ['bare RSA-2048 verification (node:crypto)', perSecond('bare'), '1.0'],
      ['reading only: gate, parse, XSD, C14N, profile, entry, triples', perSecond('read'), ratio('read')],
      ['full verification with certificate path, one thread', perSecond('full'), ratio('full')],
      ['full verification, two worker threads', perSecond('threads'), ratio('threads')],
      ...(jdk === undefined
        ? []
        : [['the JDK: parse and verify the signature only, warm', Math.round(jdk), (bareRate / jdk).toFixed(1)]]),
    ],
  };
}

/** Documents a second that the JDK verifies in a process of its own; undefined where there is no java. */
function rateOfJdk(entries) {
  const directory = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  try {
    for (const [number, bytes] of entries.entries()) writeFileSync(join(directory, `${number}.xml`), bytes);
    const program = new URL('VerifyRate.java', import.meta.url).pathname;
    return Number(
      execFileSync('java', [program, directory, String(ROUNDS)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  } catch {
    return undefined;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
