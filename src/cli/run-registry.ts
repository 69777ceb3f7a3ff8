import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogEntry } from '../catalog/catalog.ts';
import { readConfirmationTemplate } from '../confirm/confirmation-mail.ts';
import { toMessage, VouchError } from '../errors.ts';
import { readVerifierKey, type VerifierKey } from '../log/note-key.ts';
import { readWitnessPolicy, type WitnessPolicy } from '../log/witness-policy.ts';
import { toSmtpMailer } from '../mail/smtp.ts';
import { readDiskSpace } from '../platform/disk-space.ts';
import { type MirrorOptions, type OpenMirror, openMirror } from '../registry/open-mirror.ts';
import type { OpenRegistry, RegistryOptions } from '../registry/open-registry.ts';
import { openRegistry } from '../registry/open-registry.ts';
import type { TrustSettings } from '../registry/read-trust.ts';
import type { Registry } from '../registry/registry.ts';
import type { Reminders } from '../remind/reminders.ts';
import { createApp } from '../server/app.ts';
import type { Configuration } from '../server/configuration/configuration.ts';
import { type Controlled, createControlApp } from '../server/control-app.ts';
import type { DocumentReader } from '../server/face.ts';
import type { Facts } from '../server/facts/facts.ts';
import { writeWebhookBody } from '../server/feed-event.ts';
import { type RunningServer, serveRegistry, serveSocket } from '../server/listen.ts';
import type { Usage } from '../usage/usage.ts';
import { openWebhooks, type Webhooks } from '../webhook/open-webhooks.ts';
import { findToken } from './access-token.ts';
import { CONTROL_SOCKET } from './control-client.ts';
import { openReminders } from './run-reminders.ts';
import type { RunSettings } from './run-settings.ts';
import { openRegistryUsage, toFacts } from './run-usage.ts';

/** A registry, or a mirror of one, that answers HTTP. */
export interface Running<R> extends AsyncDisposable {
  readonly registry: R;
  readonly server: RunningServer;
}

export type RunningRegistry = Running<OpenRegistry>;

/** What the configuration means to `openRegistry`; `onNews` hears how mail goes. Throws `config` for a template that is none. */
export function toRegistryOptions(
  configuration: Configuration,
  onNews: (sentence: string) => void = () => {},
): RegistryOptions {
  const { trust, limits } = configuration;
  return {
    directory: configuration.dataDirectory,
    baseUrl: configuration.baseUrl,
    title: configuration.title,
    origin: configuration.origin,
    isReadOnly: configuration.readOnly,
    ...toWitnessOptions(configuration.witness),
    witnessedLogs: configuration.witness.logs.map((vkey) => readConfiguredKey(vkey, 'witness.logs')),
    indexRecords: configuration.index.records,
    trust: toTrustSettings(configuration),
    ...(configuration.sparql.server === undefined ? {} : { sparql: configuration.sparql.server }),
    queryView: configuration.sparql.view,
    ...toConfirmationOptions(configuration, onNews),
    follow: configuration.follow.map(({ url, logKey, intervalSeconds, tokenFile }) => ({
      url,
      ...(tokenFile === undefined ? {} : findToken({ 'token-file': tokenFile }, url)),
      log: readConfiguredKey(logKey, 'follow'),
      intervalMs: intervalSeconds * 1000,
    })),
    ...(trust.mode === 'anchors' ? { trustRefreshMs: trust.refreshMinutes * 60_000 } : {}),
    limits: {
      documentBytes: limits.documentBytes,
      workers: limits.workers,
      verifyMs: limits.verifySeconds * 1000,
      queue: limits.queue,
      queryMs: limits.querySeconds * 1000,
      queryRows: limits.queryRows,
      queryQueue: limits.queries,
    },
    endorsing: configuration.endorsing,
    daily: { entries: limits.entriesPerDay, perEndorser: limits.entriesPerEndorser },
  };
}

function toConfirmationOptions(
  { confirmation, smtp }: Configuration,
  onNews: (sentence: string) => void,
): Pick<RegistryOptions, 'confirmation'> {
  if (confirmation === undefined || smtp === undefined) return {};
  const { mode, expireHours, pending, pendingPerAddress, templates } = confirmation;
  const limits = { pending, perAddress: pendingPerAddress, expireMs: expireHours * 3_600_000 };
  const template = readConfirmationTemplate(templates);
  return { confirmation: { mode, mailer: toSmtpMailer(smtp), template, limits, onNews } };
}

/** What the configuration means to `openMirror`; undefined if it is that of a registry with a log of its own. */
export function toMirrorOptions(configuration: Configuration): MirrorOptions | undefined {
  const { mirror, limits } = configuration;
  if (mirror === undefined) return undefined;
  return {
    directory: configuration.dataDirectory,
    baseUrl: configuration.baseUrl,
    title: configuration.title,
    url: mirror.url,
    log: readConfiguredKey(mirror.logKey, 'mirror.logKey'),
    intervalMs: mirror.intervalSeconds * 1000,
    queryView: configuration.sparql.view,
    ...(mirror.tokenFile === undefined ? {} : findToken({ 'token-file': mirror.tokenFile }, mirror.url)),
    limits: {
      workers: limits.workers,
      queryMs: limits.querySeconds * 1000,
      queryRows: limits.queryRows,
      queryQueue: limits.queries,
    },
  };
}

