import { setTimeout as delay } from 'node:timers/promises';
import { toMessage, VouchError } from '../errors.ts';
import { sha256Hex } from '../log/sha256.ts';
import type { RegistryClient, Uploading } from './client.ts';
import type { Terminal } from './terminal.ts';

const SOON_MS = 1_000;
const LATEST_MS = 15_000;
/** What may pass by itself while somebody waits for days. */
const PASSING: readonly VouchError['code'][] = ['unreachable', 'timeout', 'busy'];

/** How a submission ends that becomes no entry, by its status. */
const ENDINGS: Readonly<Record<string, string>> = {
  refused: 'Its endorser confirmed it, but it is no longer acceptable.',
  rejected: 'Its endorser rejected it, and it was dropped.',
  reported: 'It was reported as abuse, and dropped.',
  expired: 'Nobody confirmed it in time, and it was dropped; upload it again.',
  undeliverable: 'The mail could not be delivered to the address it names, and it was dropped.',
};

/** Waits for the end of a submission, over pauses in which the registry does not answer. */
export async function awaitEntry(client: RegistryClient, bytes: Uint8Array, terminal: Terminal): Promise<Uploading> {
  let isAway = false;
  for (let waitMs = SOON_MS; ; waitMs = Math.min(waitMs * 1.3, LATEST_MS)) {
    try {
      const { isWaiting, status, findings } = await client.standing(sha256Hex(bytes));
      if (isAway) terminal.say('The registry answers again.');
      isAway = false;
      // The same bytes again give the receipt, which there was none of before.
      if (status === 'recorded') return await client.upload(bytes);
      if (!isWaiting) return { ok: false, detail: ENDINGS[status] ?? `It became no entry: ${status}.`, findings };
    } catch (thrown) {
      if (!(thrown instanceof VouchError && PASSING.includes(thrown.code))) throw thrown;
      if (!isAway) terminal.say(`${toMessage(thrown)} Still waiting; what was uploaded is kept there.`);
      isAway = true;
    }
    await delay(waitMs, undefined, { signal: terminal.io.signal });
  }
}
