import { beforeAll, describe, expect, test } from 'vitest';
import type { Certificate } from '../../src/x509/certificate.ts';
import { type Issued, issueAuthority, issueCertificate, writeDerName } from '../../src/x509/issue.ts';
import { toNameKey } from '../../src/x509/name.ts';
import { checkNamespaces, type NamePolicy } from '../../src/x509/name-policy.ts';
import { readNamespaces } from '../../src/x509/namespaces.ts';
import { readSigningPolicy } from '../../src/x509/signing-policy.ts';
import { toComparable, writeSlashName } from '../../src/x509/slash-name.ts';

const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const CA = '/C=IT/O=INFN/CN=INFN CA';

let authority: Issued;
let below: Issued;
let jane: Certificate;
let stranger: Certificate;

beforeAll(async () => {
  authority = await issueAuthority({ subject: 'CN=INFN CA,O=INFN,C=IT', ...WINDOW });
  below = await issueAuthority({ subject: 'CN=INFN Users,O=INFN,C=IT', issuer: authority, ...WINDOW });
  jane = (await issueCertificate(authority, { subject: 'CN=Jane,O=INFN,C=IT', ...WINDOW })).certificate;
  stranger = (await issueCertificate(authority, { subject: 'CN=Jane,O=CERN,C=CH', ...WINDOW })).certificate;
});

function policy(
  kind: NamePolicy['kind'],
  text: string,
  owners = [toNameKey(authority.certificate.subject)],
): NamePolicy {
  const statements = kind === 'namespaces' ? readNamespaces(text) : readSigningPolicy(text);
  return { kind, file: `ca.${kind}`, owners, statements };
}

const namespaces = (text: string, owners?: string[]) => policy('namespaces', text, owners);
const signingPolicy = (globs: string, owners?: string[]) =>
  policy(
    'signing_policy',
    `access_id_CA X509 '${CA}'\npos_rights globus CA:sign\ncond_subjects globus '${globs}'\n`,
    owners,
  );

function codes(certificate: Certificate, ...policies: NamePolicy[]): string[] {
  return checkNamespaces([certificate, authority.certificate], policies).map(({ code }) => code);
}

