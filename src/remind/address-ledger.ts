import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toAddressKey } from '../confirm/pending.ts';
import { toMessage, VouchError } from '../errors.ts';
import { sha256Hex } from '../log/sha256.ts';
import { syncDirectory, writeFileDurably } from '../platform/durable-file.ts';
import type { ReminderKind } from './reminder-mail.ts';

/** What was sent to an address, and what is still to be: plain data, as it is kept on disk. Times are ISO 8601. */
export interface AddressRecord {
  readonly v: 1;
  readonly email: string;
  /** When the next summary is due. */
  readonly summaryAt: string;
  /** By document SHA-256: the days before the end for which its expiry was told last. */
  readonly expiry: Readonly<Record<string, number>>;
  /** Log indexes of deprecations by others that are still to be told, and the last one that was taken note of. */
  readonly deprecations: readonly number[];
  readonly deprecationsSeen: number;
  /** When a mail of a kind was sent last, or tried with unknown outcome. */
  readonly sentAt: Readonly<Partial<Record<ReminderKind, string>>>;
  /** A mail that is on its way; after a crash nobody knows whether it arrived, and it counts as sent. */
  readonly onItsWay?: { readonly kind: ReminderKind; readonly id: string };
  readonly unsubscribedAt?: string;
  /** When its server said that there is no such address. */
  readonly refusedAt?: string;
}

/** What is known of each address. Every promise it keeps is on disk (fsync). */
export interface AddressLedger {
  /** By the key of the address: `toLedgerKey`. */
  get(key: string): AddressRecord | undefined;
  all(): readonly AddressRecord[];
  put(record: AddressRecord): Promise<void>;
}

const FILE = /^[0-9a-f]{64}\.json$/;

/** The key of an address: SHA-256 hex, also in its unsubscribe link. */
export function toLedgerKey(email: string): string {
  return sha256Hex(new TextEncoder().encode(toAddressKey(email)));
}

/** Opens the ledger in its directory, one file for each address, readable by their owner only. Faults are `storage` and `corrupt`. */
export async function openAddressLedger(directory: string): Promise<AddressLedger> {
  const known = new Map<string, AddressRecord>();
  await guard(mkdir(directory, { recursive: true, mode: 0o700 }));
  for (const name of (await guard(readdir(directory))).filter((one) => FILE.test(one))) {
    const record = readRecord(await guard(readFile(join(directory, name), 'utf8')), join(directory, name));
    known.set(toLedgerKey(record.email), record);
  }
  await guard(syncDirectory(directory));
  return {
    get: (key) => known.get(key),
    all: () => [...known.values()],
    async put(record) {
      const key = toLedgerKey(record.email);
      const bytes = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
      await guard(writeFileDurably(join(directory, `${key}.json`), bytes, { mode: 0o600 }));
      known.set(key, record);
    },
  };
}

function readRecord(text: string, file: string): AddressRecord {
  try {
    const record = JSON.parse(text) as AddressRecord;
    const isOne = record.v === 1 && record.email.includes('@') && Array.isArray(record.deprecations);
    if (isOne && typeof record.expiry === 'object' && typeof record.sentAt === 'object') return record;
  } catch {
    // said below
  }
  throw new VouchError('corrupt', `The file ${file} is no record of reminders; move it away to start without it.`);
}

async function guard<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new VouchError('storage', `What was reminded of cannot be kept: ${toMessage(cause)}`, { cause });
  }
}
