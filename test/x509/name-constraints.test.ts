import { beforeAll, describe, expect, test } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import { TAG } from '../../src/x509/der.ts';
import { EXTENSION } from '../../src/x509/extension.ts';
import { GENERAL_NAME } from '../../src/x509/general-name.ts';
import {
  type CertificateRequest,
  type Issued,
  issueAuthority,
  issueCertificate,
  writeDerName,
} from '../../src/x509/issue.ts';
import { verifyPath } from '../../src/x509/path.ts';
import { writeDer, writeOid, writeText } from '../../src/x509/write-der.ts';
import { bytes, sequence } from './forge.ts';

const AT = new Date('2026-06-01T00:00:00Z');
const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };

const { email, dns, uri, ipAddress, directoryName, registeredId, otherName } = GENERAL_NAME;
const text = (form: number, value: string): Uint8Array => writeText(form, value);
const address = (...octets: number[]): Uint8Array => writeDer(ipAddress, bytes(...octets));
const six = (first: number, last: number): number[] => [first, ...new Array(14).fill(0), last];
const directory = (value: string): Uint8Array => writeDer(directoryName, writeDerName(value));
const mailbox = writeDer(
  otherName,
  writeOid('1.3.6.1.5.5.7.8.9'),
  writeDer(0xa0, writeText(TAG.utf8String, 'jäne@example.org')),
);

const subtrees = (tag: number, ...bases: Uint8Array[]): Uint8Array =>
  writeDer(tag, ...bases.map((base) => sequence(base)));
const permitted = (...bases: Uint8Array[]): Uint8Array => subtrees(0xa0, ...bases);
const excluded = (...bases: Uint8Array[]): Uint8Array => subtrees(0xa1, ...bases);

let root: Issued;
beforeAll(async () => {
  root = await issueAuthority({ subject: 'CN=Root,O=Test', ...WINDOW });
});

function bound(
  value: Uint8Array,
  { issuer = root, isCritical = true, subject = 'CN=Bound,O=Test' } = {},
): Promise<Issued> {
  const extensions = [{ oid: EXTENSION.nameConstraints, isCritical, value: sequence(value) }];
  return issueAuthority({ subject, ...WINDOW, issuer, extensions });
}

function person(issuer: Issued, names: Uint8Array[] = [], request: Partial<CertificateRequest> = {}): Promise<Issued> {
  const extensions = [{ oid: EXTENSION.subjectAltName, isCritical: false, value: sequence(...names) }];
  const all = { subject: 'CN=Jane,O=Test', ...WINDOW, ...(names.length > 0 ? { extensions } : {}), ...request };
  return issueCertificate(issuer, all);
}

async function judge(signer: Issued, ...authorities: Issued[]): Promise<{ codes: string[]; messages: string[] }> {
  const intermediates = authorities.map(({ certificate }) => certificate);
  const request = {
    signer: signer.certificate,
    intermediates,
    anchors: [root.certificate],
    at: AT,
    crypto: nodeCrypto,
  };
  const { findings } = await verifyPath(request);
  return { codes: findings.map(({ code }) => code), messages: findings.map(({ message }) => message) };
}

