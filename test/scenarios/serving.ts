import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A registry in a process of its own, which can be killed. */
export interface ServingProcess {
  readonly url: string;
  /** What it said on standard error. */
  readonly said: readonly string[];
  /** SIGKILL: nothing gets a chance to tidy up. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for the end; the exit code. */
  stop(): Promise<number | null>;
}

/** Writes a configuration below `root`: data in `data`, anchors in `trust`, a free port. */
export function writeConfiguration(root: string, lines: readonly string[] = []): string {
  const path = join(root, 'vouch.yaml');
  const content = [
    'baseUrl: http://registry.test',
    'dataDirectory: ./data',
    'listen: { host: 127.0.0.1, port: 0 }',
    'trust: { mode: anchors, directory: ./trust }',
    ...lines,
  ];
  writeFileSync(path, `${content.join('\n')}\n`);
  return path;
}

/** Starts `vouch serve` and resolves when it says where it listens. */
export async function startServing(configuration: string): Promise<ServingProcess> {
  const child: ChildProcess = spawn(process.execPath, ['dist/cli/main.js', 'serve', '--config', configuration], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr! }).on('line', (line) => {
      said.push(line);
      const found = /listening on (http:\S+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`vouch serve ended with ${code}: ${said.join('\n')}`)));
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  };
  return { url, said, kill: async () => void (await end('SIGKILL')), stop: () => end('SIGTERM') };
}
