import type { Command } from 'commander';
import { VouchError } from '../../errors.ts';
import type { FollowedLog } from '../../site/followed-log.ts';
import { addTrustOption, type Bind, type Call, openClient } from '../call.ts';
import { EXIT } from '../exit-code.ts';
import { addFetchingOptions, type FetchingOptions } from '../fetching-option.ts';
import { addFollowingOptions, type FollowingOptions, readFollowing } from '../following-option.ts';
import { keepSubscriptions } from '../keep-subscriptions.ts';
import { readLogKeyOption, toStateDirectory, toStateRoot } from '../log-address.ts';
import { openFollowed } from '../open-followed.ts';
import { needPolicy, readHours } from '../policy-option.ts';
import { addReportOption, countDecision, keepReporting, openReport, type UseReport } from '../report-use.ts';
import { isLoopback, readListen } from '../site-address.ts';
import { needTrust, openWorld } from '../world.ts';
import { addSiteSubscriptions } from './site-subscriptions.ts';

interface ServeOptions extends FetchingOptions, FollowingOptions {
  readonly url?: readonly string[];
  readonly listen: string;
  readonly every: string;
  readonly onDemand?: boolean;
  readonly subscriptions?: string;
}

/** `vouch site …`: what a cloud site runs. */
export function addSite(program: Command, bind: Bind): void {
  const site = program
    .command('site')
    .summary('run what a cloud asks before it launches')
    .description('Runs what a cloud asks before it launches an image (docs/policy.md).');
  const command = site
    .command('serve')
    .summary('decide for a cloud, from a verified copy of one or several registries')
    .description(
      'Keeps verified copies of registries and answers whether images may run, by POST /policy/decide on loopback or a Unix socket,\n' +
        'without asking anyone else. If a registry is away, its copy serves until --grace is over. The policy and the trust directory\n' +
        'are read again as they change.',
    )
    .option('--url <url...>', 'base URLs of the registries (else VOUCH_URL)')
    .option('--listen <address>', 'HOST:PORT, or unix:/path/of/a/socket', '127.0.0.1:8090')
    .option('--every <seconds>', 'how often the registries are asked for what is new', '30')
    .option('--subscriptions <file>', 'which images to keep here, and what to run for them (docs/subscriptions.md)')
    .option('--on-demand', 'fetch documents when they are asked about first, not all beforehand');
  addReportOption(addTrustOption(addFetchingOptions(addFollowingOptions(command)))).addHelpText(
    'after',
    '\nExample:\n  vouch site serve --url https://marketplace.example.org --log-key marketplace.example.org/log+… \\\n' +
      '    --policy site.yaml --trust /etc/grid-security/certificates --listen unix:/run/vouch/site.sock',
  );
  bind<ServeOptions>(command, serve);
  addSiteSubscriptions(site, bind);
}

