import { beforeAll, describe, expect, test } from 'vitest';
import { writeDraft } from '../../src/entry/write-entry.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { readPrivateKey } from '../../src/platform/private-key.ts';
import { type Endorser, type EndorsingWorld, endorse, toDefaultValidity } from '../../src/sign/endorse.ts';
import type { Trust } from '../../src/verify/conditions.ts';
import { verifyEntry } from '../../src/verify/verify-entry.ts';
import type { Issued, KeyKind } from '../../src/x509/issue.ts';
import { defaultScheme } from '../../src/x509/scheme.ts';
import { describeImage, makeAuthority, makeEndorser, NOW, type TestEndorser } from '../endorser.ts';
import { xml } from '../xml/world.ts';

let authority: Issued;
let jane: TestEndorser;
beforeAll(async () => {
  authority = await makeAuthority();
  jane = await makeEndorser(authority, 'jane');
});

function toEndorser({ issued }: TestEndorser, changes: Partial<Endorser> = {}): Endorser {
  const key = readPrivateKey(new TextEncoder().encode(issued.privateKeyPem));
  return { key, scheme: defaultScheme(key.spki), certificates: [issued.certificate], ...changes };
}

function worldAt(at = NOW): EndorsingWorld {
  const trust: Trust = { mode: 'anchors', anchors: [authority.certificate], digest: 'test', bindings: [] };
  const verify = (bytes: Uint8Array) =>
    verifyEntry(bytes, { profile: 'current', at, trust }, { xml, crypto: nodeCrypto });
  return { xml, crypto: nodeCrypto, at, verify };
}

const { validUntil: _, ...endless } = describeImage('endorse');
const draft = writeDraft(endless);

describe('endorsing', () => {
  test.each<KeyKind>(['rsa-2048', 'p-256', 'p-384', 'p-521', 'ed25519'])(
    'with a key of %s gives a valid entry',
    async (key) => {
      const endorser = toEndorser(await makeEndorser(authority, 'any', { key }));
      const endorsing = await endorse(draft, {}, endorser, worldAt(new Date(NOW.getTime() + 789)));
      expect(endorsing).toMatchObject({ ok: true, findings: [], validity: { reason: 'one year' } });
      if (!endorsing.ok) return;
      const verdict = await worldAt().verify(endorsing.bytes);
      expect(verdict).toMatchObject({
        valid: true,
        verified: {
          entry: {
            ...endless,
            validUntil: new Date('2027-11-21T12:00:00Z'),
            endorsement: {
              createdAt: NOW,
              email: 'any@example.org',
              subject: 'CN=any,O=Vouch Tests',
              issuers: ['CN=Test CA,O=Vouch Tests'],
            },
          },
        },
      });
    },
  );

  test('keeps the end of validity a draft states, and lets changes go before it', async () => {
    const stated = await endorse(writeDraft(describeImage('stated')), {}, toEndorser(jane), worldAt());
    expect(stated.ok && stated.verified.entry.validUntil).toEqual(new Date('2098-11-21T00:00:00Z'));
    expect(stated.ok && stated.validity).toBeUndefined();
    const until = new Date('2026-12-24T00:00:00Z');
    const changed = await endorse(
      writeDraft(describeImage('stated')),
      { validUntil: until },
      toEndorser(jane),
      worldAt(),
    );
    expect(changed.ok && changed.verified.entry.validUntil).toEqual(until);
  });

  test('takes an earlier endorsement and signature off, and keeps what it does not know', async () => {
    const text = new TextDecoder()
      .decode(draft)
      .replace('</rdf:Description>', '<bio:tool xmlns:bio="urn:bio">blast</bio:tool></rdf:Description>');
    const first = await endorse(new TextEncoder().encode(text), {}, toEndorser(jane), worldAt());
    expect(first.ok).toBe(true);
    if (!first.ok) return;
    const tom = toEndorser(await makeEndorser(authority, 'tom'));
    const second = await endorse(first.bytes, { title: 'Seconded' }, tom, worldAt());
    expect(second.ok && second.verified.entry).toMatchObject({
      title: 'Seconded',
      endorsement: { email: 'tom@example.org' },
    });
    expect(second.ok && second.verified.triples.some(({ object }) => object.value === 'blast')).toBe(true);
  });

  test('hands out nothing signed when the draft or the result breaks a rule, and names every finding', async () => {
    const wrong = writeDraft({ ...endless, locations: [], checksums: endless.checksums.slice(0, 2) });
    const drafted = await endorse(wrong, {}, toEndorser(jane), worldAt());
    expect(drafted).not.toHaveProperty('bytes');
    expect(!drafted.ok && drafted.findings.map(({ code }) => code).toSorted()).toEqual(['checksum', 'location']);
    const stranger = await makeEndorser(await makeAuthority('Other CA'), 'stranger');
    const untrusted = await endorse(draft, {}, toEndorser(stranger), worldAt());
    expect(untrusted).not.toHaveProperty('bytes');
    expect(!untrusted.ok && untrusted.findings.map(({ code }) => code)).toContain('no-anchor');
    const unbound = await endorse(draft, {}, toEndorser(jane, { email: 'boss@example.org' }), worldAt());
    expect(!unbound.ok && unbound.findings.map(({ code }) => code)).toEqual(['email-unbound']);
  });

  test('refuses a key of another certificate, and a certificate without any address', async () => {
    const tom = toEndorser(await makeEndorser(authority, 'tom'));
    const mixed = endorse(draft, {}, toEndorser(jane, { key: tom.key }), worldAt());
    await expect(mixed).rejects.toMatchObject({ code: 'key', message: expect.stringContaining('CN=jane') });
    const nameless = toEndorser(await makeEndorser(authority, 'nameless', { email: [] }));
    await expect(endorse(draft, {}, nameless, worldAt())).rejects.toMatchObject({ code: 'usage' });
  });

  test('refuses bytes that are no document', async () => {
    const junk = new TextEncoder().encode('not XML');
    await expect(endorse(junk, {}, toEndorser(jane), worldAt())).rejects.toMatchObject({ code: 'malformed' });
  });
});

test('without a wish an endorsement holds for a year, but never longer than its certificate', () => {
  const { certificate } = jane.issued;
  expect(toDefaultValidity(certificate, NOW)).toEqual({ until: new Date('2027-11-21T12:00:00Z'), reason: 'one year' });
  const late = new Date(certificate.notAfter.getTime() - 30 * 86_400_000 + 500);
  expect(toDefaultValidity(certificate, late)).toEqual({
    until: certificate.notAfter,
    reason: 'end of the certificate',
  });
});
