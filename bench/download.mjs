// Download of an image with all four checksums verified while it is written, against `openssl dgst` of the same file in the same run, one
// algorithm after the other: it should be no slower than the slowest of them.
// VOUCH_BENCH_MEGABYTES (512).
import { execFileSync, fork, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, createReadStream, fsyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checksumImage } from '../dist/endorse/checksum-image.js';
import { downloadImage } from '../dist/site/download/download-image.js';
import { interleave } from './entries.mjs';

const MEGABYTES = Number(process.env.VOUCH_BENCH_MEGABYTES ?? 512);
const ROUNDS = 5;
const ALGORITHMS = ['md5', 'sha1', 'sha256', 'sha512'];

/** The image's server, a process of its own: one with nothing to do but give the bytes. */
function serve(path) {
  const server = createServer((_, response) => {
    response.setHeader('Content-Length', statSync(path).size);
    createReadStream(path, { highWaterMark: 1 << 20 }).pipe(response);
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

function writeImage(path) {
  const file = openSync(path, 'w');
  const chunk = randomBytes(1024 * 1024);
  for (let count = 0; count < MEGABYTES; count++) {
    chunk.writeUInt32BE(count);
    writeSync(file, chunk);
  }
  // else the disk is still at it while the downloads wait for theirs
  fsyncSync(file);
  closeSync(file);
}

export async function benchDownload() {
  const directory = mkdtempSync(join(tmpdir(), 'vouch-bench-'));
  const path = join(directory, 'image');
  writeImage(path);
  const server = fork(fileURLToPath(import.meta.url), [path]);
  const [port] = await once(server, 'message');
  const { checksums, sizeBytes } = await checksumImage(path);
  const options = {
    allowsPrivate: true,
    fileRoots: [directory],
    idleSeconds: 60,
    signal: new AbortController().signal,
  };
  const target = join(directory, 'downloaded');
  const download =
    (location, stated = checksums) =>
    () =>
      downloadImage({ sizeBytes, checksums: stated, locations: [location] }, target, options);
  // what was downloaded goes away while nobody looks at the clock: a file system takes its time for that
  const tidy = () => rmSync(target, { force: true });
  const alone = checksums.filter(({ algorithm }) => algorithm === 'SHA-512');
  const openssl = (algorithm) => () => void execFileSync('openssl', ['dgst', `-${algorithm}`, path]);
  // What the cores of this machine give at most: no program computes the four faster than their own programs at once.
  const atOnce = () =>
    Promise.all(ALGORITHMS.map((algorithm) => once(spawn('openssl', ['dgst', `-${algorithm}`, path]), 'exit')));
  const pieces = {
    atOnce,
    file: download(pathToFileURL(path).href),
    alone: download(pathToFileURL(path).href, alone),
    http: download(`http://127.0.0.1:${port}/image`),
    ...Object.fromEntries(ALGORITHMS.map((algorithm) => [algorithm, openssl(algorithm)])),
  };
  await interleave(1, pieces, tidy);
  const times = await interleave(ROUNDS, pieces, tidy);
  server.kill();
  rmSync(directory, { recursive: true });
  const slowest = Math.max(...ALGORITHMS.map((algorithm) => times[algorithm]));
  const row = (what, name, to = slowest, atOnce = times.atOnce) => [
    what,
    Math.round(MEGABYTES / times[name]),
    (to / times[name]).toFixed(2),
    (atOnce / times[name]).toFixed(2),
  ];
  return {
    title: `Verified download of ${MEGABYTES} MiB, four checksums, written with fsync, median of ${ROUNDS} interleaved rounds (goal: 0.90)`,
    rows: [
      ['what', 'MiB/s', 'to the slowest openssl dgst', 'to the four at once'],
      row('download from file:', 'file'),
      row(`limit: the four openssl dgst at once on ${availableParallelism()} cores, nothing written`, 'atOnce'),
      // one checksum leaves a core for everything else: what four of them are where there are more cores than four
      row('download from file:, SHA-512 alone, to openssl dgst -sha512', 'alone', times.sha512, times.sha512),
      row('download from http: on loopback, its server included', 'http'),
      ...ALGORITHMS.map((algorithm) => row(`openssl dgst -${algorithm}`, algorithm)),
    ],
  };
}

if (process.send !== undefined) serve(process.argv[2]);
