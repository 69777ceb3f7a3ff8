import type { Description } from '../entry/entry.ts';
import { type Amendment, writeDraft } from '../entry/write-entry.ts';
import { type Finding, VouchError } from '../errors.ts';
import { endorse, refuseProxy, type Validity } from '../sign/endorse.ts';
import { findKeyBlock, isKeyEncrypted } from '../sign/key-block.ts';
import { orderChain } from '../sign/order-chain.ts';
import { readPemKey } from '../sign/pem-key.ts';
import { type Credential, isPkcs12, isPkcs12Locked, readPkcs12Credential } from '../sign/pkcs12.ts';
import type { World } from '../verify/conditions.ts';
import { readSigner } from '../verify/signer.ts';
import type { Profile } from '../verify/verdict.ts';
import { verifyEntry } from '../verify/verify-entry.ts';
import { TAG } from '../x509/der.ts';
import { writeName } from '../x509/name.ts';
import { isEqual } from '../x509/octets.ts';
import { readPem } from '../x509/pem.ts';
import { defaultScheme } from '../x509/scheme.ts';
import { readCertificates } from '../x509/trust.ts';
import { webKeyFiles } from './web-key-files.ts';

/** What a page asks of the worker that holds the endorser's key. */
export type EndorsingRequest =
  | {
      readonly act: 'load';
      /** A PKCS #12 file, or certificate and key as PEM in one file or several. */
      readonly files: readonly Uint8Array[];
      /** Absent as long as nobody was asked for it. */
      readonly passphrase?: string;
      /** Which key of a PKCS #12 file with several, by name or number. */
      readonly alias?: string;
    }
  | { readonly act: 'read'; readonly original: Original }
  | {
      readonly act: 'sign';
      /** What is signed: a new description, or an entry that was signed before. */
      readonly subject: { readonly description: Description } | { readonly original: Original };
      readonly changes: Amendment;
      /** The address to endorse with; the first one of the certificate where not given. */
      readonly email?: string;
      readonly at: Date;
    };

/** A document as a registry sent it. */
export interface Original {
  readonly bytes: Uint8Array;
  readonly profile: Profile;
  /** When it was signed, as the registry says. */
  readonly createdAt: Date;
}

export type EndorsingAnswer =
  | { readonly kind: 'passphrase' }
  | { readonly kind: 'key'; readonly holder: Holder }
  | { readonly kind: 'original'; readonly description: Description; readonly email: string; readonly isOwn: boolean }
  | {
      readonly kind: 'signed';
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly findings: readonly Finding[];
      readonly identifier: string;
      readonly email: string;
      readonly createdAt: Date;
      readonly validity?: Validity;
    }
  | { readonly kind: 'refused'; readonly findings: readonly Finding[] };

/** Whose key was loaded, as far as a page may know. */
export interface Holder {
  readonly subject: string;
  readonly issuer: string;
  readonly emails: readonly string[];
  readonly notAfter: Date;
  readonly algorithm: string;
  /** Subjects of the certificates that go with a signature, after the signer's. */
  readonly chain: readonly string[];
}

/** Holds an endorser's key, and signs with it what is right in itself. The key ends with this object; nothing gives it out. */
export class Endorsing {
  readonly #world: World;
  #credential: Credential | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** Throws `key` where a file is no use, `usage` where nothing was loaded, `malformed` where an original is not what its endorser signed. */
  async answer(request: EndorsingRequest): Promise<EndorsingAnswer> {
    switch (request.act) {
      case 'load':
        return await this.#load(request.files, request.passphrase, request.alias);
      case 'read':
        return await this.#read(request.original);
      case 'sign':
        return await this.#sign(request);
    }
  }

