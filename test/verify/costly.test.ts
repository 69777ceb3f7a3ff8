import { beforeAll, describe, expect, it } from 'vitest';
import { writeDraft } from '../../src/entry/write-entry.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { Verdict } from '../../src/verify/verdict.ts';
import { verifyEntry } from '../../src/verify/verify-entry.ts';
import type { Issued } from '../../src/x509/issue.ts';
import { startClock } from '../clock.ts';
import {
  describeImage,
  makeAuthority,
  makeEndorser,
  makeEntry,
  NOW,
  signDraft,
  type TestEndorser,
} from '../endorser.ts';
import { xml } from '../xml/world.ts';

/** Documents within every limit that ask for as much work as they can; the verifying thread is killed after 2 s. */
let authority: Issued;
let ada: TestEndorser;

beforeAll(async () => {
  authority = await makeAuthority();
  ada = await makeEndorser(authority, 'ada');
});

async function verifyInTime(bytes: Uint8Array, trusted = authority): Promise<Verdict> {
  expect(bytes.length).toBeLessThan(256 * 1024);
  const trust = { mode: 'anchors', anchors: [trusted.certificate], digest: 'test', bindings: [] } as const;
  const spent = startClock();
  const verdict = await verifyEntry(bytes, { profile: 'current', at: NOW, trust }, { xml, crypto: nodeCrypto });
  expect(spent()).toBeLessThan(1_500);
  return verdict;
}

/** A signed entry with something more at the end of its description, and namespaces on it. */
function withBody(body: string, declarations = ''): Promise<Uint8Array> {
  const draft = new TextDecoder().decode(writeDraft(describeImage('costly')));
  const changed = draft
    .replace('<rdf:Description ', `<rdf:Description ${declarations} `)
    .replace('</rdf:Description>', () => `${body}</rdf:Description>`);
  return signDraft(new TextEncoder().encode(changed), ada);
}

describe('a document within the limits', () => {
  it('gets one short finding for thousands of issuers that are not the one with the very long name', async () => {
    const pages = await makeAuthority(`a${',CN=a'.repeat(500)}`);
    const endorser = await makeEndorser(pages, 'ada');
    const issuers = Array.from({ length: 4_500 }, () => 'CN=a');
    const verdict = await verifyInTime(await makeEntry(endorser, undefined, { endorsement: { issuers } }), pages);
    expect(verdict.findings.map(({ code }) => code)).toEqual(['identity']);
    expect(verdict.findings[0]!.message.length).toBeLessThan(1_000);
  });

  it('is refused where a long namespace name would stand on every element of its canonical form', async () => {
    const text = new TextDecoder()
      .decode(await withBody('<z:a></z:a>'.repeat(4_500), 'xmlns:z="urn:z"'))
      .replace('"urn:z"', `"urn:${'z'.repeat(60_000)}"`);
    const verdict = await verifyInTime(new TextEncoder().encode(text));
    expect(verdict.findings.map(({ code }) => code)).toEqual(['limits']);
  });

  it.each([
    ['subject', `<rdf:Description rdf:about="http://example.org/${'x'.repeat(60_000)}">`],
    ['language', `<rdf:Description xml:lang="en${'-abcdefgh'.repeat(6_000)}">`],
  ])('is refused where a long %s would stand in every triple', async (_, node) => {
    const body = `<z:a>${node}${'<z:b>c</z:b>'.repeat(4_500)}</rdf:Description></z:a>`;
    const verdict = await verifyInTime(await withBody(body, 'xmlns:z="urn:z"'));
    expect(verdict.findings.map(({ code }) => code)).toEqual(['rdf']);
  });
});
