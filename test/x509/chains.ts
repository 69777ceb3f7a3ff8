import type { Certificate, Extension } from '../../src/x509/certificate.ts';
import { ANY_POLICY } from '../../src/x509/certificate-policy.ts';
import { TAG } from '../../src/x509/der.ts';
import { EXTENSION } from '../../src/x509/extension.ts';
import { GENERAL_NAME } from '../../src/x509/general-name.ts';
import {
  type AuthorityRequest,
  type CertificateRequest,
  type Issued,
  issueAuthority,
  issueCertificate,
  type KeyKind,
  writeDerName,
} from '../../src/x509/issue.ts';
import { writeDer, writeOid, writeText } from '../../src/x509/write-der.ts';
import { bytes, sequence } from './forge.ts';

/** The time that generated chains are made for. */
export const AT = new Date('2026-06-01T00:00:00Z');
const WINDOW = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };

/** Peculiarities of a generated certificate that may make the two programs disagree; the test says why. */
export type Quirk =
  | 'any purpose'
  | 'client purpose'
  | 'minimum'
  | 'gap in mask'
  | 'userinfo'
  | 'query without path'
  | 'uri without domain'
  | 'mailbox in otherName'
  | 'anchor demands policy'
  | 'anchor purposes';

/** One set of anchors and authorities, with several signers below them. */
export interface Chains {
  readonly signers: readonly { readonly certificate: Certificate; readonly quirks: ReadonlySet<Quirk> }[];
  readonly untrusted: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  readonly story: string;
}

