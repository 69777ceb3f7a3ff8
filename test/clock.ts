/**
 * Starts a clock for the work of this process and gives the function that reads it, in milliseconds. The clock stands while other
 * programs have the processors, so that a bound on it holds on a busy machine; it never runs faster than the time of day. Only for work
 * that computes: waiting takes no time on it.
 */
export function startClock(): () => number {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return Math.min(performance.now() - startedAt, (user + system) / 1_000);
  };
}