/** Base, names in its subtree, and names outside. */
const WITHIN: readonly [base: Uint8Array, inside: readonly Uint8Array[], outside: readonly Uint8Array[]][] = [
  [
    text(email, 'example.org'),
    ['a@example.org', 'a@EXAMPLE.org'].map((name) => text(email, name)),
    ['a@x.example.org', 'a@notexample.org', 'example.org@a.com'].map((name) => text(email, name)),
  ],
  [
    text(email, '.example.org'),
    [text(email, 'a@x.example.org')],
    ['a@example.org', 'a@notexample.org'].map((name) => text(email, name)),
  ],
  [
    text(email, 'Jane@example.org'),
    [text(email, 'Jane@Example.ORG')],
    ['jane@example.org', 'b@example.org'].map((name) => text(email, name)),
  ],
  [
    text(dns, 'example.org'),
    ['example.org', 'a.b.EXAMPLE.org', '*.example.org'].map((name) => text(dns, name)),
    ['notexample.org', 'example.org.evil.com', 'org'].map((name) => text(dns, name)),
  ],
  [text(dns, '.example.org'), [text(dns, 'a.example.org')], [text(dns, 'example.org')]],
  [text(dns, ''), [text(dns, 'anything')], []],
  [
    text(uri, 'example.org'),
    ['http://example.org', 'http://a:b@example.org:80/x?y#z', 'x+y://EXAMPLE.org?q'].map((name) => text(uri, name)),
    ['http://a.example.org/', 'http://evil.com/example.org', 'http://example.org@evil.com/'].map((name) =>
      text(uri, name),
    ),
  ],
  [text(uri, '.example.org'), [text(uri, 'http://a.example.org/')], [text(uri, 'http://example.org/')]],
  [address(10, 1, 0, 0, 255, 255, 0, 0), [address(10, 1, 200, 3)], [address(10, 2, 0, 1), address(...six(10, 1))]],
  [
    address(...six(0x20, 0), ...six(0xff, 0)),
    [address(...six(0x20, 9))],
    [address(...six(0x21, 9)), address(32, 0, 0, 9)],
  ],
  [
    directory('OU=Unit,O=Test'),
    [directory('CN=A,OU=unit,O=TEST'), directory('OU=Unit,O=Test')],
    [directory('CN=A,O=Test'), directory('OU=Unit,O=Test,C=EU')],
  ],
];

