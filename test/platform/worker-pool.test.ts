import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WorkerPool, type WorkerPoolOptions } from '../../src/platform/worker-pool.ts';

/** Answers a job with itself; some words make it end, or never answer. */
const WORKER = `
  import { existsSync } from 'node:fs';
  import { parentPort, workerData } from 'node:worker_threads';
  if (workerData !== undefined && !existsSync(workerData)) process.exit(7);
  parentPort.on('message', ({ id, job }) => {
    if (job === 'end') process.exit(3);
    if (job === 'loop') for (;;);
    if (job === 'slow') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    parentPort.postMessage(job === 'fail' ? { id, error: 'it failed' } : { id, result: job });
  });
  parentPort.postMessage({ ready: true });
`;

let directory: string;
let pool: WorkerPool<string, string> | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vouch-pool-'));
  writeFileSync(join(directory, 'worker.mjs'), WORKER);
});
afterEach(async () => {
  await pool?.[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

function openPool(options: Partial<WorkerPoolOptions> = {}): WorkerPool<string, string> {
  const script = join(directory, 'worker.mjs');
  pool = new WorkerPool({ script, size: 1, depth: 4, timeoutMs: 10_000, queueLimit: 100, ...options });
  return pool;
}

it('answers jobs, tells their own failures, and outlives a thread that was killed in a loop', async () => {
  const { run } = bound(openPool({ timeoutMs: 2_000 }));
  expect(await run('one')).toBe('one');
  await expect(run('fail')).rejects.toMatchObject({ code: 'internal', message: 'it failed' });
  const [loop, ...others] = await Promise.allSettled([run('loop'), run('two'), run('three')]);
  expect(loop).toMatchObject({ status: 'rejected', reason: { code: 'timeout' } });
  expect(others).toMatchObject([{ value: 'two' }, { value: 'three' }]);
});

it('gives up a job that no thread survives, and does the others', async () => {
  const { run } = bound(openPool());
  const [end, ...others] = await Promise.allSettled([run('end'), run('one'), run('two')]);
  expect(end).toMatchObject({ status: 'rejected', reason: { code: 'internal' } });
  expect(others).toMatchObject([{ value: 'one' }, { value: 'two' }]);
});

it('refuses every job while threads cannot start, and works as soon as they can', async () => {
  const needed = join(directory, 'needed');
  const { run } = bound(openPool({ workerData: needed, size: 2 }));
  await expect(run('one')).rejects.toMatchObject({ code: 'internal' });
  await expect(run('two')).rejects.toMatchObject({ code: 'internal' });
  writeFileSync(needed, '');
  expect(await run('three')).toBe('three');
});

it('takes an answer that came in time, even if this thread was too busy to read it', async () => {
  const { run } = bound(openPool({ timeoutMs: 1_000 }));
  expect(await run('one')).toBe('one');
  const answer = run('slow');
  // Timers are looked at next, and messages after them.
  await new Promise((resolve) => setImmediate(resolve));
  const until = performance.now() + 2_500;
  while (performance.now() < until);
  expect(await answer).toBe('slow');
});

it('refuses a job when too many wait', async () => {
  const { run } = bound(openPool({ queueLimit: 2 }));
  const outcomes = await Promise.allSettled(['one', 'two', 'three'].map(run));
  expect(outcomes).toMatchObject([{ value: 'one' }, { value: 'two' }, { reason: { code: 'busy' } }]);
});

function bound(of: WorkerPool<string, string>): { run: (job: string) => Promise<string> } {
  return { run: (job) => of.run(job) };
}
