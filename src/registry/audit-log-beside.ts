import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditLog } from '../log/audit.ts';
import { openLevelStore } from '../log/level-store.ts';
import type { VerifierKey } from '../log/note-key.ts';
import type { Store } from '../log/store.ts';

/** `auditLog`, with the index made anew in a temporary directory, so that memory does not grow with the log. */
export async function auditLogBeside(
  store: Store,
  key: VerifierKey,
  onProgress: (done: number, size: number) => void,
): Promise<string[]> {
  let scratch: { readonly place: string; readonly store: Store } | undefined;
  try {
    return await auditLog(store, key, onProgress, async () => {
      const place = await mkdtemp(join(tmpdir(), 'vouch-audit-'));
      scratch = { place, store: await openLevelStore(place, 'The scratch copy of the index') };
      return scratch.store;
    });
  } finally {
    const made = scratch as { readonly place: string; readonly store: Store } | undefined;
    await made?.store.close();
    if (made !== undefined) await rm(made.place, { recursive: true, force: true });
  }
}