/** Numbers that are the same in every run (xorshift). */
export function dice(seed: number): (sides: number) => number {
  let state = Math.imul(seed, 2654435761) | 1;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

const general = (form: number, text: string): Uint8Array => writeText(form, text);
const directory = (text: string): Uint8Array => writeDer(GENERAL_NAME.directoryName, writeDerName(text));
const address = (...octets: number[]): Uint8Array => writeDer(GENERAL_NAME.ipAddress, bytes(...octets));
const otherName = (oid: string): Uint8Array =>
  writeDer(GENERAL_NAME.otherName, writeOid(oid), writeDer(0xa0, writeText(TAG.utf8String, 'jane@example.org')));
const { email, dns, uri } = GENERAL_NAME;
const six = (first: number, last: number): number[] => [first, ...new Array(14).fill(0), last];

type Choice = readonly [value: Uint8Array, quirk?: Quirk];

/** Alternative names, and bases of constraints, that meet each other often. */
const NAMES: readonly Choice[] = [
  ...['jane@example.org', 'jane@host.example.org', 'JANE@EXAMPLE.ORG', 'jim@example.com', 'jane@notexample.org'].map(
    (text) => [general(email, text)] as const,
  ),
  ...['example.org', 'www.Example.org', 'a.b.example.com', 'notexample.org'].map(
    (text) => [general(dns, text)] as const,
  ),
  ...[
    'http://example.org/x',
    'https://www.example.org:8443',
    'ftp://HOST.example.com/q',
    'ldap://a.b.example.com/',
  ].map((text) => [general(uri, text)] as const),
  [general(uri, 'ftp://HOST.example.com?q'), 'query without path'],
  [general(uri, 'http://jane@www.example.org/'), 'userinfo'],
  [general(uri, 'http://10.1.2.3/'), 'uri without domain'],
  [general(uri, 'urn:example:org'), 'uri without domain'],
  [address(10, 1, 2, 3)],
  [address(192, 168, 7, 1)],
  [address(...six(0x20, 1))],
  [directory('CN=Alias,O=Test')],
  [directory('CN=Alias,O=Elsewhere')],
  [writeDer(GENERAL_NAME.registeredId, writeOid('1.3.6.1.4.1.99999.9').subarray(2))],
  [otherName('1.3.6.1.4.1.99999.8')],
  [otherName('1.3.6.1.5.5.7.8.9'), 'mailbox in otherName'],
];

const BASES: readonly Choice[] = [
  ...['example.org', '.example.org', 'jane@example.org', 'Host.example.org', 'example.com'].map(
    (text) => [general(email, text)] as const,
  ),
  ...['example.org', '.example.org', 'EXAMPLE.com', 'www.example.org', ''].map((text) => [general(dns, text)] as const),
  ...['example.org', '.example.org', 'www.example.org', '.example.com', 'host.example.com'].map(
    (text) => [general(uri, text)] as const,
  ),
  [address(10, 0, 0, 0, 255, 0, 0, 0)],
  [address(192, 168, 0, 0, 255, 255, 128, 0)],
  [address(0, 0, 0, 0, 0, 0, 0, 0)],
  [address(10, 0, 0, 3, 255, 0, 0, 255), 'gap in mask'],
  [address(...six(0x20, 0), ...six(0xff, 0))],
  ...['O=Test', 'o=TEST', 'OU=Unit,O=Test', 'O=Elsewhere', 'O=test  '].map((text) => [directory(text.trim())] as const),
  [writeDer(GENERAL_NAME.registeredId, writeOid('1.3.6.1.4.1.99999.9').subarray(2))],
  [otherName('1.3.6.1.4.1.99999.8')],
];

const POLICIES = [ANY_POLICY, '1.3.6.1.4.1.99999.1', '1.3.6.1.4.1.99999.2', '1.3.6.1.4.1.99999.3'];
const PURPOSES = {
  email: '1.3.6.1.5.5.7.3.4',
  host: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
  any: '2.5.29.37.0',
} as const;

const KEYS: readonly KeyKind[] = ['p-256', 'p-256', 'p-256', 'p-384', 'p-521', 'ed25519', 'rsa-2048', 'rsa-1024'];

/** Makes chains; the keys are made once and used again, for what they are does not matter. */
export class ChainMaker {
  readonly #keys: Issued[] = [];

  /** Must be awaited before chains are made. */
  async prepare(): Promise<void> {
    for (let round = 0; round < 2; round += 1) {
      for (const key of KEYS) this.#keys.push(await issueAuthority({ subject: 'CN=Key', ...WINDOW, key }));
    }
  }

  /** Up to four authorities, cross certificates and loops between them, and `count` signers; all follows from the seed. */
  async make(seed: number, count: number): Promise<Chains> {
    return new Draw(dice(seed), this.#keys).chains(count);
  }
}

class Draw {
  readonly #roll: (sides: number) => number;
  readonly #keys: readonly Issued[];
  readonly #story: string[] = [];

  constructor(roll: (sides: number) => number, keys: readonly Issued[]) {
    this.#roll = roll;
    this.#keys = keys;
  }

  async chains(count: number): Promise<Chains> {
    const shared = new Set<Quirk>();
    const root = await this.#authority('CN=Root,O=Test', undefined, shared);
    const bridge = await this.#authority('CN=Bridge,O=Test', undefined, shared);
    const authorities: Issued[] = [];
    let issuer = root;
    for (let depth = this.#roll(4); depth > 0; depth -= 1) {
      const isAgain = authorities.length > 0 && this.#roll(6) === 0;
      const unit = this.#roll(3) === 0 ? 'OU=Unit,' : '';
      const subject = isAgain
        ? `CN=Step ${authorities.length},O=Test`
        : `CN=Step ${authorities.length + 1},${unit}O=Test`;
      issuer = await this.#authority(subject, issuer, shared);
      authorities.push(issuer);
    }
    const untrusted = authorities.map(({ certificate }) => certificate);
    const twist = this.#roll(10);
    if (twist < 3 && authorities.length > 0) {
      // The same name and key once more, issued by the other root or, which makes a loop, by the last authority.
      const crossed = authorities[this.#roll(authorities.length)]!;
      const by = twist === 0 ? issuer : bridge;
      this.#story.push(twist === 0 ? 'loop' : 'cross certificate');
      const text = crossed.certificate.subject;
      untrusted.push(
        (
          await this.#authority(
            text.rdns
              .map(([one]) => `${KEYWORDS[one!.type]}=${one!.value}`)
              .reverse()
              .join(','),
            by,
            shared,
            crossed,
          )
        ).certificate,
      );
    }
    if (twist === 3 && untrusted.length > 0) {
      this.#story.push('a link is missing');
      untrusted.splice(this.#roll(untrusted.length), 1);
    }
    const trusted = twist === 1 ? [bridge] : twist === 2 ? [bridge, root] : [root];
    const signers: { certificate: Certificate; quirks: ReadonlySet<Quirk> }[] = [];
    for (let one = 0; one < count; one += 1) {
      const quirks = new Set(shared);
      const signedBy = this.#roll(25) === 0 ? bridge : issuer;
      signers.push({ certificate: (await this.#signer(signedBy, quirks)).certificate, quirks });
    }
    return {
      signers,
      untrusted: untrusted.reverse(),
      anchors: trusted.map(({ certificate }) => certificate),
      story: this.#story.join(', ') || 'nothing special',
    };
  }

  #authority(subject: string, issuer: Issued | undefined, quirks: Set<Quirk>, key?: Issued): Promise<Issued> {
    const own: Set<Quirk> = new Set();
    const fault = this.#roll(9) === 0 ? this.#fault(AUTHORITY_FAULTS) : {};
    const extensions = [...(fault.extensions ?? []), ...this.#policies(issuer === undefined, own)];
    if (this.#roll(4) === 0) extensions.push(this.#constraints(own));
    if (this.#roll(14) === 0) {
      this.#story.push('purposes');
      if (issuer === undefined) own.add('anchor purposes');
      extensions.push(this.#purposes(own));
    }
    for (const quirk of own) quirks.add(quirk);
    return issueAuthority({
      subject,
      ...WINDOW,
      ...(issuer === undefined ? {} : { issuer }),
      key: key ?? this.#key(),
      ...fault,
      extensions,
    });
  }

  #signer(issuer: Issued, quirks: Set<Quirk>): Promise<Issued> {
    const fault = this.#roll(8) === 0 ? this.#fault(SIGNER_FAULTS) : {};
    const extensions = [...(fault.extensions ?? [])];
    const names = Array.from({ length: this.#roll(3) }, () => this.#pick(NAMES, quirks));
    if (names.length > 0) extensions.push(toExtension(EXTENSION.subjectAltName, false, sequence(...names)));
    if (this.#roll(3) > 0) extensions.push(this.#certificatePolicies());
    if (this.#roll(6) === 0) extensions.push(this.#purposes(quirks));
    const mail = this.#roll(8) === 0 ? 'E=jane@example.org,' : '';
    const place = this.#roll(8) === 0 ? 'O=Elsewhere' : 'O=Test';
    return issueCertificate(issuer, {
      subject: `${mail}CN=Jane,${place}`,
      ...WINDOW,
      key: this.#key(),
      ...fault,
      extensions,
    });
  }

  /** Weak keys are rare, so that most chains have none. */
  #key(): Issued {
    const key = this.#keys[this.#roll(this.#keys.length)]!;
    if (key.kind === 'rsa-1024' && this.#roll(4) > 0) return this.#keys[0]!;
    return key;
  }

  #fault<T>(faults: readonly T[]): T {
    const index = this.#roll(faults.length);
    this.#story.push(`fault ${index}`);
    return faults[index]!;
  }

  #pick(choices: readonly Choice[], quirks: Set<Quirk>): Uint8Array {
    const [value, quirk] = choices[this.#roll(choices.length)]!;
    if (quirk !== undefined) quirks.add(quirk);
    return value;
  }

  #purposes(quirks: Set<Quirk>): Extension {
    const kind = this.#roll(6);
    if (kind === 4) quirks.add('client purpose');
    if (kind === 5) quirks.add('any purpose');
    const { email: mail, host, client, any } = PURPOSES;
    const purposes = [[mail], [mail, client], [host], [host, mail], [client], [any]][kind]!;
    return toExtension(EXTENSION.extendedKeyUsage, false, sequence(...purposes.map(writeOid)));
  }

  #constraints(quirks: Set<Quirk>): Extension {
    const list = (): Uint8Array[] =>
      Array.from({ length: 1 + this.#roll(3) }, () => {
        const base = this.#pick(BASES, quirks);
        if (this.#roll(40) > 0) return sequence(base);
        quirks.add('minimum');
        return sequence(base, writeDer(0x80, bytes(1)));
      });
    const kind = this.#roll(3);
    this.#story.push('name constraints');
    const permitted = kind !== 1 ? [writeDer(0xa0, ...list())] : [];
    const excluded = kind !== 0 ? [writeDer(0xa1, ...list())] : [];
    return toExtension(EXTENSION.nameConstraints, true, sequence(...permitted, ...excluded));
  }

  #certificatePolicies(): Extension {
    const from = this.#roll(POLICIES.length);
    const policies = POLICIES.slice(from, from + 1 + this.#roll(3)).map((oid) => sequence(writeOid(oid)));
    return toExtension(EXTENSION.certificatePolicies, false, sequence(...policies));
  }

  #policies(isRoot: boolean, quirks: Set<Quirk>): Extension[] {
    const extensions: Extension[] = this.#roll(3) > 0 ? [this.#certificatePolicies()] : [];
    const kind = this.#roll(16);
    if (kind < 3) {
      this.#story.push('policy constraints');
      if (isRoot) quirks.add('anchor demands policy');
      const explicit = kind !== 1 ? [writeDer(0x80, bytes(this.#roll(4)))] : [];
      const mapping = kind !== 0 ? [writeDer(0x81, bytes(this.#roll(3)))] : [];
      extensions.push(toExtension(EXTENSION.policyConstraints, true, sequence(...explicit, ...mapping)));
    }
    if (kind === 3 || kind === 2) {
      if (isRoot) quirks.add('anchor demands policy');
      extensions.push(toExtension(EXTENSION.inhibitAnyPolicy, true, writeDer(TAG.integer, bytes(this.#roll(3)))));
    }
    if (kind === 4 || kind === 0) {
      const pair = sequence(writeOid(POLICIES[1 + this.#roll(3)]!), writeOid(POLICIES[1 + this.#roll(3)]!));
      extensions.push(toExtension(EXTENSION.policyMappings, true, sequence(pair)));
    }
    return extensions;
  }
}

const KEYWORDS: Readonly<Record<string, string>> = { '2.5.4.3': 'CN', '2.5.4.10': 'O', '2.5.4.11': 'OU' };

const toExtension = (oid: string, isCritical: boolean, value: Uint8Array): Extension => ({ oid, isCritical, value });

const UNKNOWN = toExtension('1.3.6.1.4.1.99999.7', true, writeDer(TAG.null));

/** openssl does not count the last second of a validity, and RFC 5280 does; none ends or begins there. */
const DATES = [
  { notAfter: new Date('2026-05-31T23:59:59Z') },
  { notBefore: new Date('2026-06-01T00:00:01Z') },
] as const;

const AUTHORITY_FAULTS: readonly Partial<AuthorityRequest>[] = [
  ...DATES,
  { hash: 'SHA-1' },
  { hash: 'SHA-512' },
  { pathLength: 0 },
  { pathLength: 1 },
  { pathLength: 2 },
  { omit: ['basicConstraints'] },
  { flipCritical: ['basicConstraints'] },
  { keyUsage: ['cRLSign'] },
  { omit: ['keyUsage'] },
  { flipCritical: ['keyUsage'] },
  { extensions: [UNKNOWN] },
  { extensions: [{ ...UNKNOWN, isCritical: false }] },
];

const SIGNER_FAULTS: readonly Partial<CertificateRequest>[] = [
  ...DATES,
  { hash: 'SHA-1' },
  { keyUsage: ['keyEncipherment'] },
  { keyUsage: ['nonRepudiation'] },
  { omit: ['keyUsage'] },
  { omit: ['basicConstraints'] },
  { extensions: [UNKNOWN] },
  { extensions: [{ ...UNKNOWN, isCritical: false }] },
];
