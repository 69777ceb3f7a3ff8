import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import { readVerifierKey } from '../../log/note-key.ts';
import type { Following } from '../../registry/follow-log.ts';
import type { MirrorOptions } from '../../registry/open-mirror.ts';
import { findToken } from '../access-token.ts';
import { addTokenOptions, type Bind, type Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { sayKey, serveMirror } from '../serve-mirror.ts';
import type { Terminal } from '../terminal.ts';

interface MirrorCommandOptions {
  readonly logKey: string;
  readonly data: string;
  readonly listen: string;
  readonly baseUrl?: string;
  readonly interval: string;
  readonly once?: boolean;
}

/** `vouch mirror URL`: keeps a verified copy of another registry, and serves it. */
export function addMirror(program: Command, bind: Bind): void {
  const command = program
    .command('mirror')
    .summary('keep and serve a verified copy of another registry')
    .description(
      'Copies another registry, follows it, and serves the copy, which can be read as the registry itself. Nothing is believed:\n' +
        'every record, document and signature is verified again. It may be interrupted at any time, and goes on from there.',
    )
    .argument('<url>', 'base URL of the registry')
    .requiredOption('--log-key <vkey>', 'public key of its log, name+id+base64, from someone you trust')
    .option('--data <dir>', 'directory of the copy, made where it is missing', 'vouch-mirror')
    .option('--listen <host:port>', 'where to serve it', '127.0.0.1:8081')
    .option('--base-url <url>', 'public URL of the mirror, the same for ever (else that of --listen)')
    .option('--interval <seconds>', 'time between two looks at the registry', '10')
    .option('--once', 'catch up and end, without serving')
    .addHelpText(
      'after',
      '\nExample:\n  vouch mirror https://marketplace.example.org --log-key marketplace.example.org/log+89eebc94+AW…\n\nExit codes with --once: 0 in step, 65 the registry gave something false, 69 not reached, 70 it told two histories.',
    );
  addTokenOptions(command);
  bind<MirrorCommandOptions>(command, mirror);
}

async function mirror({ terminal, options, words, settings }: Call<MirrorCommandOptions>): Promise<number> {
  const listen = readListen(options.listen);
  const seconds = Number(options.interval);
  if (!(seconds >= 0.1 && seconds <= 86_400)) throw new VouchError('usage', '--interval must be 0.1 to 86400 seconds.');
  const chosen: MirrorOptions = {
    directory: options.data,
    baseUrl: readUrl(options.baseUrl ?? `http://${options.listen}`),
    url: readUrl(words[0]!),
    log: readVerifierKey(options.logKey),
    intervalMs: seconds * 1000,
    ...findToken(settings, words[0]!),
  };
  return options.once === true ? mirrorOnce(terminal, chosen) : serveMirror(terminal, chosen, listen);
}

async function mirrorOnce(terminal: Terminal, options: MirrorOptions): Promise<number> {
  const { openMirror } = await import('../../registry/open-mirror.ts');
  const onNews = ({ evidence }: Following): void => {
    if (evidence !== undefined) terminal.say(`What the log did is kept in ${evidence}.`);
  };
  const opened = await openMirror({ ...options, onNews });
  const stop = (): void => void opened.follower.close();
  terminal.io.signal.addEventListener('abort', stop);
  try {
    using progress = terminal.progress('mirror', 'count');
    opened.follower.onProgress((stored, size) => progress.update(stored, size));
    await opened.follower.pull();
  } finally {
    terminal.io.signal.removeEventListener('abort', stop);
    await opened.close();
  }
  sayKey((sentence) => terminal.say(sentence), opened);
  terminal.print(opened.log.checkpointNote().trimEnd());
  return EXIT.yes;
}

function readListen(text: string): { host: string; port: number } {
  const [, host = '', digits = ''] = /^(\[[0-9a-fA-F:.]+\]|[^\s:]+):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host !== '' && port <= 65_535) return { host: host.replace(/^\[|\]$/g, ''), port };
  throw new VouchError('usage', '--listen must be a host and a port, as in 127.0.0.1:8081.');
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new VouchError('usage', `${JSON.stringify(text)} is not the address of a registry.`);
  }
  return url.href.replace(/\/+$/, '');
}
