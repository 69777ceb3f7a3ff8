// All checksums of a file in one pass, against `openssl dgst` of the same file in the same run, one algorithm after the other.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checksumImage } from '../dist/endorse/checksum-image.js';
import { interleave } from './entries.mjs';

const MEGABYTES = 512;
const ALGORITHMS = ['md5', 'sha1', 'sha256', 'sha512'];

export async function benchDescribe() {
  const directory = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  const path = join(directory, 'image');
  const file = openSync(path, 'w');
  const chunk = randomBytes(1024 * 1024);
  for (let count = 0; count < MEGABYTES; count++) {
    chunk.writeUInt32BE(count);
    writeSync(file, chunk);
  }
  closeSync(file);
  const openssl = (algorithm) => () => void execFileSync('openssl', ['dgst', `-${algorithm}`, path]);
  const times = await interleave(3, {
    vouch: () => checksumImage(path),
    ...Object.fromEntries(ALGORITHMS.map((algorithm) => [algorithm, openssl(algorithm)])),
  });
  rmSync(directory, { recursive: true });
  const all = ALGORITHMS.reduce((sum, algorithm) => sum + times[algorithm], 0);
  const rate = (seconds) => Math.round(MEGABYTES / seconds);
  return {
    title: `Checksums of a file of ${MEGABYTES} MiB, median of 3 interleaved rounds`,
    rows: [
      ['what', 'MiB/s', 'vouch is'],
      ['vouch describe: all four in one pass', rate(times.vouch), '1.00'],
      ...ALGORITHMS.map((algorithm) => [
        `openssl dgst -${algorithm}`,
        rate(times[algorithm]),
        (times[algorithm] / times.vouch).toFixed(2),
      ]),
      ['openssl dgst, the four one after the other', rate(all), (all / times.vouch).toFixed(2)],
    ],
  };
}
