import { request } from 'node:http';
import type { Command } from 'commander';
import { toMessage, VouchError } from '../../errors.ts';
import { toVisibleText } from '../../server/visible-text.ts';
import type { ImageStatus, SubscriptionStatus } from '../../site/subscription/status.ts';
import { addJsonOption, type Bind, type Call } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { readListen } from '../site-address.ts';

interface StatusOptions {
  readonly site: string;
  readonly check?: string;
  readonly json?: boolean;
}

const REPLY_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

/** `vouch site subscriptions`: how the images stand that a site keeps. */
export function addSiteSubscriptions(site: Command, bind: Bind): void {
  const command = site
    .command('subscriptions')
    .summary('tell how the images stand that a site keeps')
    .description(
      'Asks a running `vouch site serve` how each image stands that its subscriptions have: here, wanted, denied, undecided, passed over\n' +
        'or followed no longer, why, and what nobody was told of yet. Exit code 1 if an image is wanted and cannot be had, or if\n' +
        'a program fails. With --check it looks at a document of subscriptions instead.',
    )
    .option('--site <address>', 'where the daemon listens: HOST:PORT, or unix:/path/of/a/socket', '127.0.0.1:8090')
    .option('--check <file>', 'tell what is wrong with a document of subscriptions');
  addJsonOption(command).addHelpText(
    'after',
    '\nExample:\n  vouch site subscriptions --site unix:/run/vouch/site.sock',
  );
  bind<StatusOptions>(command, tellStatus);
}

async function tellStatus(call: Call<StatusOptions>): Promise<number> {
  const { terminal, options } = call;
  if (options.check !== undefined) return await check(call, options.check);
  const status = await ask(options.site, terminal.io.signal);
  const isWell = status.images.every(
    ({ trouble, notices }) => trouble === undefined && notices.every((notice) => notice.trouble === undefined),
  );
  if (options.json === true) terminal.printJson(status);
  else if (status.images.length === 0) terminal.say('No subscription has any image yet.');
  else {
    terminal.printTable(
      [
        { heading: 'IMAGE' },
        { heading: 'STATE' },
        { heading: 'SUBSCRIPTIONS' },
        { heading: 'SINCE' },
        { heading: 'WHY' },
      ],
      status.images.map((image) => [
        image.image,
        image.state,
        image.subscriptions.join(' '),
        image.since,
        toVisibleText(tellWhy(image)),
      ]),
    );
  }
  return isWell ? EXIT.yes : EXIT.no;
}

function tellWhy({ trouble, reasons, notices, file }: ImageStatus): string {
  const untold = notices.map(({ event, failures, trouble: why }) =>
    why === undefined ? `"${event}" is being told.` : `"${event}" was not taken in ${failures} attempts: ${why}`,
  );
  const why = [...(trouble === undefined ? [] : [trouble]), ...reasons, ...untold].join(' ');
  return why === '' ? (file ?? '') : why;
}

async function check({ terminal, options }: Call<StatusOptions>, file: string): Promise<number> {
  const { readSubscriptionsBytes } = await import('../../site/open-subscriptions.ts');
  const reading = readSubscriptionsBytes(await terminal.read(file));
  const problems = reading.ok ? [] : reading.problems;
  if (options.json === true) terminal.printJson({ file, valid: reading.ok, problems });
  else {
    terminal.print(
      `${file}: ${reading.ok ? `good, ${reading.subscriptions.list.length} subscriptions` : 'none can be read'}`,
    );
    for (const { line, path, message } of problems) {
      const where = [line === undefined ? '' : `line ${line}`, path].filter((part) => part !== '').join(', ');
      terminal.print(`  error${where === '' ? '' : ` at ${where}`}: ${message}`);
    }
  }
  return reading.ok ? EXIT.yes : EXIT.no;
}

function ask(address: string, signal: AbortSignal): Promise<SubscriptionStatus> {
  const place = readListen(address.replace(/^http:\/\/([^/]+)\/?$/, '$1'), '--site');
  const target = 'path' in place ? { socketPath: place.path, headers: { Host: 'localhost' } } : place;
  return new Promise((resolve, reject) => {
    const unreachable = (cause: unknown): void =>
      reject(new VouchError('unreachable', `No site daemon answers at ${address}: ${toMessage(cause)}.`, { cause }));
    const asked = request({ ...target, path: '/subscriptions', signal, timeout: TIMEOUT_MS }, async (reply) => {
      try {
        const chunks: Buffer[] = [];
        let length = 0;
        for await (const chunk of reply as AsyncIterable<Buffer>) {
          length += chunk.length;
          if (length > REPLY_BYTES) throw new Error('its answer is too long');
          chunks.push(chunk);
        }
        if (reply.statusCode === 404) {
          throw new VouchError(
            'not-found',
            `The site daemon at ${address} has no subscriptions: start it with --subscriptions.`,
          );
        }
        if (reply.statusCode !== 200) throw new Error(`it answers with status ${reply.statusCode}`);
        resolve(JSON.parse(Buffer.concat(chunks).toString()) as SubscriptionStatus);
      } catch (cause) {
        if (cause instanceof VouchError) reject(cause);
        else unreachable(cause);
      }
    });
    asked.once('timeout', () => asked.destroy(new Error(`nothing came for ${TIMEOUT_MS / 1000} seconds`)));
    asked.once('error', unreachable);
    asked.end();
  });
}
