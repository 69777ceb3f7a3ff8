import type { Output } from './io.ts';
import { toSizeText } from './size-text.ts';

/** Shows how far something is: on a terminal one line that is rewritten, elsewhere nothing at all. */
export interface Progress extends Disposable {
  /** `total` is undefined where the end is not known beforehand. */
  readonly update: (done: number, total: number | undefined) => void;
}

const BAR = 24;
const REDRAW_MS = 100;

/** A line `label [####····] 42%  1.2 GiB  410 MiB/s`; disposing of it wipes the line, so that results stand alone. */
export function openProgress(output: Output, label: string, unit: 'bytes' | 'count'): Progress {
  if (output.isTTY !== true) return { update: () => {}, [Symbol.dispose]: () => {} };
  const startedMs = performance.now();
  let drawnMs = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  return {
    update(done, total) {
      const nowMs = performance.now();
      if (nowMs - drawnMs < REDRAW_MS) return;
      drawnMs = nowMs;
      isDrawn = true;
      const line = writeProgress(label, unit, done, total, nowMs - startedMs);
      output.write(`\r\u001b[K${line.slice(0, (output.columns ?? 80) - 1)}`);
    },
    [Symbol.dispose]() {
      if (isDrawn) output.write('\r\u001b[K');
    },
  };
}

function writeProgress(
  label: string,
  unit: 'bytes' | 'count',
  done: number,
  total: number | undefined,
  elapsedMs: number,
): string {
  const speed = elapsedMs > 0 ? done / (elapsedMs / 1000) : 0;
  const amount =
    unit === 'bytes'
      ? `${toSizeText(done)}  ${toSizeText(speed)}/s`
      : `${done}${total === undefined ? '' : ` of ${total}`}  ${Math.round(speed)}/s`;
  if (total === undefined || total === 0) return `${label}  ${amount}`;
  const part = Math.min(1, done / total);
  const full = Math.round(part * BAR);
  return `${label} [${'#'.repeat(full)}${'·'.repeat(BAR - full)}] ${Math.floor(part * 100)}%  ${amount}`;
}
