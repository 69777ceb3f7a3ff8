import { readFileSync } from 'node:fs';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import { toMessage, VouchError } from '../errors.ts';
import type { TlsSetting } from './configuration/access-setting.ts';

/** Reads the files of TLS. Throws `config`. */
export function readTls({ certificate, key, clientAuthorities }: TlsSetting): SecureContextOptions {
  return {
    cert: read(certificate, 'tls.certificate'),
    key: read(key, 'tls.key'),
    ...(clientAuthorities === undefined ? {} : { ca: read(clientAuthorities, 'tls.clientAuthorities') }),
    minVersion: 'TLSv1.2',
  };
}

/**
 * What the server is made with. Who shows no certificate, or one that nobody vouches for, is served like anybody else: what he may read is
 * for the registry to say, in words.
 */
export function toTlsOptions(setting: TlsSetting): TlsOptions {
  return { ...readTls(setting), requestCert: setting.clientAuthorities !== undefined, rejectUnauthorized: false };
}

function read(file: string, setting: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new VouchError('config', `The file of ${setting} cannot be read: ${toMessage(cause)}.`, { cause });
  }
}
