import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256Hex } from '../../src/log/sha256.ts';
import type { EndorserLists } from '../../src/registry/endorser-lists.ts';
import { readPem } from '../../src/x509/pem.ts';
import { readCertificate } from '../../src/x509/read-certificate.ts';
import { describeImage, makeEndorser, makeEntry, type TestEndorser } from '../endorser.ts';
import { makePlace, type RegistryPlace } from './world.ts';

let place: RegistryPlace;
let ada: TestEndorser;
let bob: TestEndorser;

beforeEach(async () => {
  place = await makePlace();
  [ada, bob] = [await makeEndorser(place.authority, 'ada'), await makeEndorser(place.authority, 'bob')];
});
afterEach(() => place.remove());

function keyOf({ issued }: TestEndorser): string {
  const reading = readCertificate(readPem(new TextEncoder().encode(issued.certificatePem))[0]!.der!);
  if (!reading.ok) throw new Error('The certificate cannot be read.');
  return sha256Hex(reading.certificate.spki);
}

async function outcomes(endorsing: EndorserLists): Promise<string[]> {
  await using registry = await openIn(endorsing);
  const told: string[] = [];
  for (const who of [ada, bob]) {
    const submission = await registry.submit(await makeEntry(who, describeImage()));
    told.push(
      submission.outcome === 'invalid' ? submission.findings.map(({ code }) => code).join() : submission.outcome,
    );
  }
  return told;
}

async function openIn(endorsing: EndorserLists) {
  const registry = await place.open({ endorsing });
  return Object.assign(registry, { [Symbol.asyncDispose]: () => registry.close() });
}

test('an operator says by name, issuer or key whose entries he takes, and denying goes before allowing', async () => {
  const subject = 'CN=ada,O=Vouch Tests';
  expect(await outcomes({ allow: [], deny: [] })).toEqual(['accepted', 'accepted']);
  expect(await outcomes({ allow: [], deny: [{ subject }] })).toEqual(['not-listed', 'accepted']);
  expect(await outcomes({ allow: [{ subject }], deny: [] })).toEqual(['accepted', 'not-listed']);
  expect(await outcomes({ allow: [{ key: keyOf(bob) }], deny: [] })).toEqual(['not-listed', 'accepted']);
  const issuer = 'CN=Test CA,O=Vouch Tests';
  expect(await outcomes({ allow: [{ issuer }], deny: [{ issuer, key: keyOf(ada) }] })).toEqual([
    'not-listed',
    'accepted',
  ]);
  expect(await outcomes({ allow: [{ subject, key: keyOf(bob) }], deny: [] })).toEqual(['not-listed', 'not-listed']);
});

test('who was denied later can deprecate no more, and what he said before stays', async () => {
  const first = await openIn({ allow: [], deny: [] });
  expect((await first.submit(await makeEntry(ada, describeImage('kept')))).outcome).toBe('accepted');
  await first.close();
  await using again = await openIn({ allow: [], deny: [{ subject: 'CN=ada,O=Vouch Tests' }] });
  expect(await again.catalog.counts()).toMatchObject({ entries: 1 });
  expect((await again.submit(await makeEntry(ada, describeImage('new')))).outcome).toBe('invalid');
});
