import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { openExternalKey } from '../endorse/external-key.ts';
import { isPkcs12, needsPkcs12Passphrase, readPkcs12 } from '../endorse/pkcs12.ts';
import { VouchError } from '../errors.ts';
import { needsPassphrase, readPrivateKey } from '../platform/private-key.ts';
import { type Endorser, refuseProxy } from '../sign/endorse.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { PrivateKey } from '../x509/crypto.ts';
import { defaultScheme } from '../x509/scheme.ts';
import { readCertificates } from '../x509/trust.ts';
import type { Call } from './call.ts';
import { readPassphrase } from './passphrase.ts';
import type { Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';

type Asking = Pick<Call<unknown>, 'terminal' | 'settings'>;

interface Credential {
  readonly key: PrivateKey;
  readonly certificates: readonly [Certificate, ...Certificate[]];
}

/** More than any file of keys and certificates holds. */
const BYTE_LIMIT = 4 * 1024 * 1024;

/**
 * Who signs, from the flags and settings: `--p12`, or `--cert` with `--key` or `--signer`, or the grid pair of `~/.globus`. A proxy
 * certificate is refused before anybody is asked for a passphrase. Throws `usage` where it is not said or said twice, `key`
 * where files are no use.
 */
export async function openEndorser(asking: Asking): Promise<Endorser> {
  const { email } = asking.settings;
  const { key, certificates } = await openCredential(asking);
  return { key, scheme: defaultScheme(key.spki), certificates, ...(email === undefined ? {} : { email }) };
}

async function openCredential(asking: Asking): Promise<Credential> {
  const { terminal, settings } = asking;
  refuseContradiction(settings);
  if (settings.p12 !== undefined) return await openPkcs12(asking, settings.p12);
  const { cert, key, signer } =
    settings.cert === undefined && settings.key === undefined && settings.signer === undefined
      ? await findGridPair(terminal)
      : settings;
  if (cert === undefined || (key === undefined && signer === undefined)) {
    const missing =
      cert === undefined
        ? '--cert with your certificate (PEM), or --p12'
        : '--key with your private key (PEM), or --signer';
    throw new VouchError('usage', `Who signs is not said: give ${missing}, or set VOUCH_CERT and VOUCH_KEY.`);
  }
  const certificates = await openCertificates(terminal, cert);
  if (signer !== undefined) return { key: openSigner(asking, signer, certificates[0]), certificates };
  return { key: await openKey(asking, key!), certificates };
}

function refuseContradiction({ p12, cert, key, signer, alias }: Settings): void {
  const others = [cert && 'a certificate', key && 'a key', signer && 'a signer'].filter(Boolean);
  if (p12 !== undefined && others.length > 0) {
    throw new VouchError('usage', `Who signs is said twice: a PKCS #12 file, and ${others.join(' and ')}; give one.`);
  }
  if (key !== undefined && signer !== undefined) {
    throw new VouchError('usage', 'Who signs is said twice: a key, and a signer; give one.');
  }
  if (alias !== undefined && p12 === undefined) {
    throw new VouchError('usage', '--alias chooses a key of a PKCS #12 file: give that with --p12.');
  }
}

/** The pair that grid tools use, if both are there. */
async function findGridPair(terminal: Terminal): Promise<Pick<Settings, 'cert' | 'key' | 'signer'>> {
  const directory = join(terminal.io.env.HOME ?? homedir(), '.globus');
  const pair = { cert: join(directory, 'usercert.pem'), key: join(directory, 'userkey.pem') };
  for (const path of [pair.cert, pair.key]) {
    if (!(await stat(path).catch(() => undefined))?.isFile()) return {};
  }
  terminal.say(`Signing with ${pair.cert} and userkey.pem beside it; --cert and --key name others.`);
  return pair;
}

async function openCertificates(terminal: Terminal, path: string): Promise<Credential['certificates']> {
  const bytes = await terminal.read(path, BYTE_LIMIT);
  refusePkcs12(bytes, path);
  const [own, ...others] = readCertificates(bytes);
  if (own === undefined) throw new VouchError('key', `${path} holds no certificate.`);
  refuseProxy(own);
  return [own, ...others];
}

async function openKey({ terminal, settings }: Asking, path: string): Promise<PrivateKey> {
  await warnOfReaders(terminal, path);
  const pem = await terminal.read(path, BYTE_LIMIT);
  refusePkcs12(pem, path);
  const passphrase = needsPassphrase(pem) ? await readPassphrase(terminal.io, settings, path) : undefined;
  return readPrivateKey(pem, passphrase);
}

async function openPkcs12({ terminal, settings }: Asking, path: string): Promise<Credential> {
  await warnOfReaders(terminal, path);
  const bytes = await terminal.read(path, BYTE_LIMIT);
  const isLocked = await needsPkcs12Passphrase(bytes);
  const passphrase = isLocked ? await readPassphrase(terminal.io, settings, path) : '';
  const credential = await readPkcs12(bytes, passphrase, settings.alias);
  refuseProxy(credential.certificates[0]);
  return credential;
}

function openSigner({ terminal: { io }, settings }: Asking, command: string, certificate: Certificate): PrivateKey {
  const input = settings['signer-input'] ?? 'bytes';
  if (input !== 'bytes' && input !== 'digest') {
    throw new VouchError('usage', `signer-input is ${JSON.stringify(input)}; it must be "bytes" or "digest".`);
  }
  // Whoever waits at a terminal must see "touch your token" when it is said; elsewhere it comes with the error, if one does.
  const talk = io.stderr.isTTY === true ? { onTalk: (text: string) => io.stderr.write(text) } : {};
  return openExternalKey(command, certificate, { input, env: io.env, signal: io.signal, ...talk });
}

function refusePkcs12(bytes: Uint8Array, path: string): void {
  if (isPkcs12(bytes)) throw new VouchError('key', `${path} is a PKCS #12 file: give it with --p12.`);
}

/** A key that others can read may be theirs as well; encrypted, they can try passphrases at leisure. */
async function warnOfReaders(terminal: Terminal, path: string): Promise<void> {
  const found = process.platform === 'win32' ? undefined : await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile() || (found.mode & 0o077) === 0) return;
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
  terminal.say(`Warning: others than you can use the key file ${path} (mode ${mode}). Protect it: chmod 600 ${path}`);
}
