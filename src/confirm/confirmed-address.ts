import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VouchError } from '../errors.ts';
import { sha256Hex } from '../log/sha256.ts';
import { writeFileDurably } from '../platform/durable-file.ts';
import { toAddressKey } from './pending.ts';

/** That the owner of an address confirmed by mail to be exactly this endorser. */
export interface ConfirmedAddress {
  readonly v: 1;
  readonly email: string;
  /** The endorser's key: of issuer and subject, and in trust mode `open` of the public key too. */
  readonly endorserKey: string;
  /** RFC 2253 text, for people who look at the file. */
  readonly subject: string;
  readonly issuer: string;
  readonly confirmedAt: string;
  /** Of the entry that was confirmed. */
  readonly documentSha256: string;
}

/** Which address was confirmed by whom. */
export interface ConfirmedAddresses {
  find(endorserKey: string, email: string): ConfirmedAddress | undefined;
  /** On disk (fsync) when the promise is kept. The first confirmation stays. */
  add(confirmed: ConfirmedAddress): Promise<void>;
}

/** Opens the record in its directory: a file for each, never changed. Throws `corrupt` for a file that is none. */
export async function openConfirmedAddresses(directory: string): Promise<ConfirmedAddresses> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const known = new Map<string, ConfirmedAddress>();
  const toKey = (endorserKey: string, email: string): string =>
    sha256Hex(new TextEncoder().encode(`${endorserKey} ${toAddressKey(email)}`));
  for (const name of await readdir(directory)) {
    if (!name.endsWith('.json')) continue;
    const confirmed = readConfirmed(await readFile(join(directory, name), 'utf8'), join(directory, name));
    known.set(toKey(confirmed.endorserKey, confirmed.email), confirmed);
  }
  return {
    find: (endorserKey, email) => known.get(toKey(endorserKey, email)),
    async add(confirmed) {
      const key = toKey(confirmed.endorserKey, confirmed.email);
      if (known.has(key)) return;
      const bytes = new TextEncoder().encode(`${JSON.stringify(confirmed)}\n`);
      await writeFileDurably(join(directory, `${key}.json`), bytes, { mode: 0o600 });
      known.set(key, confirmed);
    },
  };
}

function readConfirmed(text: string, file: string): ConfirmedAddress {
  try {
    const confirmed = JSON.parse(text) as ConfirmedAddress;
    if (confirmed.v === 1 && typeof confirmed.endorserKey === 'string' && confirmed.email.includes('@')) {
      return confirmed;
    }
  } catch {
    // said below
  }
  throw new VouchError('corrupt', `The file ${file} is no confirmed address; move it away to start without it.`);
}
