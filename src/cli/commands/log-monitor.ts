import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { splitCommand } from '../../endorse/split-command.ts';
import { VouchError } from '../../errors.ts';
import type { VerifierKey } from '../../log/note-key.ts';
import type { WitnessPolicy } from '../../log/witness-policy.ts';
import { HttpLogSource } from '../../peer/http-log-source.ts';
import { keepEvidence } from '../../peer/keep-evidence.ts';
import { LogBreach } from '../../peer/log-breach.ts';
import { type Sight, SightFile } from '../../peer/sight.ts';
import { watchLog } from '../../peer/watch-log.ts';
import { toVisibleText } from '../../server/visible-text.ts';
import { findToken } from '../access-token.ts';
import { addJsonOption, type Bind, type Call } from '../call.ts';
import { EXIT, toExit } from '../exit-code.ts';
import { fetchLogKey, openLogAt, readLogKeyOption, readWitnessesOption, toStateDirectory } from '../log-address.ts';
import { runAlarm } from '../run-alarm.ts';

interface MonitorOptions {
  readonly logKey?: string;
  readonly trustFirst?: boolean;
  readonly witnesses?: string;
  readonly maxAge?: string;
  readonly state?: string;
  readonly every?: string;
  readonly alarm?: string;
  readonly json?: boolean;
}

/** `vouch log monitor URL`: remembers what a log showed, and holds it to that. */
export function addLogMonitor(log: Command, bind: Bind): void {
  const command = log
    .command('monitor')
    .summary('remember what a log shows, and hold it to that')
    .description(
      'Fetches the newest checkpoint of a log and checks that it goes on from the one seen last. Exit code 0 if it does; 70, with the\n' +
        'evidence in a file, if the log forked (fork), went back (rollback) or stands still (freeze); 65 for what no log may say,\n' +
        '69 if it cannot be reached. What was seen last is kept until the log goes on from it.',
    )
    .argument('<url>', 'base URL of a registry, or of any log that keeps to C2SP tlog-tiles')
    .option('--log-key <vkey>', 'public key of the log, name+id+base64, from someone you trust')
    .option('--trust-first', 'believe the key that the log itself names the first time, and no other after')
    .option('--witnesses <file>', 'which witnesses must have seen a checkpoint (C2SP tlog-policy)')
    .option(
      '--max-age <hours>',
      'how old the newest checkpoint may be: since its witnesses saw it (default 24), or without them since it was first seen',
    )
    .option('--state <dir>', 'where to remember (default: vouch in $XDG_STATE_HOME or ~/.local/state)')
    .option('--every <seconds>', 'look again and again, until stopped')
    .option('--alarm <command>', 'run this when something is wrong; $VOUCH_ALARM says what in one word');
  addJsonOption(command).addHelpText(
    'after',
    '\nExamples:\n  vouch log monitor https://marketplace.example.org --trust-first\n' +
      '  vouch log monitor https://marketplace.example.org --every 300 --max-age 48 --alarm "/usr/local/bin/page-me log"',
  );
  bind<MonitorOptions>(command, monitor);
}

/** A monitor at work. */
interface Watch {
  readonly call: Call<MonitorOptions>;
  readonly address: string;
  readonly directory: string;
  readonly file: SightFile;
  readonly policy: WitnessPolicy | undefined;
  readonly maxAgeMs: number | undefined;
}

async function monitor(call: Call<MonitorOptions>): Promise<number> {
  const { terminal, options, words } = call;
  // One log has one memory, however its address is spelled.
  const address = new HttpLogSource(words[0]!).name;
  const everyMs = readAmount(options.every, '--every', 1000);
  if (options.alarm !== undefined) splitCommand(options.alarm);
  const policy = await readWitnessesOption(options.witnesses, terminal);
  const maxAgeMs = readAmount(options.maxAge, '--max-age', 3_600_000) ?? (policy && 24 * 3_600_000);
  const directory = toStateDirectory(options.state, terminal.io, address);
  const watch = { call, address, directory, file: new SightFile(join(directory, 'seen')), policy, maxAgeMs };
  if (everyMs === undefined) return (await look(watch)).code;
  // Of all looks the worst counts; an alarm is not repeated while the same thing is wrong.
  let [worst, alarmed]: [number, string | undefined] = [EXIT.yes, undefined];
  const { signal } = terminal.io;
  while (!signal.aborted) {
    try {
      const { code, reason } = await look(watch, alarmed);
      worst = Math.max(worst, code);
      alarmed = reason;
      await sleep(everyMs, undefined, { signal });
    } catch (fault) {
      // To be stopped is how watching ends.
      if (!signal.aborted) throw fault;
    }
  }
  return worst;
}

