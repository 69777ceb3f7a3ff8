import type { Catalog, CatalogEntry } from '../catalog/catalog.ts';
import { type AddressLedger, type AddressRecord, toLedgerKey } from './address-ledger.ts';
import { isExpiryDue, type ReminderTimes, readEnding, toNextSummary, toReached } from './due.ts';
import type { ReminderKind } from './reminder-mail.ts';

/** What decides what is due. */
export interface DueOptions {
  readonly catalog: Catalog;
  readonly times: ReminderTimes;
  /** Whether mail may be sent to the address of an entry. */
  readonly isReachable: (entry: CatalogEntry) => boolean;
  readonly now: () => Date;
}

/** A mail that is due, and what the ledger says once it is sent. */
export interface Due {
  readonly kind: ReminderKind;
  readonly email: string;
  readonly entries: readonly CatalogEntry[];
  readonly mark: (record: AddressRecord, now: Date) => AddressRecord;
}

/** Expiries told of are remembered for so many entries of an address; the oldest are let go. */
const EXPIRIES_KEPT = 5_000;

/** All that is due now, the urgent first, whether or not limits allow it. `note` makes a record for an address that has none. */
export async function readDue(
  options: DueOptions,
  ledger: AddressLedger,
  note: (email: string) => Promise<void>,
): Promise<Due[]> {
  return [
    ...(await readDeprecations(options, ledger)),
    ...(await readExpiries(options, ledger)),
    ...(await readSummaries(options, ledger, note)),
  ];
}

async function readDeprecations({ catalog }: DueOptions, ledger: AddressLedger): Promise<Due[]> {
  const due: Due[] = [];
  for (const { email, deprecations } of ledger.all().filter((record) => record.deprecations.length > 0)) {
    const entries = await Promise.all(deprecations.map((index) => catalog.entry(index)));
    const told = new Set(deprecations);
    const mark: Due['mark'] = (record) => ({
      ...record,
      deprecations: record.deprecations.filter((index) => !told.has(index)),
    });
    due.push({ kind: 'deprecation', email, entries: entries.filter((entry) => entry !== undefined), mark });
  }
  return due;
}

async function readExpiries({ catalog, times, isReachable, now }: DueOptions, ledger: AddressLedger): Promise<Due[]> {
  const found = new Map<string, { entries: CatalogEntry[]; reached: Record<string, number> }>();
  for await (const entry of readEnding(catalog, now(), times.beforeDays[0])) {
    const reached = toReached(entry, now(), times.beforeDays);
    const key = toLedgerKey(entry.email);
    if (reached === undefined || !isReachable(entry) || !isExpiryDue(ledger.get(key), entry, reached)) continue;
    const mine = found.get(key) ?? { entries: [], reached: {} };
    mine.entries.push(entry);
    mine.reached[entry.documentSha256] = reached;
    found.set(key, mine);
  }
  return [...found.values()].map(({ entries, reached }) => {
    const mark: Due['mark'] = (record) => {
      const expiry = Object.entries({ ...record.expiry, ...reached }).slice(-EXPIRIES_KEPT);
      return { ...record, expiry: Object.fromEntries(expiry) };
    };
    return { kind: 'expiry', email: entries[0]!.email, entries, mark };
  });
}

async function readSummaries(
  { catalog, times, isReachable, now }: DueOptions,
  ledger: AddressLedger,
  note: (email: string) => Promise<void>,
): Promise<Due[]> {
  if (times.summaryDays === 0) return [];
  const due: Due[] = [];
  const mark: Due['mark'] = (record, at) => ({ ...record, summaryAt: toNextSummary(at, times) });
  for (const email of new Set((await catalog.endorsers()).map((endorser) => endorser.email))) {
    const summaryAt = ledger.get(toLedgerKey(email))?.summaryAt;
    if (summaryAt !== undefined && Date.parse(summaryAt) > now().getTime()) continue;
    const page = await catalog.list({ email, statuses: ['valid'] }, now(), { limit: 1_000 });
    const entries = page.entries.filter(isReachable);
    // The first one comes a whole period after the first entry.
    if (summaryAt === undefined && entries.length > 0) await note(email);
    else if (entries.length > 0) due.push({ kind: 'summary', email, entries, mark });
  }
  return due;
}