describe('a name constraint', () => {
  test.each(WITHIN.map((row, index) => [index, ...row] as const))(
    'row %i permits what is in the subtree and excludes it',
    async (_, base, inside, outside) => {
      // The subject is a name too; where directory names are constrained it must not be what decides.
      const subject = directory('CN=Jane,O=Test');
      const isDirectory = base[0] === directoryName;
      const allowing = await bound(permitted(base, ...(isDirectory ? [subject] : [])));
      const forbidding = await bound(excluded(base));
      for (const name of inside) {
        expect((await judge(await person(allowing, [name]), allowing)).codes).toEqual([]);
        expect((await judge(await person(forbidding, [name]), forbidding)).codes).toEqual(['nc']);
      }
      for (const name of outside) {
        expect((await judge(await person(allowing, [name]), allowing)).codes).toEqual(['nc']);
        // Neither inside nor unreadable.
        expect((await judge(await person(forbidding, [name]), forbidding)).codes).toEqual([]);
      }
    },
  );

  test('says nothing about other forms of names', async () => {
    const only = await bound(permitted(text(dns, 'example.org')));
    expect((await judge(await person(only, [text(email, 'a@evil.com'), address(1, 2, 3, 4)]), only)).codes).toEqual([]);
  });

  test('holds for the subject and its e-mail address', async () => {
    const narrow = await bound(permitted(directory('O=Test'), text(email, 'example.org')));
    expect((await judge(await person(narrow), narrow)).codes).toEqual([]);
    for (const subject of ['CN=Jane,O=Other', 'E=jane@evil.org,CN=Jane,O=Test', 'E=jane,CN=Jane,O=Test']) {
      const { codes, messages } = await judge(await person(narrow, [], { subject }), narrow);
      expect(codes).toEqual(['nc']);
      expect(messages[0]).toContain('"CN=Bound,O=Test"');
    }
  });

  test('of every authority above holds, critical or not', async () => {
    const upper = await bound(permitted(text(email, 'example.org')), { isCritical: false });
    const lower = await bound(permitted(text(email, 'host.example.org'), text(email, 'example.org')), {
      issuer: upper,
      subject: 'CN=Lower,O=Test',
    });
    expect((await judge(await person(lower, [text(email, 'a@example.org')]), upper, lower)).codes).toEqual([]);
    expect((await judge(await person(lower, [text(email, 'a@host.example.org')]), upper, lower)).codes).toEqual(['nc']);
  });

  test('of an anchor holds as well', async () => {
    const value = sequence(excluded(directory('O=Test')));
    const extensions = [{ oid: EXTENSION.nameConstraints, isCritical: true, value }];
    const anchor = await issueAuthority({ subject: 'CN=Own', ...WINDOW, extensions });
    const signer = (await person(anchor)).certificate;
    const request = { signer, intermediates: [], anchors: [anchor.certificate], at: AT, crypto: nodeCrypto };
    expect((await verifyPath(request)).findings.map(({ code }) => code)).toEqual(['nc']);
  });

  test('does not concern a self-issued authority, but a self-issued signer', async () => {
    const narrow = await bound(permitted(directory('O=Elsewhere')));
    const again = await issueAuthority({ subject: 'CN=Bound,O=Test', ...WINDOW, issuer: narrow });
    const elsewhere = await person(again, [], { subject: 'CN=Jane,O=Elsewhere' });
    expect((await judge(elsewhere, narrow, again)).codes).toEqual([]);
    const same = await person(narrow, [], { subject: 'CN=Bound,O=Test' });
    expect((await judge(same, narrow)).codes).toEqual(['nc']);
  });

  test('that cannot be compared refuses the names it concerns, and only those', async () => {
    const odd = await bound(permitted(writeDer(registeredId, bytes(42, 3))));
    expect((await judge(await person(odd, [text(email, 'a@b.org')]), odd)).codes).toEqual([]);
    expect((await judge(await person(odd, [writeDer(registeredId, bytes(42, 3, 4))]), odd)).codes).toEqual(['nc']);
  });

  test('refuses names that cannot be read', async () => {
    const cases: [Uint8Array, Uint8Array[]][] = [
      [text(email, 'example.org'), [text(email, '"a@b"@example.org'), text(email, 'example.org'), mailbox]],
      [text(dns, 'example.org'), [text(dns, 'a..example.org'), text(dns, '.example.org'), text(dns, 'example.org.')]],
      [
        text(uri, 'example.org'),
        ['urn:a', 'http://10.1.2.3/', 'http://[::1]/', 'http://a\\example.org', 'mailto:a@example.org'].map((name) =>
          text(uri, name),
        ),
      ],
      [address(0, 0, 0, 0, 0, 0, 0, 0), [address(1, 2, 3)]],
    ];
    for (const [base, names] of cases) {
      for (const list of [permitted(base), excluded(base)]) {
        const authority = await bound(list);
        for (const name of names)
          expect((await judge(await person(authority, [name]), authority)).codes).toEqual(['nc']);
      }
    }
  });

  test.each([
    ['empty', sequence()],
    ['an empty list', sequence(writeDer(0xa0))],
    ['a minimum', sequence(writeDer(0xa0, sequence(text(dns, 'a.org'), writeDer(0x80, bytes(1)))))],
    ['a maximum', sequence(writeDer(0xa0, sequence(text(dns, 'a.org'), writeDer(0x81, bytes(1)))))],
    ['a mask with gaps', sequence(permitted(address(1, 2, 3, 4, 255, 0, 255, 0)))],
    ['an address without mask', sequence(permitted(address(1, 2, 3, 4)))],
    ['a domain that is none', sequence(permitted(text(email, 'a b')))],
    ['trailing bytes', new Uint8Array([...sequence(permitted(text(dns, 'a.org'))), 0])],
    ['no sequence', writeDer(TAG.null)],
  ])('that cannot be read (%s) refuses the path and names the authority', async (_, value) => {
    const extensions = [{ oid: EXTENSION.nameConstraints, isCritical: false, value }];
    const odd = await issueAuthority({ subject: 'CN=Odd', ...WINDOW, issuer: root, extensions });
    const { codes, messages } = await judge(await person(odd), odd);
    expect(codes).toEqual(['nc']);
    expect(messages[0]).toContain('"CN=Odd"');
  });

  test('does not keep anyone busy', async () => {
    const bases = Array.from({ length: 600 }, (_, index) => text(dns, `a${index}.org`));
    const names = Array.from({ length: 600 }, (_, index) => text(dns, `b${index}.com`));
    const wide = await bound(excluded(...bases));
    const { codes, messages } = await judge(await person(wide, names), wide);
    expect(codes).toEqual(['nc']);
    expect(messages[0]).toContain('too many names');
    const few = await person(wide, names.slice(0, 10));
    expect((await judge(few, wide)).codes).toEqual([]);
  });
});