/** Looks once and tells it; the alarm sounds for any reason but the one that is known already. */
async function look(watch: Watch, known?: string): Promise<{ readonly code: number; readonly reason?: string }> {
  const { call, address, directory } = watch;
  const { terminal, options } = call;
  try {
    const [last, sight] = await watchOnce(watch);
    tellSight(call, address, last, sight);
    return { code: EXIT.yes };
  } catch (fault) {
    terminal.io.signal.throwIfAborted();
    const isBreach = fault instanceof LogBreach;
    if (!isBreach && !isUnreachable(fault)) throw fault;
    const reason = isBreach ? fault.breach : 'unreachable';
    const code = isBreach ? toExit(fault).code : EXIT.unreachable;
    // The sentence may quote the log.
    const message = toVisibleText(fault.message);
    const evidence = isBreach ? await keepEvidence(directory, fault) : undefined;
    if (options.json === true) terminal.printJson({ url: address, outcome: reason, message, evidence });
    else terminal.say(`${message}${evidence === undefined ? '' : ` The evidence is in ${evidence}.`}`);
    if (options.alarm !== undefined && reason !== known) {
      await runAlarm(options.alarm, { reason, message, url: address, evidence }, terminal);
    }
    return { code, reason };
  }
}

async function watchOnce({ call, address, file, policy, maxAgeMs }: Watch): Promise<[Sight | undefined, Sight]> {
  const { terminal, options } = call;
  const last = await file.read();
  const source = await openLogAt(address, { signal: terminal.io.signal, ...findToken(call.settings, address) });
  const key = await findKey(source, last, options);
  const demands = { now: new Date(), ...(policy && { policy }), ...(maxAgeMs !== undefined && { maxAgeMs }) };
  const sight = await watchLog(source, key, last, demands);
  await file.replace(last, sight);
  return [last, sight];
}

async function findKey(
  source: HttpLogSource,
  last: Sight | undefined,
  { logKey, trustFirst }: MonitorOptions,
): Promise<VerifierKey> {
  const given = logKey === undefined ? undefined : readLogKeyOption(logKey);
  if (last !== undefined && given !== undefined && given.vkey !== last.key.vkey) {
    const message = `The log at ${source.name} was known by another key: ${last.key.vkey}.`;
    throw new VouchError('usage', `${message} A log never changes its key; one with another key is another log.`);
  }
  const known = given ?? last?.key;
  if (known !== undefined) return known;
  if (trustFirst === true) return await fetchLogKey(source);
  const hint = 'give --log-key, or --trust-first to believe the key that the log itself names now';
  throw new VouchError('usage', `Nothing was seen of ${source.name} before, and its key is not known: ${hint}.`);
}

function tellSight(
  { terminal, options }: Call<MonitorOptions>,
  url: string,
  last: Sight | undefined,
  now: Sight,
): void {
  const { origin, size, root } = now.head;
  const before = last?.head.size ?? null;
  if (options.json === true) {
    const hex = Buffer.from(root).toString('hex');
    terminal.printJson({ url, outcome: 'fine', origin, size, before, root: hex, since: now.since.toISOString() });
    return;
  }
  const grown =
    before === null
      ? `seen for the first time, with the key ${now.key.vkey}`
      : size === before
        ? `nothing new since ${now.since.toISOString()}`
        : `${size - before} more than before, and nothing before them was changed`;
  terminal.print(`${toVisibleText(origin)}: ${size} records, ${grown}.`);
}

/** Anything that keeps a look from coming to an end is one and the same to who watches: the log was not seen. */
function isUnreachable(fault: unknown): fault is VouchError {
  const codes = ['unreachable', 'timeout', 'remote', 'not-found', 'too-large'];
  return fault instanceof VouchError && codes.includes(fault.code);
}

function readAmount(text: string | undefined, flag: string, unitMs: number): number | undefined {
  if (text === undefined) return undefined;
  const amount = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) * unitMs : 0;
  if (amount > 0) return amount;
  throw new VouchError('usage', `${flag} is ${JSON.stringify(text)}; it must be a number above 0.`);
}