describe('a subject is held against what its authority may name', () => {
  test('and passes where every file permits it', () => {
    const both = [namespaces(`TO Issuer "${CA}" PERMIT Subject "/C=IT/O=INFN/.*"`), signingPolicy('"/C=IT/O=INFN/*"')];
    expect(codes(jane, ...both)).toEqual([]);
    expect(codes(jane, both[0]!)).toEqual([]);
    expect(codes(jane, both[1]!)).toEqual([]);
  });

  test('CP-09: outside the namespaces', () => {
    const policies = [namespaces(`TO Issuer "${CA}" PERMIT Subject "/C=IT/O=INFN/.*"`), signingPolicy('"/C=*"')];
    expect(codes(stranger, ...policies)).toEqual(['namespace']);
  });

  test('CP-10: outside the signing policy only', () => {
    const policies = [namespaces('TO Issuer SELF PERMIT Subject ".*"'), signingPolicy('"/C=IT/*"')];
    expect(codes(stranger, ...policies)).toEqual(['namespace']);
    expect(codes(jane, ...policies)).toEqual([]);
  });

  test('CP-11: with no policy file of its authority', () => {
    expect(codes(jane)).toEqual(['namespace']);
    expect(codes(jane, namespaces(`TO Issuer "${CA}" PERMIT Subject ".*"`, ['another authority']))).toEqual([
      'namespace',
    ]);
  });

  test('CP-12: denied after it was permitted, and before', () => {
    const permit = `TO Issuer "${CA}" PERMIT Subject "/C=IT/.*"`;
    const deny = 'TO Issuer SELF DENY Subject ".*/CN=Jane"';
    expect(codes(jane, namespaces(`${permit}\n${deny}`))).toEqual(['namespace']);
    expect(codes(jane, namespaces(`${deny}\n${permit}`))).toEqual(['namespace']);
    expect(codes(jane, namespaces(permit), namespaces(deny))).toEqual(['namespace']);
  });

  test('CP-13: in any case of ASCII letters', () => {
    expect(codes(jane, namespaces('to issuer "/c=it/o=infn/cn=infn ca" permit subject "/c=it/o=infn/.*"'))).toEqual([]);
    expect(codes(jane, signingPolicy('"/c=it/o=infn/*"'))).toEqual([]);
  });

  test('from its first to its last character', () => {
    expect(codes(jane, namespaces('TO Issuer SELF PERMIT Subject "/C=IT/O=INFN"'))).toEqual(['namespace']);
    expect(codes(jane, namespaces('TO Issuer SELF PERMIT Subject "/O=INFN/.*"'))).toEqual(['namespace']);
    expect(codes(jane, signingPolicy('"/C=IT/O=INFN"'))).toEqual(['namespace']);
  });

  test('and a policy that is not understood permits nothing', () => {
    expect(codes(jane, namespaces('TO Issuer SELF PERMIT Subject ".*"\nOR SO'))).toEqual(['namespace']);
    expect(codes(jane, namespaces('TO Issuer SELF PERMIT Subject ".{1,9}"'), signingPolicy('*'))).toEqual([
      'namespace',
    ]);
  });

  test('a value that looks like further parts of a name passes nothing', async () => {
    const value = 'INFN/CN=Jane';
    const subject = { subject: `O=${value},C=IT`, ...WINDOW };
    const { certificate } = await issueCertificate(authority, subject);
    expect(writeDerName(subject.subject)).toEqual(certificate.subject.der);
    expect(codes(certificate, namespaces('TO Issuer SELF PERMIT Subject ".*"'))).toEqual(['namespace']);
    const host = await issueCertificate(authority, { subject: 'CN=Robot/host.example.org,C=IT', ...WINDOW });
    expect(codes(host.certificate, namespaces('TO Issuer SELF PERMIT Subject "/C=IT/.*"'))).toEqual([]);
  });

  test('an authority may go on under its own name, a signer may not sign under it', async () => {
    const renewed = await issueAuthority({ subject: 'CN=INFN CA,O=INFN,C=IT', issuer: authority, ...WINDOW });
    const { certificate } = await issueCertificate(renewed, { subject: 'CN=Jane,O=INFN,C=IT', ...WINDOW });
    const policies = [namespaces('TO Issuer SELF PERMIT Subject ".*/CN=Jane"')];
    expect(checkNamespaces([certificate, renewed.certificate, authority.certificate], policies)).toEqual([]);
    expect(codes(renewed.certificate, ...policies)).toEqual(['namespace']);
  });
});

describe('an authority below the anchor', () => {
  const chainOf = (leaf: Certificate) => [leaf, below.certificate, authority.certificate];
  const SUB = '/C=IT/O=INFN/CN=INFN Users';
  const root = `TO Issuer "${CA}" PERMIT Subject "${SUB}"`;
  let leaf: Certificate;
  beforeAll(async () => {
    leaf = (await issueCertificate(below, { subject: 'CN=Joe,O=INFN,C=IT', ...WINDOW })).certificate;
  });

  test('may have its own file, or be named in the one above it or in nobody’s', () => {
    const own = namespaces('TO Issuer SELF PERMIT Subject "/C=IT/.*"', [toNameKey(below.certificate.subject)]);
    const named = `TO Issuer "${SUB}" PERMIT Subject "/C=IT/.*"`;
    expect(checkNamespaces(chainOf(leaf), [namespaces(root), own])).toEqual([]);
    expect(checkNamespaces(chainOf(leaf), [namespaces(`${root}\n${named}`)])).toEqual([]);
    expect(checkNamespaces(chainOf(leaf), [namespaces(root), namespaces(named, [])])).toEqual([]);
  });

  test('is refused where nobody says what it may name, or an authority elsewhere does', () => {
    const named = `TO Issuer "${SUB}" PERMIT Subject ".*"`;
    expect(checkNamespaces(chainOf(leaf), [namespaces(root)])).toHaveLength(1);
    expect(checkNamespaces(chainOf(leaf), [namespaces(root), namespaces(named, ['elsewhere'])])).toHaveLength(1);
  });
});

