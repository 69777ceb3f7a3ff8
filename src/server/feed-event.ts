import type { CatalogEntry } from '../catalog/catalog.ts';
import { writeEntryTime } from '../entry/entry-time.ts';
import { toEntryJson } from './entry-json.ts';

/** An accepted entry as feeds and webhooks tell of it: as it was when it came, so that it is the same whenever it is asked for. */
export function toFeedEvent(entry: CatalogEntry, baseUrl: string): Record<string, unknown> {
  return {
    // The number of records up to this one: what a reader names to get those after it.
    cursor: entry.index + 1,
    type: entry.deprecated === undefined ? 'endorsed' : 'deprecated',
    receipt: `${baseUrl}/log/receipt/${entry.index}`,
    entry: toEntryJson(entry, entry.acceptedAt, baseUrl),
  };
}

/** The event of a stream; JSON never holds a line end that would end the field. */
export function writeStreamEvent(entry: CatalogEntry, baseUrl: string): string {
  const { cursor, type } = toFeedEvent(entry, baseUrl);
  return `id: ${cursor}\nevent: ${type}\ndata: ${JSON.stringify(toFeedEvent(entry, baseUrl))}\n\n`;
}

/** The body of a webhook, with the members that Standard Webhooks asks for. */
export function writeWebhookBody(entry: CatalogEntry, baseUrl: string): string {
  const data = toFeedEvent(entry, baseUrl);
  return JSON.stringify({ type: `entry.${String(data.type)}`, timestamp: writeEntryTime(entry.acceptedAt), data });
}
