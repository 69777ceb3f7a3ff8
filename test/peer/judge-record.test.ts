import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { LogRecord } from '../../src/log/log.ts';
import { judgeRecord } from '../../src/peer/judge-record.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { readAccepted } from '../../src/verify/read-accepted.ts';
import { verifyEntry } from '../../src/verify/verify-entry.ts';
import { describeImage, makeAuthority, makeEndorser, makeEntry, NOW } from '../endorser.ts';
import { xml } from '../xml/world.ts';
import { makeRecord, sha256Of } from './made-log.ts';

const ORIGINALS = new URL('../../../shared/data/stratuslab/', import.meta.url);
const HAS_ORIGINALS = existsSync(ORIGINALS) || process.env.CI === 'true';
const world = { xml, crypto: nodeCrypto };

/** The record that a registry makes of a document it accepted. */
async function recordOf(bytes: Uint8Array, t: 'endorse' | 'import', at: Date): Promise<LogRecord> {
  const profile = t === 'import' ? 'legacy' : 'current';
  const verdict = await verifyEntry(bytes, { profile, at, trust: { mode: 'any' } }, world);
  if (!verdict.valid) throw new Error(JSON.stringify(verdict.findings));
  const { entry, canonicalSha256, signatureAlgorithm, signerSha256 } = verdict.verified;
  return makeRecord(1, {
    t,
    id: entry.identifier,
    doc: sha256Of(bytes),
    len: bytes.length,
    c14n: canonicalSha256,
    sig: signatureAlgorithm,
    signer: signerSha256,
    created: entry.endorsement.createdAt.toISOString().replace('.000', ''),
    act: entry.deprecated === undefined ? 'valid' : 'deprecated',
    at: at.toISOString().replace('.000', ''),
  });
}

it('believes a record that says what its document says, and no other', async () => {
  const endorser = await makeEndorser(await makeAuthority(), 'ada');
  const bytes = await makeEntry(endorser, describeImage('one'));
  const record = await recordOf(bytes, 'endorse', NOW);
  expect(await judgeRecord(record, bytes, world)).toBeUndefined();
  const others = [
    [{ id: makeRecord(2).id }, 'the image'],
    [{ len: bytes.length + 1 }, `${bytes.length} bytes, not ${bytes.length + 1}`],
    [{ c14n: sha256Of(Buffer.from('other')) }, 'the octets that were signed'],
    [{ sig: 'ed25519' }, 'the algorithm of its signature'],
    [{ signer: sha256Of(Buffer.from('other')) }, 'the certificate of its signer'],
    [{ created: '2020-01-01T00:00:00Z' }, 'the time it was signed'],
    [{ act: 'deprecated' }, 'whether it deprecates the image'],
  ] as const;
  for (const [other, words] of others) {
    expect(await judgeRecord({ ...record, ...other }, bytes, world)).toContain(words);
  }
});

it('verifies the signature again', async () => {
  const endorser = await makeEndorser(await makeAuthority(), 'ada');
  const bytes = await makeEntry(endorser, describeImage('one'));
  const record = await recordOf(bytes, 'endorse', NOW);
  const forged = Buffer.from(Buffer.from(bytes).toString().replace(/one/i, 'two'));
  expect(forged.equals(bytes)).toBe(false);
  expect(await judgeRecord(record, forged, world)).toMatch(/^its document is not valid \([a-z-]+\): /);
  const none = Buffer.from('no document');
  expect(await judgeRecord({ ...record, len: none.length }, none, world)).toMatch(/^its document is not valid/);
});

it.skipIf(!HAS_ORIGINALS)('believes the records of original entries', async () => {
  const names = readdirSync(ORIGINALS).filter((name) => /^valid.*\.xml$/.test(name));
  expect(names.length).toBeGreaterThan(3);
  let count = 0;
  for (const name of names) {
    const bytes = readFileSync(new URL(name, ORIGINALS));
    const signed = await readAccepted(bytes, 'legacy', world).catch(() => undefined);
    if (signed === undefined) continue;
    expect(await judgeRecord(await recordOf(bytes, 'import', NOW), bytes, world), name).toBeUndefined();
    count += 1;
  }
  expect(count).toBeGreaterThan(3);
});
