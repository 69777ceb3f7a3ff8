import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { type ExistenceConditions, proveExistence, readSignatureValue } from '../../src/verify/prove-existence.ts';
import { type Issued, issueCertificate } from '../../src/x509/issue.ts';
import { webCrypto } from '../../src/x509/web-crypto.ts';
import { makeAuthority, makeEndorser, makeEntry, NOW } from '../endorser.ts';
import { makeToken } from '../x509/timestamp-writer.ts';
import { xml } from '../xml/world.ts';

const world = { xml, crypto: nodeCrypto };
let entry: Uint8Array;
let tsa: Issued;
let token: Uint8Array;
let conditions: ExistenceConditions;
beforeAll(async () => {
  const root = await makeAuthority('Time CA');
  const { notBefore, notAfter } = root.certificate;
  const use = { purposes: ['timeStamping'], flipCritical: ['extendedKeyUsage'] } as const;
  tsa = await issueCertificate(root, { subject: 'CN=Time,O=Vouch Tests', notBefore, notAfter, ...use });
  entry = await makeEntry(await makeEndorser(await makeAuthority(), 'ada'));
  const octets = readSignatureValue(entry, { profile: 'current' }, world)!;
  token = await makeToken(tsa, { octets, genTime: '20261121115900Z' });
  conditions = { profile: 'current', at: NOW, authorities: [root.certificate] };
});

const prove = (bytes: Uint8Array, timestamp: Uint8Array) => proveExistence(bytes, timestamp, conditions, world);

test('a time-stamp over the signature value proves when the entry existed, in a browser too', async () => {
  const proof = { findings: [], proven: { at: new Date('2026-11-21T11:59:00Z'), source: 'tsa' } };
  expect(await prove(entry, token)).toEqual(proof);
  expect(await proveExistence(entry, token, conditions, { xml, crypto: webCrypto })).toEqual(proof);
});

test('a time-stamp over the document, or over the text of the signature value, proves nothing', async () => {
  const [, text = ''] = /<ds:SignatureValue>([^<]+)</.exec(Buffer.from(entry).toString()) ?? [];
  for (const octets of [entry, Buffer.from(text), Buffer.from(text.trim())]) {
    const other = await makeToken(tsa, { octets, genTime: '20261121115900Z' });
    expect((await prove(entry, other)).findings).toEqual([expect.objectContaining({ code: 'tsa', severity: 'error' })]);
  }
});

test('a document without a signature has nothing to prove', async () => {
  const unsigned = Buffer.from(
    Buffer.from(entry)
      .toString()
      .replace(/<ds:Signature .*<\/ds:Signature>/s, ''),
  );
  const { findings, proven } = await prove(unsigned, token);
  expect([findings.map(({ code }) => code), proven]).toEqual([['tsa'], undefined]);
});

test('no bytes of either make it throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, isEntry) => {
      const { findings, proven } = await (isEntry ? prove(bytes, token) : prove(entry, bytes));
      expect([findings.map(({ code }) => code), proven]).toEqual([['tsa'], undefined]);
    }),
    { numRuns: 300 },
  );
});
