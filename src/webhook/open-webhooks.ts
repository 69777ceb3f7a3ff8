import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog, CatalogEntry } from '../catalog/catalog.ts';
import { toMessage, VouchError } from '../errors.ts';
import { CursorFile } from './cursor-file.ts';
import { Webhook, type WebhookState, type WebhookTarget } from './webhook.ts';
import { openWebhookKey } from './webhook-key.ts';

export interface WebhooksOptions {
  /** The data directory: the key is `webhook.key`, the cursors are in `webhooks`. */
  readonly directory: string;
  readonly targets: readonly WebhookTarget[];
  readonly catalog: Catalog;
  /** Of the log: cursors of another one count for nothing. */
  readonly origin: string;
  /** The JSON that is sent of an entry. */
  readonly write: (entry: CatalogEntry) => string;
  readonly onStop: (reason: string) => void;
  readonly now?: () => Date;
  /** Milliseconds a receiver may take; 15,000 where absent. */
  readonly timeoutMs?: number;
  /** Milliseconds to wait after so many failures; from a second doubled to an hour, spread by a fifth, where absent. */
  readonly pauseMs?: (failures: number) => number;
}

/** The webhooks of a registry at work. */
export interface Webhooks {
  /** What receivers verify by. */
  readonly publicKey: string;
  states(): readonly WebhookState[];
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** Opens key and cursors and starts to deliver. Throws `config`, `key`, `corrupt`, `input-output`. */
export async function openWebhooks(options: WebhooksOptions): Promise<Webhooks> {
  const { directory, targets, catalog, origin, write, onStop } = options;
  const names = new Set(targets.map(({ name }) => name));
  if (names.size < targets.length) throw new VouchError('config', 'Two webhooks have the same name.');
  const key = await openWebhookKey(join(directory, 'webhook.key'));
  const place = join(directory, 'webhooks');
  await mkdir(place, { recursive: true }).catch((cause: unknown) => {
    throw new VouchError('input-output', `The directory ${place} cannot be made: ${toMessage(cause)}.`, { cause });
  });
  // A receiver may have several registries, whose records have the same numbers.
  const mark = createHash('sha256').update(origin).digest('hex').slice(0, 16);
  const started: Webhook[] = [];
  try {
    for (const target of targets) {
      const file = new CursorFile(join(place, target.name), origin);
      const known = await file.read();
      // A log that was set back goes on from where it is: its new records are told under their new numbers.
      const cursor = Math.min(known ?? target.after ?? catalog.position(), catalog.position());
      if (cursor !== known) await file.write(cursor);
      const parts = {
        catalog,
        key,
        file,
        onStop,
        write: (entry: CatalogEntry) => ({ id: `${mark}-${entry.index}`, body: write(entry) }),
        now: options.now ?? (() => new Date()),
        timeoutMs: options.timeoutMs ?? 15_000,
        pauseMs: options.pauseMs ?? toPauseMs,
      };
      started.push(new Webhook(target, cursor, parts));
    }
  } catch (thrown) {
    await Promise.all(started.map((webhook) => webhook.close()));
    throw thrown;
  }
  return {
    publicKey: key.publicKey,
    states: () => started.map(({ state }) => state),
    close: async () => {
      await Promise.all(started.map((webhook) => webhook.close()));
    },
  };
}

function toPauseMs(failures: number): number {
  const most = Math.min(HOUR_MS, 1000 * 2 ** Math.min(failures - 1, 12));
  return most * (0.8 + Math.random() * 0.2);
}
