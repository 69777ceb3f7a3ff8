// Where attacks are made: authorities, people with certificates, descriptions of images that do not exist, and signed entries to spoil.
import { createHash } from 'node:crypto';
import { toIdentifier } from '../dist/entry/identifier.js';
import { fillEndorsement, writeDraft } from '../dist/entry/write-entry.js';
import { readEntrySchemas } from '../dist/platform/entry-schemas.js';
import { issueAuthority, issueCertificate } from '../dist/x509/issue.js';
import { writeName } from '../dist/x509/name.js';
import { openXml } from '../dist/xml/open-xml.js';
import { writeRevocationList } from './revocation-list.mjs';
import { signText } from './signature.mjs';

export const DAY_MS = 86_400_000;

export class Workshop {
  /** Files of the trust directory by name. */
  trust = new Map();
  #people = new Map();
  #listed = new Set();
  /** Statements on authorities that may give any name. */
  #free = [];

  constructor(now, lureUrl) {
    this.now = new Date(Math.floor(now.getTime() / 1000) * 1000);
    /** Somewhere on loopback that nobody may ever connect to. */
    this.lureUrl = lureUrl;
    this.xml = openXml(readEntrySchemas());
    this.runId = createHash('sha256').update(`${now.getTime()} ${lureUrl}`).digest('hex').slice(0, 12);
  }

  /** A moment so many days from now. */
  days(count) {
    return new Date(this.now.getTime() + count * DAY_MS);
  }

  get #usual() {
    return { notBefore: this.days(-30), notAfter: this.days(365) };
  }

  /** An authority: a root that nobody trusts, or one below `changes.issuer`; below a trusted one it has its list and its names. */
  async authority(name, changes = {}) {
    const issued = await issueAuthority({ subject: `CN=${name},O=Attacks`, ...this.#usual, ...changes });
    if (this.#listed.has(changes.issuer)) this.#list(issued, name);
    return issued;
  }

  /**
   * A root that the registry trusts. `namespaces` and `signingPolicy` are the text of files about the names it may give (default: any
   * name; null for no file), `list` is a revocation list in DER, or options of one (default: one that is fresh and empty; null for none).
   */
  async anchor(name, { namespaces, signingPolicy, list, ...changes } = {}) {
    const issued = await this.authority(name, changes);
    const stem = toStem(name);
    this.trust.set(`${stem}.pem`, Buffer.from(issued.certificatePem));
    if (typeof namespaces === 'string') this.trust.set(`${stem}.namespaces`, Buffer.from(namespaces));
    if (signingPolicy !== undefined) this.trust.set(`${stem}.signing_policy`, Buffer.from(signingPolicy));
    this.#list(issued, name, { isFree: namespaces === undefined && signingPolicy === undefined, list });
    return issued;
  }

  /** A second revocation list of an authority, or the first of one that was made without. */
  addList(issued, name, list) {
    this.trust.set(`${toStem(name)}.r0`, this.writeList(issued, list));
  }

  /** The DER of a revocation list that is fresh unless the options say otherwise. */
  writeList(issued, options = {}) {
    return writeRevocationList(issued, { thisUpdate: this.days(-1), nextUpdate: this.days(30), ...options });
  }

  #list(issued, name, { isFree = true, list } = {}) {
    this.#listed.add(issued);
    if (isFree) this.#free.push(`TO Issuer "/O=Attacks/CN=${name}" \\\n  PERMIT Subject ".*"\n`);
    this.trust.set('attacks.namespaces', Buffer.from(this.#free.join('')));
    if (list !== null) this.addList(issued, name, list);
  }

  /** A person with a certificate that vouches for the address `name@example.org`. */
  person(issuer, name, changes = {}) {
    const email = `${name}@example.org`;
    return issueCertificate(issuer, { subject: `CN=${name},O=Attacks`, email, ...this.#usual, ...changes });
  }

  /** The same person again each time: an honest one with a key of that kind, certified by the first authority. */
  async endorser(kind = 'p-256') {
    if (!this.#people.has(kind))
      this.#people.set(kind, this.person(await this.main(), `endorser-${kind}`, { key: kind }));
    return this.#people.get(kind);
  }

  /** The authority of all attacks that need none of their own. */
  main() {
    if (!this.#people.has('main')) this.#people.set('main', this.anchor('Attack CA'));
    return this.#people.get('main');
  }

  describe(seed, changes = {}) {
    const hash = (name) => createHash(name).update(`${this.runId} ${seed}`).digest('hex');
    return {
      identifier: toIdentifier(hash('sha1')),
      sizeBytes: 1_048_576,
      checksums: [
        { algorithm: 'SHA-1', value: hash('sha1') },
        { algorithm: 'SHA-256', value: hash('sha256') },
      ],
      type: 'machine',
      validUntil: this.days(300),
      title: `Attack ${seed}`,
      os: 'debian',
      osArch: 'x86_64',
      locations: [`https://images.example.org/${seed}.qcow2`],
      inboundPorts: [],
      outboundPorts: [],
      icmp: [],
      ...changes,
    };
  }

  /** The text of an entry that only lacks its signature. */
  draft(seed, issued, { description = {}, endorsement = {} } = {}) {
    const { certificate } = issued;
    const filled = fillEndorsement(this.xml, writeDraft(this.describe(seed, description)), {
      createdAt: new Date(this.now.getTime() - 60_000),
      email: certificate.emails[0] ?? 'nobody@example.org',
      subject: writeName(certificate.subject),
      issuers: [writeName(certificate.issuer)],
      ...endorsement,
    });
    return Buffer.from(filled).toString();
  }

  /**
   * A signed entry. `before` changes the text before it is signed and `after` afterwards (each MUST change something); `chain` are
   * certificates to send along, `sign` what signText takes.
   */
  entry(seed, issued, { description, endorsement, before, after, chain = [], sign = {} } = {}) {
    const draft = this.draft(seed, issued, { description, endorsement });
    const text = changed(seed, draft, before);
    const certificates = [issued.der, ...chain.map((one) => one.der ?? one)];
    return changed(seed, signText(this.xml, text, issued, { certificates, ...sign }), after);
  }
}

function toStem(name) {
  return name.replaceAll(' ', '-').toLowerCase();
}

function changed(seed, text, change) {
  if (change === undefined) return text;
  const result = change(text);
  if (result === text) throw new Error(`The change for ${seed} changes nothing.`);
  return result;
}

/** Replaces the first occurrence, without the special meaning of `$`. */
export function swap(from, to) {
  return (text) => text.replace(from, () => to);
}