describe('namespaces files', () => {
  const count = (text: string) => readNamespaces(text)?.length;

  test('may be continued, commented, written in several ways', () => {
    expect(count('# note\n#TO Issuer "x" \\\nTO Issuer "/CN=a" \\\n  PERMIT Subject "/.*"\r\n')).toBe(1);
    expect(count(`TO Issuer"/CN=a"PERMIT Subject '"/C=IT/.*"' # more`)).toBe(1);
    expect(
      count('TO Issuer SELF PERMIT Subject "/C=IT/.*" DENY Subject "/C=IT/O=x"\nTO ISSUER self deny SUBJECT "b"'),
    ).toBe(3);
    expect(readNamespaces(`TO Issuer SELF PERMIT Subject '"/CN=#1"'`)?.[0]).toMatchObject({
      issuer: 'self',
      text: '/cn=#1',
    });
    expect(count('')).toBe(0);
  });

  test.each([
    ['an end in the middle', 'TO Issuer "/CN=a" PERMIT'],
    ['an open quotation', 'TO Issuer "/CN=a" PERMIT Subject "/CN=b'],
    ['no quotation', 'TO Issuer /CN=a PERMIT Subject /CN=b'],
    ['another word', 'TO Issuer "/CN=a" ALLOW Subject "/CN=b"'],
    ['a quoted keyword', '"TO" Issuer "/CN=a" PERMIT Subject "/CN=b"'],
    ['an expression of another kind', 'TO Issuer SELF PERMIT Subject "(?=/C=IT).*"'],
    ['a control character', 'TO Issuer SELF PERMIT Subject "\u0000"'],
    ['too many statements', 'TO Issuer SELF PERMIT Subject "/.*"\n'.repeat(1001)],
    ['too many characters', `#${' '.repeat(300_000)}`],
  ])('with %s are not understood', (_, text) => {
    expect(readNamespaces(text)).toBeUndefined();
  });
});

describe('signing policies', () => {
  const block = (subjects: string) =>
    `access_id_CA X509 '${CA}'\npos_rights globus CA:sign\ncond_subjects globus ${subjects}\n`;

  test('may have several blocks and several globs', () => {
    const read = readSigningPolicy(`# EACL\n${block(`'"/C=IT/*" "/C=CH/*"'`)}\n${block(`'/C=F?/*'`)}`);
    expect(read?.map(({ issuer, text }) => [issuer, text])).toEqual([
      ['/c=it/o=infn/cn=infn ca', '/c=it/*'],
      ['/c=it/o=infn/cn=infn ca', '/c=ch/*'],
      ['/c=it/o=infn/cn=infn ca', '/c=f?/*'],
    ]);
    expect(readSigningPolicy(block(`"/C=IT/*"`))).toHaveLength(1);
  });

  test.each([
    ['no right to sign', `access_id_CA X509 'a'\ncond_subjects globus '"b"'`],
    ['another right', `access_id_CA X509 'a'\npos_rights globus CA:read\ncond_subjects globus '"b"'`],
    ['a negative right', `${block(`'"b"'`)}neg_rights globus CA:sign`],
    ['subjects without an authority', `pos_rights globus CA:sign\ncond_subjects globus '"b"'`],
    ['half a line', `access_id_CA X509`],
  ])('with %s are not understood', (_, text) => {
    expect(readSigningPolicy(text)).toBeUndefined();
  });
});

describe('slash names', () => {
  test('are written as grids write them', async () => {
    const written = async (subject: string) =>
      writeSlashName((await issueCertificate(authority, { subject, ...WINDOW })).certificate.subject);
    expect(writeSlashName(jane.subject)).toBe('/C=IT/O=INFN/CN=Jane');
    expect(await written('emailAddress=j@x.org,CN=J,DC=example,DC=org')).toBe(
      '/DC=org/DC=example/CN=J/emailAddress=j@x.org',
    );
    expect(await written('CN=J+UID=7,C=IT')).toBe('/C=IT/CN=J+UID=7');
    expect(await written('1.2.3.4=x,C=IT')).toBe('/C=IT/1.2.3.4=x');
  });

  test('are compared under one spelling', () => {
    expect(toComparable('/C=IT/Email=A@b/USERID=x/S=y')).toBe('/c=it/emailaddress=a@b/uid=x/st=y');
    expect(toComparable('/CN=Andr\\xC3\\xA9')).toBe('/cn=andré');
    expect(toComparable('/CN=\\x2E')).toBe('/cn=\\x2e');
    expect(toComparable('/CN=\u212a')).toBe('/cn=\u212a');
  });
});
