// The programs of a soak, each as it runs in production: a process of its own, started by its command line.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const WORDS_KEPT = 40;
const START_MS = 120_000;
/** As packaging/ starts them: with an arena for each thread that ever was, what glibc keeps of freed memory would hide what the programs keep. */
const ENVIRONMENT = { ...process.env, MALLOC_ARENA_MAX: '2' };

/** Runs a command that ends by itself; its exit code and what it printed. */
export async function runCommand(words) {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
    });
  }
  const [code] = await once(child, 'close');
  return { code, said };
}

/** Starts a program that serves, and resolves when it says where. `onFault` hears what it complains of, and of an end nobody asked for. */
export async function startProgram(name, words, onFault) {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'ignore', 'pipe'], env: ENVIRONMENT });
  const said = [];
  let isStopping = false;
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (said.length > WORDS_KEPT) said.shift();
      const found = /(?:listening on|Deciding by .* at) (http:[^\s"]+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
      if (isComplaint(line)) onFault(`${name} said: ${line.slice(0, 600)}`);
    });
    setTimeout(() => reject(new Error(`${name} does not say where it listens: ${said.join('\n')}`)), START_MS).unref();
    child.once('exit', (code, signal) => {
      const how = `${name} ended with ${code ?? signal}: ${said.join('\n')}`;
      if (!isStopping) onFault(how);
      reject(new Error(how));
    });
  });
  /** SIGTERM; the exit code. */
  const stop = async () => {
    isStopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const [code, signal] = await ended;
    return code ?? signal;
  };
  const kill = () => {
    isStopping = true;
    child.kill('SIGKILL');
  };
  return { name, url, pid: child.pid, stop, kill };
}

/** A fault in the journal of a registry (`GET /path [request]: code: …`), and whatever else says that something did not work. */
function isComplaint(line) {
  return /^[A-Z]+ \S+ \[[^\]]*\]: |tried again|cannot|failed|Error|[Nn]othing more/.test(line);
}
