// Whether memory stays flat. The rule: a straight line is laid through the samples of a process after its warm-up (Theil and Sen: the median
// of the slopes between all pairs, so that a few odd samples move nothing). What it rises by in that time, less what the entries that came in
// may take by their number (`kilobytesPerEntry`: the index of SPARQL and the columns of lists are in memory), must stay below
// `FLAT_MEGABYTES` or `FLAT_PART` of what the process has, whichever is more.
import { median } from '../entries.mjs';

const WARM_UP_PART = 1 / 3;
const FLAT_MEGABYTES = 16;
const FLAT_PART = 0.05;
/** What is shorter is still warming up. */
const MINUTES_LEAST = 10;

/** The slope of a robust line through points `[x, y]`. */
export function toSlope(points) {
  const slopes = [];
  for (let one = 0; one < points.length; one++) {
    for (let other = one + 1; other < points.length; other++) {
      const [from, to] = [points[one], points[other]];
      if (to[0] !== from[0]) slopes.push((to[1] - from[1]) / (to[0] - from[0]));
    }
  }
  return median(slopes);
}

/** Judges samples `{ minute, entries, megabytes }` of one process; says nothing of a short run. */
export function judgeMemory(samples, kilobytesPerEntry) {
  const end = samples.at(-1)?.minute ?? 0;
  const warm = samples.filter(({ minute, megabytes }) => minute >= end * WARM_UP_PART && !Number.isNaN(megabytes));
  if (end < MINUTES_LEAST) return {};
  const minutes = warm.at(-1).minute - warm[0].minute;
  const rise = toSlope(warm.map(({ minute, megabytes }) => [minute, megabytes])) * minutes;
  const explained = ((warm.at(-1).entries - warm[0].entries) * kilobytesPerEntry) / 1_024;
  const middle = median(warm.map(({ megabytes }) => megabytes));
  const allowed = Math.max(FLAT_MEGABYTES, middle * FLAT_PART);
  return { minutes, middle, rise, explained, allowed, isFlat: rise - explained <= allowed };
}
