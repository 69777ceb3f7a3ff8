import { type Command, Option } from 'commander';
import { writeEntryTime } from '../../entry/entry-time.ts';
import { VouchError } from '../../errors.ts';
import type { Bind, Call, RunCommand } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

interface DemoOptions {
  readonly port: string;
  readonly data: string;
  readonly once?: boolean;
}

/** The demo's log keeps its name when the port changes. */
const ORIGIN = 'vouch-demo/log';
/** Longer than any entry of the demo, so that entries end before certificates do. */
const LIFE_MS = 3 * 366 * 86_400_000;

/** `vouch demo`: a private CA, endorsers, images, entries, and a registry that serves them. */
export function addDemo(program: Command, bind: Bind, run: RunCommand): void {
  const command = program
    .command('demo')
    .summary('try everything out on a registry of your own')
    .description(
      'Makes a private CA, two endorsers and some small images, describes, signs and uploads them, serves the registry on this\n' +
        'machine and says what to look at. Everything lies in one directory, which is used again the next time.',
    )
    .option('--port <n>', 'port to listen on', '8080')
    .option('--data <dir>', 'directory for everything', 'demo-data')
    .addOption(new Option('--once', 'end after everything is set up').hideHelp())
    .addHelpText('after', '\nExample:\n  vouch demo --port 8090');
  bind<DemoOptions>(command, (call) => demo(call, run));
}

async function demo({ terminal, options }: Call<DemoOptions>, run: RunCommand): Promise<number> {
  const { openDemoDirectory } = await import('../demo/demo-directory.ts');
  const { readDemoIdentifiers } = await import('../demo/demo-statements.ts');
  const { writeDemoProgram } = await import('../demo/write-program.ts');
  const { writeTour } = await import('../demo/write-tour.ts');
  const { runRegistry, untilStopped } = await import('../run-registry.ts');
  const port = /^\d{1,5}$/.test(options.port) ? Number(options.port) : Number.NaN;
  if (!(port >= 1 && port <= 65_535)) throw new VouchError('usage', '--port must be a port number, 1 to 65535.');
  const url = `http://127.0.0.1:${port}`;
  const at = new Date();
  const { directory, state } = await openDemoDirectory(options.data, at);
  if (state === 'emptied')
    terminal.say(`${directory.path} held a demo that was interrupted or is too old; it is made anew.`);
  if (state === 'complete')
    terminal.say(`Using the demo in ${directory.path} again; remove the directory to start afresh.`);
  else await makePeopleAndImages(terminal, directory, at);
  await using running = await runRegistry(
    {
      directory: directory.registry,
      baseUrl: url,
      origin: ORIGIN,
      title: 'Vouch demo marketplace',
      trust: { mode: 'anchors', directory: directory.trust },
    },
    { host: '127.0.0.1', port },
    { usage: { keepDays: 365 } },
  ).catch((thrown: unknown) => {
    throw isPortTaken(thrown) ? toPortFault(port, thrown) : thrown;
  });
  if (state !== 'complete') await fill(terminal, directory, running.server.url, run, at);
  await writeDemoProgram(directory, url);
  const identifiers = await readDemoIdentifiers(directory);
  terminal.print('');
  for (const line of writeTour(directory, url, identifiers, process.cwd())) terminal.print(line);
  if (options.once === true) return EXIT.yes;
  terminal.print('');
  terminal.print(`Serving on ${url}; Ctrl-C ends it.`);
  await untilStopped(terminal.io.signal);
  return EXIT.yes;
}

function isPortTaken(thrown: unknown): boolean {
  const cause = thrown instanceof VouchError ? thrown.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
}

function toPortFault(port: number, cause: unknown): VouchError {
  const hint = `choose another, as in "--port ${port === 65_535 ? 8080 : port + 1}"`;
  return new VouchError('usage', `Port ${port} is in use by another program; ${hint}.`, { cause });
}

type Directory = Awaited<ReturnType<typeof import('../demo/demo-directory.ts')['openDemoDirectory']>>['directory'];

async function makePeopleAndImages(terminal: Terminal, directory: Directory, at: Date): Promise<void> {
  const { markDemoDirectory } = await import('../demo/demo-directory.ts');
  const { issueDemoPeople } = await import('../demo/demo-people.ts');
  const { makeDemoImages } = await import('../demo/demo-image.ts');
  const until = new Date(at.getTime() + LIFE_MS);
  await markDemoDirectory(directory, { isComplete: false, until: writeEntryTime(until) });
  terminal.say(`Making a demo in ${directory.path}`);
  terminal.say('  a private CA and two endorsers');
  await issueDemoPeople(directory, at, until);
  terminal.say('  some small images');
  await makeDemoImages(directory);
}

async function fill(terminal: Terminal, directory: Directory, url: string, run: RunCommand, at: Date): Promise<void> {
  const { markDemoDirectory } = await import('../demo/demo-directory.ts');
  const { makeDemoStatements } = await import('../demo/demo-statements.ts');
  await makeDemoStatements(directory, url, run, (line) => terminal.say(line));
  await markDemoDirectory(directory, { isComplete: true, until: writeEntryTime(new Date(at.getTime() + LIFE_MS)) });
}
