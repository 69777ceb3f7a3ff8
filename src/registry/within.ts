/** Waits for something that goes on by itself, but no longer than this; rejects if it fails meanwhile. */
export async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, patience]).finally(() => clearTimeout(timer));
}

/** How long an upload waits for what is shown, which may still be loading after a restart; the entry is safe meanwhile. */
const SHOWN_WAIT_MS = 5_000;

/** Waits for something to be shown for a while, whatever comes of it. */
export function waitPatiently(shown: Promise<void>): Promise<void> {
  const settled = shown.catch(() => undefined);
  return within(SHOWN_WAIT_MS, settled);
}
