// What the system says a process has used; not a number where it does not say, or the process is gone.
import { readFileSync } from 'node:fs';

/** Milliseconds of processor time. */
export function cpuMs(id) {
  try {
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}

/** Megabytes of memory that are resident. */
export function residentMegabytes(id) {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))[1]) / 1_024;
  } catch {
    return Number.NaN;
  }
}
