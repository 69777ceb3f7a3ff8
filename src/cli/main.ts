#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Command, CommanderError } from 'commander';
import { readProgramVersion } from '../platform/program-version.ts';
import { toVisibleText } from '../server/visible-text.ts';
import type { Bind } from './call.ts';
import { addBackup } from './commands/backup.ts';
import { addCache } from './commands/cache.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addDemo } from './commands/demo.ts';
import { addDeprecate } from './commands/deprecate.ts';
import { addDescribe } from './commands/describe.ts';
import { addDownload } from './commands/download.ts';
import { addEndorsers } from './commands/endorsers.ts';
import { addHistory } from './commands/history.ts';
import { addImport } from './commands/import.ts';
import { addLocations } from './commands/locations.ts';
import { addLog } from './commands/log.ts';
import { addMirror } from './commands/mirror.ts';
import { addPolicy } from './commands/policy.ts';
import { addQuery } from './commands/query.ts';
import { addReindex } from './commands/reindex.ts';
import { addRenew } from './commands/renew.ts';
import { addRestore } from './commands/restore.ts';
import { addSearch } from './commands/search.ts';
import { addSecond } from './commands/second.ts';
import { addServe } from './commands/serve.ts';
import { addShow } from './commands/show.ts';
import { addSign } from './commands/sign.ts';
import { addSite } from './commands/site.ts';
import { addTimestamp } from './commands/timestamp.ts';
import { addToken } from './commands/token.ts';
import { addTrust } from './commands/trust.ts';
import { addUpload } from './commands/upload.ts';
import { addVerify } from './commands/verify.ts';
import { EXIT, toExit } from './exit-code.ts';
import type { Io } from './io.ts';
import { openProcessIo } from './process-io.ts';
import { readSettings } from './settings.ts';
import { Terminal } from './terminal.ts';

/** Runs one command line and gives its exit code (design: command line). Never throws, and never ends the process. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const terminal = new Terminal(io);
  let exitCode: number = EXIT.yes;
  const bind: Bind = (command, run) => {
    command.action(async () => {
      const options = command.opts();
      const settings = await readSettings(options, io.env);
      exitCode = await run({ terminal, settings, options: options as never, words: command.args });
    });
  };
  try {
    await toProgram(io, bind).parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    // Commander has said already what is wrong, or shown the help that was asked for.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.yes : EXIT.usage;
    const { code, message } = toExit(thrown);
    // The sentence may quote a registry.
    terminal.say(`vouch: ${toVisibleText(message)}`);
    return code;
  }
}

/** The program with its commands in the order people meet them. */
function toProgram(io: Io, bind: Bind): Command {
  const program = new Command('vouch')
    .description('Signed statements about machine images: make them, check them, find them.')
    .version(readProgramVersion(), '--version')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    })
    .addHelpText(
      'after',
      '\nSettings come from flags, then the environment (VOUCH_URL, VOUCH_TRUST, VOUCH_CERT, VOUCH_KEY, …), then\n~/.config/vouch/config.yaml. Exit codes: 0 yes or done, 1 no, 2 usage, 65 malformed, 69 unreachable, 70 contradiction,\n74 input or output, 75 try again later.',
    );
  addDescribe(program, bind);
  addSign(program, bind);
  addVerify(program, bind);
  addTimestamp(program, bind);
  addUpload(program, bind);
  addDeprecate(program, bind);
  addRenew(program, bind);
  addSecond(program, bind);
  addSearch(program, bind);
  addShow(program, bind);
  addHistory(program, bind);
  addEndorsers(program, bind);
  addQuery(program, bind);
  addPolicy(program, bind);
  addDownload(program, bind);
  addCache(program, bind);
  addLocations(program, bind);
  addServe(program, bind);
  addConfig(program, bind);
  addToken(program, bind);
  addBackup(program, bind);
  addRestore(program, bind);
  addReindex(program, bind);
  addSite(program, bind);
  addImport(program, bind);
  addTrust(program, bind);
  addLog(program, bind);
  addMirror(program, bind);
  addDemo(program, bind, (words, changes) => main(words, { ...io, ...changes }));
  addCompletion(program, bind);
  return program;
}

/** True where this file is what node was started with, also through npm's link to it. */
function isProgram(): boolean {
  const started = process.argv[1];
  if (started === undefined) return false;
  try {
    return pathToFileURL(realpathSync(started)).href === import.meta.url;
  } catch {
    return false;
  }
}

if (isProgram()) process.exitCode = await main(process.argv.slice(2), openProcessIo());