  async #load(files: readonly Uint8Array[], passphrase: string | undefined, alias?: string): Promise<EndorsingAnswer> {
    this.#credential = undefined;
    const credential = await openCredential(files, passphrase, alias);
    if (credential === undefined) return { kind: 'passphrase' };
    const [own, ...others] = credential.certificates;
    refuseProxy(own);
    this.#credential = credential;
    const holder = {
      subject: writeName(own.subject),
      issuer: writeName(own.issuer),
      emails: own.emails,
      notAfter: own.notAfter,
      algorithm: defaultScheme(own.spki).name,
      chain: others.map(({ subject }) => writeName(subject)),
    };
    return { kind: 'key', holder };
  }

  /** The registry is not believed: what it sent must be what its endorser signed before it is signed again. */
  async #read({ bytes, profile, createdAt }: Original): Promise<Extract<EndorsingAnswer, { kind: 'original' }>> {
    const verdict = await verifyEntry(bytes, { profile, at: createdAt, trust: { mode: 'any' } }, this.#world);
    if (!verdict.valid) {
      const why = verdict.findings.find(({ severity }) => severity === 'error')?.message ?? 'it does not verify.';
      throw new VouchError('malformed', `The entry the registry sent is not what its endorser signed: ${why}`);
    }
    const { entry, endorserKey } = verdict.verified;
    const { endorsement, ...description } = entry;
    const own = this.#credential?.certificates[0];
    const signer = own === undefined ? undefined : await readSigner(own.der, this.#world.crypto);
    const isOwn = signer?.ok === true && signer.signer.endorserKey === endorserKey;
    return { kind: 'original', description, email: endorsement.email, isOwn };
  }

  async #sign(request: Extract<EndorsingRequest, { act: 'sign' }>): Promise<EndorsingAnswer> {
    const credential = this.#credential;
    if (credential === undefined) throw new VouchError('usage', 'No key is loaded: choose your certificate and key.');
    const { subject, changes, email, at } = request;
    if ('original' in subject) await this.#read(subject.original);
    const document = 'original' in subject ? subject.original.bytes : writeDraft(subject.description);
    const { key, certificates } = credential;
    const endorser = { key, scheme: defaultScheme(key.spki), certificates, ...(email === undefined ? {} : { email }) };
    const endorsing = await endorse(document, changes, endorser, {
      ...this.#world,
      at,
      verify: (bytes) => verifyEntry(bytes, { profile: 'current', at, trust: { mode: 'any' } }, this.#world),
    });
    if (!endorsing.ok) return { kind: 'refused', findings: endorsing.findings };
    const { entry } = endorsing.verified;
    return {
      kind: 'signed',
      bytes: new Uint8Array(endorsing.bytes),
      findings: endorsing.findings.filter(({ code }) => code !== 'untrusted'),
      identifier: entry.identifier,
      email: entry.endorsement.email,
      createdAt: entry.endorsement.createdAt,
      ...(endorsing.validity === undefined ? {} : { validity: endorsing.validity }),
    };
  }
}

/** Undefined where a passphrase is needed and none was given. */
async function openCredential(
  files: readonly Uint8Array[],
  passphrase: string | undefined,
  alias: string | undefined,
): Promise<Credential | undefined> {
  const store = files.find(isPkcs12);
  if (store !== undefined) {
    const isLocked = await isPkcs12Locked(store, webKeyFiles.secrets);
    if (isLocked && passphrase === undefined) return undefined;
    return await readPkcs12Credential(store, isLocked ? (passphrase ?? '') : '', webKeyFiles, alias);
  }
  const pem = files.find((bytes) => readPem(bytes).some(({ label }) => label.endsWith('PRIVATE KEY')));
  if (pem === undefined) {
    const what = 'a PKCS #12 file, or certificate and private key as PEM';
    throw new VouchError('key', `There is no private key in what was chosen. Choose ${what}.`);
  }
  const block = findKeyBlock(pem);
  if (isKeyEncrypted(block) && passphrase === undefined) return undefined;
  const key = await readPemKey(block, passphrase, webKeyFiles);
  // `.cer` and `.der` files often hold a certificate as it is
  const isCertificate = (bytes: Uint8Array) =>
    bytes[0] === TAG.sequence || readPem(bytes).some(({ label }) => label === 'CERTIFICATE');
  const certificates = files.filter(isCertificate).flatMap((bytes) => readCertificates(bytes));
  const own = certificates.find(({ spki }) => isEqual(spki, key.spki));
  if (own === undefined) {
    const why = certificates.length === 0 ? 'no certificate' : 'no certificate that belongs to the private key';
    throw new VouchError('key', `There is ${why} in what was chosen: choose the file with your certificate too.`);
  }
  return { key, certificates: [own, ...(await orderChain(own, certificates, webKeyFiles.crypto))] };
}
