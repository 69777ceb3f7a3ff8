import { beforeAll, describe, expect, test } from 'vitest';
import { nodeCrypto } from '../../src/platform/node-crypto.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import type { Crypto } from '../../src/x509/crypto.ts';
import { TAG } from '../../src/x509/der.ts';
import {
  type CertificateRequest,
  type Issued,
  issueAuthority,
  issueCertificate,
  KEY_PURPOSES,
} from '../../src/x509/issue.ts';
import { type PathRequest, type PathResult, verifyPath } from '../../src/x509/path.ts';
import { readCertificate } from '../../src/x509/read-certificate.ts';
import { writeDer, writeOid } from '../../src/x509/write-der.ts';
import { startClock } from '../clock.ts';
import { forge, forgeSigned, takeApart } from './forge.ts';

const AT = new Date('2026-06-01T00:00:00Z');
const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const PAST = { notBefore: new Date('2025-01-01T00:00:00Z'), notAfter: new Date('2026-01-01T00:00:00Z') };
const FUTURE = { notBefore: new Date('2026-07-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
const NULL = writeDer(TAG.null);

const authority = (subject: string, request: Partial<Parameters<typeof issueAuthority>[0]> = {}): Promise<Issued> =>
  issueAuthority({ subject, ...WINDOW, ...request });
const person = (issuer: Issued | undefined, request: Partial<CertificateRequest> = {}): Promise<Issued> =>
  issueCertificate(issuer, { subject: 'CN=Jane,O=Test', ...WINDOW, ...request });

type Given = Certificate | Issued;
const toCertificate = (given: Given): Certificate => ('certificate' in given ? given.certificate : given);

interface Parts extends Partial<Pick<PathRequest, 'at' | 'crypto' | 'checked'>> {
  anchors?: Given[];
  intermediates?: Given[];
}

function path(signer: Given, { anchors = [root], intermediates = [], ...rest }: Parts = {}): Promise<PathResult> {
  return verifyPath({
    signer: toCertificate(signer),
    intermediates: intermediates.map(toCertificate),
    anchors: anchors.map(toCertificate),
    at: AT,
    crypto: nodeCrypto,
    ...rest,
  });
}

async function codes(signer: Given, parts?: Parts): Promise<string[]> {
  return (await path(signer, parts)).findings.map(({ code }) => code);
}

let root: Issued;
let sub: Issued;
beforeAll(async () => {
  root = await authority('CN=Root,O=Test');
  sub = await authority('CN=Sub,O=Test', { issuer: root });
});

describe('a path that holds', () => {
  test('leads from the signer over an intermediate to the anchor', async () => {
    const jane = await person(sub);
    const { findings, chain } = await path(jane, { intermediates: [sub] });
    expect(findings).toEqual([]);
    expect(chain).toEqual([jane.certificate, sub.certificate, root.certificate]);
  });

  test('ends at the first anchor, be it no root', async () => {
    const jane = await person(sub);
    const { findings, chain } = await path(jane, { anchors: [sub, root] });
    expect(findings).toEqual([]);
    expect(chain).toHaveLength(2);
  });

  test.each(['rsa-2048', 'p-384', 'p-521', 'ed25519'] as const)('may have keys of the kind %s', async (key) => {
    const anchor = await authority('CN=Other Root', { key });
    const jane = await person(anchor, { key: anchor });
    expect(await codes(jane, { anchors: [anchor] })).toEqual([]);
    if (key !== 'rsa-2048') return;
    const padded = await person(anchor, { isPss: true, hash: 'SHA-512' });
    expect(padded.certificate.signature.oid).toBe('1.2.840.113549.1.1.10');
    expect(await codes(padded, { anchors: [anchor] })).toEqual([]);
  });

  test('holds on the first and on the last second, and not outside', async () => {
    const jane = await person(root);
    const second = 1000;
    expect(await codes(jane, { at: WINDOW.notBefore })).toEqual([]);
    expect(await codes(jane, { at: WINDOW.notAfter })).toEqual([]);
    expect(await codes(jane, { at: new Date(WINDOW.notBefore.getTime() - second) })).toEqual([
      'not-yet-valid',
      'not-yet-valid',
    ]);
    expect(await codes(jane, { at: new Date(WINDOW.notAfter.getTime() + second) })).toEqual(['expired', 'expired']);
  });

  test('may have the signer itself as anchor', async () => {
    const jane = await person(undefined);
    const { findings, chain } = await path(jane, { anchors: [jane] });
    expect(findings).toEqual([]);
    expect(chain).toEqual([jane.certificate]);
  });

  test('may have an anchor whose own signature is worth nothing', async () => {
    const old = await authority('CN=Old Root', { key: 'rsa-2048', hash: 'SHA-1' });
    expect(old.certificate.signature.oid).toBe('1.2.840.113549.1.1.5');
    expect(await codes(await person(old), { anchors: [old] })).toEqual([]);
  });

  test('may pass issuers whose names differ in string type and case', async () => {
    const loud = await authority('CN=SUB,O=TEST', { issuer: root, key: sub });
    const jane = await person(sub);
    expect(await codes(jane, { intermediates: [loud] })).toEqual([]);
  });
});

describe('trust comes from the anchors only', () => {
  test('KI-03: a certificate with the names of another, made by its owner', async () => {
    const forgedRoot = await authority('CN=Root,O=Test');
    const forged = await person(forgedRoot);
    expect(await codes(forged)).toEqual(['no-anchor', 'cert-sig']);
  });

  test('KI-04: the root that the signer brought along', async () => {
    const own = await authority('CN=Own Root');
    const { findings, chain } = await path(await person(own), { intermediates: [own] });
    expect(findings.map(({ code }) => code)).toEqual(['no-anchor']);
    expect(findings[0]!.message).toContain('"CN=Own Root"');
    expect(chain).toHaveLength(2);
  });

  test('an anchor with the same name and key, but other octets, is another certificate', async () => {
    const again = await authority('CN=Root,O=Test', { key: root });
    expect(await codes(again, { anchors: [root] })).toEqual(['self-signed', 'ku-signer']);
  });

  test('a certificate that signed itself', async () => {
    const jane = await person(undefined);
    const { findings } = await path(jane);
    expect(findings.map(({ code }) => code)).toEqual(['self-signed']);
    expect(findings[0]!.message).toContain('"CN=Jane,O=Test"');
  });

  test('the missing link is named', async () => {
    const { findings } = await path(await person(sub));
    expect(findings.map(({ code }) => code)).toEqual(['no-anchor']);
    expect(findings[0]!.message).toContain('"CN=Jane,O=Test"');
  });

  test('nothing is trusted where there are no anchors', async () => {
    expect(await codes(await person(sub), { anchors: [], intermediates: [sub, root] })).toEqual(['no-anchor']);
  });

  test('a signature by the right key under another name', async () => {
    const renamed = await authority('CN=Renamed,O=Test', { key: sub, issuer: root });
    expect(await codes(await person(renamed), { intermediates: [sub] })).toEqual(['no-anchor', 'name-chain']);
  });

  test('a changed octet in the signed part or the signature', async () => {
    const jane = await person(root);
    for (const at of [jane.der.length - 1, Buffer.from(jane.der).indexOf('Jane')]) {
      const changed = jane.der.slice();
      changed[at]! ^= 1;
      const reading = readCertificate(changed);
      if (!reading.ok) throw new Error('The change made the certificate unreadable.');
      expect(await codes(reading.certificate)).toEqual(['no-anchor', 'cert-sig']);
    }
  });
});

describe('every certificate is judged', () => {
  /** The codes with the subject that each message names. */
  async function judged(signer: Given, parts?: Parts): Promise<string[]> {
    const { findings } = await path(signer, parts);
    return findings.map(({ code, message }) => `${code} ${/"([^"]*)"/.exec(message)?.[1] ?? 'signer'}`);
  }

  test('CP-07: expired and not yet valid, wherever they are', async () => {
    expect(await judged(await person(root, PAST))).toEqual(['expired CN=Jane,O=Test']);
    expect(await judged(await person(root, FUTURE))).toEqual(['not-yet-valid CN=Jane,O=Test']);
    const oldSub = await authority('CN=Old Sub', { ...PAST, issuer: root });
    expect(await judged(await person(oldSub), { intermediates: [oldSub] })).toEqual(['expired CN=Old Sub']);
    const oldRoot = await authority('CN=Old Root', PAST);
    expect(await judged(await person(oldRoot), { anchors: [oldRoot] })).toEqual(['expired CN=Old Root']);
  });

  test('CP-01: pathLen:0 exceeded', async () => {
    const tight = await authority('CN=Tight', { issuer: root, pathLength: 0 });
    const below = await authority('CN=Below', { issuer: tight });
    expect(await judged(await person(tight), { intermediates: [tight] })).toEqual([]);
    expect(await judged(await person(below), { intermediates: [tight, below] })).toEqual(['pathlen CN=Tight']);
  });

  test('a self-issued certificate does not lengthen a path', async () => {
    const tight = await authority('CN=Tight', { issuer: root, pathLength: 0 });
    const rolled = await authority('CN=Tight', { issuer: tight });
    expect(await judged(await person(rolled), { intermediates: [tight, rolled] })).toEqual([]);
  });

  test('CP-02, CP-03: an unknown critical extension', async () => {
    const extensions = [{ oid: '1.3.6.1.4.1.99999.1', isCritical: true, value: NULL }];
    expect(await judged(await person(root, { extensions }))).toEqual(['critical-ext CN=Jane,O=Test']);
    const odd = await authority('CN=Odd', { issuer: root, extensions });
    expect(await judged(await person(odd), { intermediates: [odd] })).toEqual(['critical-ext CN=Odd']);
    const oddRoot = await authority('CN=Odd Root', { extensions });
    expect(await judged(await person(oddRoot), { anchors: [oddRoot] })).toEqual(['critical-ext CN=Odd Root']);
    const harmless = extensions.map((one) => ({ ...one, isCritical: false }));
    expect(await judged(await person(root, { extensions: harmless }))).toEqual([]);
  });

  test('CP-04: a personal certificate as issuer', async () => {
    const jim = await person(root, { subject: 'CN=Jim' });
    expect(await judged(await person(jim), { intermediates: [jim] })).toEqual(['not-ca CN=Jim', 'ku-ca CN=Jim']);
  });

  test('CP-05: an authority that may not sign certificates', async () => {
    for (const request of [{ keyUsage: ['cRLSign'] as const }, { omit: ['keyUsage'] as const }]) {
      const weak = await authority('CN=Weak', { issuer: root, ...request });
      expect(await judged(await person(weak), { intermediates: [weak] })).toEqual(['ku-ca CN=Weak']);
    }
  });

  test('CP-06: basic constraints that are missing or not critical', async () => {
    for (const request of [{ flipCritical: ['basicConstraints'] as const }, { omit: ['basicConstraints'] as const }]) {
      const loose = await authority('CN=Loose', { issuer: root, ...request });
      expect(await judged(await person(loose), { intermediates: [loose] })).toEqual(['not-ca CN=Loose']);
    }
  });

  test('CP-08: weak keys and weak signatures', async () => {
    expect(await judged(await person(root, { key: 'rsa-1024' }))).toEqual(['weak-alg CN=Jane,O=Test']);
    const anchor = await authority('CN=RSA Root', { key: 'rsa-2048' });
    const sha1 = await authority('CN=SHA-1 Sub', { issuer: anchor, hash: 'SHA-1' });
    expect(await judged(await person(sha1), { anchors: [anchor], intermediates: [sha1] })).toEqual([
      'weak-alg CN=SHA-1 Sub',
    ]);
    const small = await authority('CN=Small Root', { key: 'rsa-1024' });
    expect(await judged(await person(small), { anchors: [small] })).toEqual(['weak-alg CN=Small Root']);
  });

  test('name and policy constraints are not passed over', async () => {
    const constrained = (oid: string, isCritical: boolean): Promise<Issued> =>
      authority('CN=Bound', { issuer: root, extensions: [{ oid, isCritical, value: writeDer(TAG.sequence) }] });
    for (const [oid, isCritical, code] of [
      ['2.5.29.30', true, 'nc'],
      ['2.5.29.30', false, 'nc'],
      ['2.5.29.36', true, 'policy'],
      ['2.5.29.36', false, 'policy'],
      ['2.5.29.54', true, 'policy'],
      ['2.5.29.33', true, 'policy'],
    ] as const) {
      const bound = await constrained(oid, isCritical);
      expect(await judged(await person(bound), { intermediates: [bound] }), oid).toEqual([`${code} CN=Bound`]);
    }
  });

  test('old versions and serial 0 are refused, but an anchor may have serial 0', async () => {
    const serial = writeDer(TAG.integer, Uint8Array.of(0));
    const zero = forgeSigned(root, { ...takeApart(root), serial });
    expect(await judged(await person(root), { anchors: [zero] })).toEqual([]);
    const jane = forgeSigned(root, { ...takeApart(await person(root)), serial });
    expect(await judged(jane)).toEqual(['cert-format CN=Jane,O=Test']);
    const reading = readCertificate(forge({ version: new Uint8Array() }));
    if (!reading.ok) throw new Error('The certificate cannot be read.');
    expect(await codes(reading.certificate)).toEqual(['no-anchor', 'cert-format']);
  });

  test('everything that is wrong is said', async () => {
    const bad = await authority('CN=Bad', {
      ...PAST,
      issuer: root,
      keyUsage: ['cRLSign'],
      flipCritical: ['basicConstraints'],
    });
    const jane = await person(bad, {
      ...FUTURE,
      key: 'rsa-1024',
      keyUsage: ['keyEncipherment'],
      purposes: ['serverAuth'],
    });
    expect(await judged(jane, { intermediates: [bad] })).toEqual([
      'not-yet-valid CN=Jane,O=Test',
      'weak-alg CN=Jane,O=Test',
      'ku-signer signer',
      'eku signer',
      'expired CN=Bad',
      'not-ca CN=Bad',
      'ku-ca CN=Bad',
    ]);
  });

  test('a subject cannot put control characters into a message', async () => {
    const jane = await person(root, { ...PAST, subject: 'CN=\\1b[2JJane\\0a' });
    const { findings } = await path(jane);
    expect(findings[0]!.message).toContain('"CN=\ufffd[2JJane\ufffd"');
  });
});

describe('the signer', () => {
  test('CP-15: is no proxy of any generation', async () => {
    const jane = await person(root);
    const proxyCertInfo = writeDer(TAG.sequence, writeDer(TAG.sequence, Uint8Array.of(6, 1, 42)));
    const proxies = [
      {
        subject: 'CN=12345,CN=Jane,O=Test',
        extensions: [{ oid: '1.3.6.1.5.5.7.1.14', isCritical: true, value: proxyCertInfo }],
      },
      {
        subject: 'CN=12345,CN=Jane,O=Test',
        extensions: [{ oid: '1.3.6.1.4.1.3536.1.222', isCritical: true, value: proxyCertInfo }],
      },
      { subject: 'CN=proxy,CN=Jane,O=Test' },
      { subject: 'CN=limited proxy,CN=Jane,O=Test' },
    ];
    for (const request of proxies) {
      const { findings } = await path(await person(jane, request), { intermediates: [jane] });
      expect(findings.map(({ code }) => code)).toEqual(['proxy-signer']);
      expect(findings[0]!.message).toContain('Sign with the user certificate');
    }
    expect(await codes(await person(root, { subject: 'CN=proxy,O=Test' }))).toEqual([]);
  });

  test('a proxy that calls itself an authority does not hide that a person issued it', async () => {
    const jim = await person(root, { subject: 'CN=Jim,O=Test' });
    const value = writeDer(TAG.sequence, writeDer(TAG.sequence, Uint8Array.of(6, 1, 42)));
    for (const request of [
      { subject: 'CN=Mine', extensions: [{ oid: '1.3.6.1.5.5.7.1.14', isCritical: true, value }] },
      { subject: 'CN=proxy,CN=Jim,O=Test' },
    ]) {
      const mine = await authority(request.subject, { ...request, issuer: jim });
      expect(await codes(await person(mine), { intermediates: [jim, mine] })).toEqual([
        'proxy-signer',
        'not-ca',
        'ku-ca',
      ]);
    }
  });

  test('is not issued by an authority for hosts', async () => {
    const hosts = (purpose: 'serverAuth' | 'clientAuth') => writeDer(TAG.sequence, writeOid(KEY_PURPOSES[purpose]));
    for (const [purpose, expected] of [
      ['serverAuth', ['eku']],
      ['clientAuth', []],
    ] as const) {
      const extensions = [{ oid: '2.5.29.37', isCritical: false, value: hosts(purpose) }];
      const limited = await authority('CN=Hosts', { issuer: root, extensions });
      expect(await codes(await person(limited), { intermediates: [limited] })).toEqual(expected);
    }
  });

  test('CP-16: is no host', async () => {
    expect(await codes(await person(root, { purposes: ['serverAuth'] }))).toEqual(['eku']);
    expect(await codes(await person(root, { purposes: ['timeStamping'] }))).toEqual(['eku']);
    for (const purpose of ['clientAuth', 'emailProtection', 'codeSigning'] as const) {
      expect(await codes(await person(root, { purposes: ['serverAuth', purpose] }))).toEqual([]);
    }
  });

  test('is no authority', async () => {
    expect(await codes(sub)).toEqual(['ku-signer']);
  });

  test('has a key that may sign, or says nothing about it', async () => {
    expect(await codes(await person(root, { keyUsage: ['keyEncipherment'] }))).toEqual(['ku-signer']);
    expect(await codes(await person(root, { keyUsage: ['nonRepudiation', 'decipherOnly'] }))).toEqual([]);
    expect(await codes(await person(root, { omit: ['keyUsage', 'basicConstraints'] }))).toEqual([]);
  });
});

describe('alternative issuers', () => {
  /** Every order of a few certificates. */
  function orders<T>(list: readonly T[]): T[][] {
    return list.length < 2
      ? [[...list]]
      : list.flatMap((one, at) => orders(list.toSpliced(at, 1)).map((rest) => [one, ...rest]));
  }

  test('are tried in any order until one path holds', async () => {
    const expired = await authority('CN=Sub,O=Test', { ...PAST, issuer: root, key: sub });
    const other = await authority('CN=Other Root');
    const cross = await authority('CN=Sub,O=Test', { issuer: other, key: sub });
    const namesake = await authority('CN=Sub,O=Test', { issuer: root });
    const jane = await person(sub);
    for (const intermediates of orders([expired, cross, namesake, sub])) {
      const { findings, chain } = await path(jane, { intermediates });
      expect(findings).toEqual([]);
      expect(chain[1]).toBe(sub.certificate);
    }
  });

  test('give the same findings in any order where none holds', async () => {
    const expired = await authority('CN=Sub,O=Test', { ...PAST, issuer: root, key: sub });
    const loose = await authority('CN=Sub,O=Test', { ...FUTURE, issuer: root, key: sub, omit: ['keyUsage'] });
    const lost = await authority('CN=Sub,O=Test', { issuer: await authority('CN=Lost'), key: sub });
    const jane = await person(sub);
    const results = await Promise.all(
      orders([expired, loose, lost]).map((intermediates) => path(jane, { intermediates })),
    );
    for (const { findings, chain } of results) {
      expect(findings.map(({ code }) => code)).toEqual(['expired']);
      expect(chain).toEqual(results[0]!.chain);
    }
  });

  test('are found through a bridge between two roots, with loops in between', async () => {
    const far = await authority('CN=Far');
    const bridge = await authority('CN=Bridge');
    const pairs: [Issued, Issued][] = [
      [far, bridge],
      [bridge, far],
      [root, bridge],
      [bridge, root],
    ];
    const crosses = await Promise.all(
      pairs.map(([by, of]) => issueAuthority({ subject: subjectOf(of), ...WINDOW, issuer: by, key: of })),
    );
    const { findings, chain } = await path(await person(far), { intermediates: [far, bridge, ...crosses] });
    expect(findings).toEqual([]);
    expect(chain).toHaveLength(4);
  });

  function subjectOf({ certificate }: Issued): string {
    return certificate.subject.rdns
      .map((rdn) => `CN=${rdn[0]!.value}`)
      .join(',')
      .replace('CN=Test,CN=Root', 'CN=Root,O=Test');
  }

  test('a path of six certificates is followed, one of seven is not', async () => {
    const ladder = [root];
    for (let step = 1; step <= 5; step += 1)
      ladder.push(await authority(`CN=Step ${step}`, { issuer: ladder.at(-1)! }));
    const long = await path(await person(ladder[4]), { intermediates: ladder });
    expect(long.findings).toEqual([]);
    expect(long.chain).toHaveLength(6);
    expect(await codes(await person(ladder[5]), { intermediates: ladder })).toEqual(['no-anchor', 'path-limit']);
  });

  test('CP-17: 200 issuers of the same name, or all of each other, end in time', async () => {
    const many = await Promise.all(Array.from({ length: 200 }, () => authority('CN=Crowd')));
    let checks = 0;
    const counting: Crypto = {
      ...nodeCrypto,
      verify(...args) {
        checks += 1;
        return nodeCrypto.verify(...args);
      },
    };
    const spent = startClock();
    expect(await codes(await person(await authority('CN=Crowd')), { intermediates: many, crypto: counting })).toContain(
      'path-limit',
    );
    expect(spent()).toBeLessThan(500);
    expect(checks).toBeLessThanOrEqual(100);

    const names = ['CN=A', 'CN=B', 'CN=C', 'CN=D', 'CN=E', 'CN=F', 'CN=G'];
    const keys = await Promise.all(names.map((name) => authority(name)));
    const web = await Promise.all(
      keys.flatMap((by) =>
        keys.map((of, at) => issueAuthority({ subject: names[at]!, ...WINDOW, issuer: by, key: of })),
      ),
    );
    checks = 0;
    const spentAgain = startClock();
    expect(await codes(await person(keys[0]), { intermediates: web, crypto: counting })).toContain('path-limit');
    expect(spentAgain()).toBeLessThan(500);
    expect(checks).toBeLessThanOrEqual(100);
  });
});

test('what the caller remembers is not checked again, and cannot be mistaken for something else', async () => {
  const jane = await person(sub);
  const checked = new Map<string, boolean>();
  let checks = 0;
  const counting: Crypto = {
    ...nodeCrypto,
    verify(...args) {
      checks += 1;
      return nodeCrypto.verify(...args);
    },
  };
  const parts = { intermediates: [sub], crypto: counting, checked };
  expect(await codes(jane, parts)).toEqual([]);
  expect(await codes(jane, parts)).toEqual([]);
  expect(checks).toBe(2);
  const forged = await person(await authority('CN=Sub,O=Test'));
  expect(await codes(forged, parts)).toEqual(['no-anchor', 'cert-sig']);
  expect(checks).toBe(3);
});
