import { VouchError } from '../errors.ts';
import { TILE_WIDTH } from '../log/tile.ts';
import { LogBreach } from './log-breach.ts';

/**
 * Asks a log for the first `width` places of something its signed tree has, and tells how many came. A log may drop a part once
 * the whole is there (C2SP tlog-tiles), so the whole is asked for next. Breaches: `unavailable` if the log has neither, `kind` if it
 * gives more bytes than there can be.
 */
export async function fetchPart(
  kind: 'tile' | 'bundle',
  name: string,
  width: number,
  ask: (width: number) => Promise<Uint8Array>,
): Promise<{ readonly bytes: Uint8Array; readonly width: number }> {
  try {
    return { bytes: await ask(width), width };
  } catch (cause) {
    const code = cause instanceof VouchError ? cause.code : undefined;
    if (code === 'too-large') throw new LogBreach(kind, `Bad ${kind}: ${name} has more bytes than it can.`, { cause });
    if (code !== 'not-found') throw cause;
    if (width < TILE_WIDTH) return await fetchPart(kind, name, TILE_WIDTH, ask);
    throw new LogBreach('unavailable', `Withheld: ${name} is under its signed root, but not given.`, { cause });
  }
}