async function serve(call: Call<ServeOptions>): Promise<number> {
  const { terminal, settings, options } = call;
  const { openPolicy } = await import('../../site/open-policy.ts');
  const { Site } = await import('../../site/site.ts');
  const { SiteKeeper } = await import('../../site/site-keeper.ts');
  const { createSiteApp } = await import('../../server/site-app.ts');
  const { serveRegistry, serveSocket } = await import('../../server/listen.ts');
  const { readTrust } = await import('../../registry/read-trust.ts');
  const { fromTrustCopy } = await import('../../registry/trust-copy.ts');
  const { untilStopped } = await import('../run-registry.ts');
  const file = needPolicy(settings.policy);
  const { policy, problems } = openPolicy(file);
  for (const { severity, message } of problems) terminal.say(`${file}: ${severity}: ${message}`);
  const directory = needTrust(settings.trust);
  if (directory === 'any') {
    throw new VouchError(
      'usage',
      'A site decides by whom it trusts: --trust must name a directory of CA certificates.',
    );
  }
  let reading = await readTrust({ mode: 'anchors', directory });
  const [everyMs, graceMs] = [readHours(options.every, '--every') / 3_600, readHours(options.grace, '--grace')];
  const place = readListen(options.listen);
  const isOffline = options.onDemand !== true;
  if (!isOffline && options.subscriptions !== undefined) {
    throw new VouchError('usage', '--subscriptions look at every document: leave --on-demand out.');
  }
  const logs: FollowedLog[] = [];
  const reports = new Map<string, UseReport>();
  using world = await openWorld();
  try {
    for (const address of await toAddresses(call)) {
      const log = await openCopy(call, address);
      logs.push(log);
      const report = await openReport(call, address);
      if (report !== undefined) reports.set(log.origin, report);
    }
    needDistinct(logs, options.logKey ?? []);
    const site = new Site({ logs, policy, trust: fromTrustCopy(reading.trust), world, isOffline });
    await using keeper = new SiteKeeper(site, reading.trust.digest, {
      everyMs,
      onFollowed: async () => kept?.round(),
      fetchesAll: isOffline,
      readPolicy: () => openPolicy(file).policy,
      readTrust: async () => {
        reading = await readTrust({ mode: 'anchors', directory }, reading);
        return { trust: fromTrustCopy(reading.trust), digest: reading.trust.digest };
      },
      tell: (sentence) => terminal.say(sentence),
    });
    await using kept =
      options.subscriptions === undefined
        ? undefined
        : await keepSubscriptions(
            site,
            {
              ...options,
              file: options.subscriptions,
              directory: toStateRoot(options.state, terminal.io),
              graceMs,
              onDownloaded: (image, origin) => reports.get(origin)?.tally.count(image, 'downloaded'),
            },
            terminal,
          );
    await using _reporting = keepReporting([...reports.values()]);
    const onFault = (fault: VouchError): void => terminal.say(fault.message);
    const app = createSiteApp(site, {
      isFilled: () => keeper.isFilled,
      isLoopback: 'host' in place && isLoopback(place.host),
      onFault,
      onDecision: (decision) => {
        for (const [origin, { tally }] of reports) countDecision(tally, decision, origin);
      },
      ...(kept === undefined ? {} : { readSubscriptions: () => kept.status() }),
    });
    const server = 'path' in place ? await serveSocket(app, place.path) : await serveRegistry(app, place);
    keeper.start();
    terminal.say(`Deciding by ${policy.name ?? file} at ${server.url}`);
    await untilStopped(terminal.io.signal);
    await server.close();
  } finally {
    for (const log of logs.toReversed()) await log[Symbol.asyncDispose]();
  }
  return EXIT.yes;
}

async function toAddresses(call: Call<ServeOptions>): Promise<string[]> {
  const urls = call.options.url ?? (call.settings.url === undefined ? [] : [call.settings.url]);
  if (urls.length === 0) throw new VouchError('usage', 'No registry is named: give --url URL, or set VOUCH_URL.');
  return [...new Set(urls.map((url) => openClient(call, url).baseUrl))];
}

/**
 * Refuses two addresses of one log, and a key whose log none of them is: a registry that passes another one's log off as its own would
 * hide what is in the one it has.
 */
function needDistinct(logs: readonly FollowedLog[], keys: readonly string[]): void {
  const origins = logs.map(({ origin }) => origin);
  const twice = origins.find((origin, at) => origins.indexOf(origin) !== at);
  if (twice !== undefined) throw new VouchError('usage', `Two of the registries show the same log, ${twice}.`);
  const unseen = keys.map(readLogKeyOption).find(({ name }) => !origins.includes(name));
  if (unseen !== undefined) {
    throw new VouchError('usage', `None of the registries shows the log ${unseen.name}, whose key --log-key gives.`);
  }
}

async function openCopy(call: Call<ServeOptions>, address: string) {
  const directory = toStateDirectory(call.options.state, call.terminal.io, address);
  return openFollowed({ ...(await readFollowing(call, address)), address, directory });
}
