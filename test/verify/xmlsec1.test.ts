import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillEndorsement, writeDraft } from '../../src/entry/write-entry.ts';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { verifyEntry } from '../../src/verify/verify-entry.ts';
import type { Issued, KeyKind } from '../../src/x509/issue.ts';
import { writeName } from '../../src/x509/name.ts';
import { describeImage, makeAuthority, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { isMissing } from '../program.ts';
import { xml } from '../xml/world.ts';
import { type C14nName, toTemplate } from './signature-template.ts';

const METHODS: Partial<Record<KeyKind, string>> = {
  'rsa-2048': 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'p-256': 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
};
describe.skipIf(isMissing('xmlsec1'))('xmlsec1 (needs the program: apt-get install xmlsec1)', () => {
  let directory: string;
  let authority: Issued;
  const path = (name: string): string => join(directory, name);
  const xmlsec1 = (...words: string[]): string => execFileSync('xmlsec1', words, { encoding: 'utf8', stdio: 'pipe' });

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'vouch-xmlsec1-'));
    authority = await makeAuthority();
    writeFileSync(path('ca.pem'), authority.certificatePem);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  function signByXmlsec1(endorser: TestEndorser, signature: string): Uint8Array {
    const { certificate, certificatePem, privateKeyPem } = endorser.issued;
    const draft = fillEndorsement(xml, writeDraft(describeImage('ünïcode & <markup> "quoted"')), {
      createdAt: NOW,
      email: endorser.email,
      subject: writeName(certificate.subject),
      issuers: [writeName(certificate.issuer)],
    });
    writeFileSync(path('key.pem'), privateKeyPem);
    writeFileSync(path('cert.pem'), certificatePem);
    writeFileSync(path('template.xml'), Buffer.from(draft).toString().replace('</rdf:RDF>', `${signature}</rdf:RDF>`));
    xmlsec1(
      '--sign',
      '--privkey-pem',
      `${path('key.pem')},${path('cert.pem')}`,
      '--output',
      path('signed.xml'),
      path('template.xml'),
    );
    return readFileSync(path('signed.xml'));
  }

  it.each(Object.keys(METHODS) as KeyKind[])('verifies what vouch signs with a key of kind %s', async (key) => {
    const endorser = await makeEndorser(authority, `signer-${key}`, { key });
    writeFileSync(path('entry.xml'), await makeEntry(endorser, describeImage('ünïcode & <markup> "quoted"')));
    const verify = () =>
      xmlsec1(
        '--verify',
        '--trusted-pem',
        path('ca.pem'),
        '--verification-time',
        '2026-11-21 12:00:00',
        path('entry.xml'),
      );
    expect(verify).not.toThrow();
    writeFileSync(path('entry.xml'), readFileSync(path('entry.xml'), 'utf8').replace('debian', 'debiam'));
    expect(verify).toThrow();
  });

  const forms: [KeyKind, C14nName, C14nName | 'none'][] = [
    ['rsa-2048', 'exclusive', 'exclusive'],
    ['p-256', 'exclusive', 'exclusive'],
    ['rsa-2048', 'inclusive', 'none'],
    ['p-256', 'inclusive', 'inclusive'],
    ['p-256', 'inclusive 1.1', 'inclusive 1.1'],
    ['p-256', 'inclusive', 'exclusive'],
    ['p-256', 'exclusive', 'none'],
  ];
  it.each(forms)(
    'signs, with a key of kind %s, SignedInfo in %s and the document in %s, what vouch accepts',
    async (key, signedInfo, document) => {
      const endorser = await makeEndorser(authority, 'signer', { key });
      const bytes = signByXmlsec1(endorser, toTemplate(METHODS[key]!, signedInfo, document));
      const trust = { mode: 'anchors', anchors: [authority.certificate], digest: 'test', bindings: [] } as const;
      const verdict = await verifyEntry(bytes, { profile: 'current', at: NOW, trust }, { xml, crypto: nodeCrypto });
      expect(verdict.findings).toEqual([]);
      expect(verdict.valid).toBe(true);
    },
  );
});