function toWitnessOptions(witness: Configuration['witness']): Partial<RegistryOptions> {
  const { policy, patienceSeconds, refreshMinutes, mirrors, guard } = witness;
  if (policy === undefined) return { mirrors, guard };
  const witnessedBy = {
    policy: readPolicyFile(policy),
    patienceMs: patienceSeconds * 1000,
    refreshMs: refreshMinutes * 60_000,
  };
  return { witnessedBy, mirrors, guard };
}

function readPolicyFile(path: string): WitnessPolicy {
  try {
    return readWitnessPolicy(readFileSync(path));
  } catch (cause) {
    const message = `The witness policy ${path} of the setting witness.policy cannot be used: ${toMessage(cause)}`;
    throw new VouchError('config', message, { cause });
  }
}

function readConfiguredKey(vkey: string, setting: string): VerifierKey {
  try {
    return readVerifierKey(vkey);
  } catch (cause) {
    throw new VouchError('config', `The setting ${setting} holds a key that is none: ${toMessage(cause)}`, { cause });
  }
}

/** What the configuration says of trust. */
export function toTrustSettings({ trust, endorsers: bindings }: Configuration): TrustSettings {
  if (trust.mode === 'open') return trust;
  if (trust.mode === 'pinned') return { mode: 'pinned', fingerprints: trust.pinned, bindings };
  const { directory, crl, crlGraceHours, namespaces, statuses } = trust;
  const chosen = crl === undefined ? {} : { crl };
  return {
    mode: 'anchors',
    directory,
    ...chosen,
    crlGraceMs: crlGraceHours * 3_600_000,
    namespaces,
    statuses,
    bindings,
  };
}

interface ListenOptions {
  readonly host: string;
  readonly port: number;
}

/** Opens a registry and serves it. Disposing of it lets requests under way finish, then closes the store. */
export async function runRegistry(
  options: RegistryOptions,
  listen: ListenOptions,
  more: RunSettings = {},
): Promise<RunningRegistry> {
  const running = await serve(await openRegistry(options), options.directory, listen, more);
  running.registry.overlay?.start();
  return running;
}

/** Opens a mirror and serves what it has; nothing is pulled yet. Disposing of it ends after the package under way. */
export async function runMirror(
  options: MirrorOptions,
  listen: ListenOptions,
  more: RunSettings = {},
): Promise<Running<OpenMirror>> {
  return serve(await openMirror(options), options.directory, listen, more);
}

async function serve<R extends Registry & Controlled & { readonly verifier: DocumentReader }>(
  registry: R,
  directory: string,
  listen: ListenOptions,
  {
    webhooks: targets = [],
    onWebhookStop = () => {},
    reminders: remind,
    usage: count,
    diskLowMegabytes,
    connections,
    onNews = () => {},
    ...shown
  }: RunSettings,
): Promise<Running<R>> {
  const closing = new AbortController();
  let webhooks: Webhooks | undefined;
  let reminders: Reminders | undefined;
  let usage: Usage | undefined;
  let facts: Facts | undefined;
  const closeAll = async (): Promise<void> => {
    await facts?.close();
    await reminders?.close();
    await usage?.close();
    await webhooks?.close();
    await registry.close();
  };
  try {
    if (targets.length > 0) {
      const write = (entry: CatalogEntry) => writeWebhookBody(entry, registry.baseUrl);
      const { catalog, log } = registry;
      webhooks = await openWebhooks({ directory, targets, catalog, origin: log.origin, write, onStop: onWebhookStop });
    }
    usage = count === undefined ? undefined : await openRegistryUsage(registry, directory, count.keepDays, onNews);
    reminders = remind === undefined ? undefined : await openReminders(registry, directory, remind, usage);
    reminders?.start();
    facts = toFacts(registry, usage, shown, onNews);
    const { bodySeconds } = connections ?? {};
    const app = createApp(registry, {
      ...(bodySeconds === undefined ? {} : { bodySeconds }),
      documents: registry.verifier,
      feeds: { closing: closing.signal },
      disk: {
        readDisk: () => readDiskSpace(directory),
        ...(diskLowMegabytes === undefined ? {} : { diskLowBytes: diskLowMegabytes * 1024 * 1024 }),
      },
      ...(reminders === undefined ? {} : { reminders }),
      ...(usage === undefined ? {} : { usage }),
      ...(facts === undefined ? {} : { facts }),
      ...(webhooks === undefined ? {} : { webhooks }),
      ...shown,
    });
    const control = await serveControl(registry, directory);
    const server = await serveRegistry(app, listen, connections).catch(async (thrown: unknown) => {
      await control?.close(0);
      throw thrown;
    });
    const close = async (): Promise<void> => {
      await control?.close(0);
      // Event streams never end by themselves; their clients come back with what they have.
      closing.abort();
      await server.close();
      await closeAll();
    };
    return { registry, server, [Symbol.asyncDispose]: close };
  } catch (thrown) {
    await closeAll();
    throw thrown;
  }
}

/** What a socket's path may have, as Linux and the BSDs have it. */
const SOCKET_PATH_BYTES = 103;

/** Answers the operator's own commands; where the path of the data directory is too long for a socket, these need a stopped registry. */
async function serveControl(
  registry: Controlled,
  directory: string,
): Promise<Pick<RunningServer, 'close'> | undefined> {
  const path = join(directory, CONTROL_SOCKET);
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES) return undefined;
  return serveSocket(createControlApp(registry), path, 'owner');
}

/** Resolves when the run is to end. */
export async function untilStopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
