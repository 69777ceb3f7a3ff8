import { once } from 'node:events';
import { toMessage, VouchError } from '../errors.ts';
import { readVerifierKey, type VerifierKey } from '../log/note-key.ts';
import type { OpenRegistry, RegistryOptions } from '../registry/open-registry.ts';
import { openRegistry } from '../registry/open-registry.ts';
import type { TrustSettings } from '../registry/read-trust.ts';
import { type AppOptions, createApp } from '../server/app.ts';
import type { Configuration } from '../server/configuration.ts';
import { type RunningServer, serveRegistry } from '../server/listen.ts';

/** A registry that answers HTTP. */
export interface RunningRegistry extends AsyncDisposable {
  readonly registry: OpenRegistry;
  readonly server: RunningServer;
}

/** What the configuration means to `openRegistry`. */
export function toRegistryOptions(configuration: Configuration): RegistryOptions {
  const { trust, limits } = configuration;
  return {
    directory: configuration.dataDirectory,
    baseUrl: configuration.baseUrl,
    title: configuration.title,
    origin: configuration.origin,
    isReadOnly: configuration.readOnly,
    witnessedLogs: configuration.witness.logs.map((vkey) => readConfiguredKey(vkey, 'witness.logs')),
    trust: toTrustSettings(configuration),
    ...(trust.mode === 'anchors' ? { trustRefreshMs: trust.refreshMinutes * 60_000 } : {}),
    limits: {
      documentBytes: limits.documentBytes,
      workers: limits.workers,
      verifyMs: limits.verifySeconds * 1000,
      queue: limits.queue,
      queryMs: limits.querySeconds * 1000,
      queryRows: limits.queryRows,
    },
  };
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

/** Opens a registry and serves it. Disposing of it lets requests under way finish, then closes the store. */
export async function runRegistry(
  options: RegistryOptions,
  listen: { readonly host: string; readonly port: number },
  more: Pick<AppOptions, 'savedQueries'> = {},
): Promise<RunningRegistry> {
  const registry = await openRegistry(options);
  try {
    const closing = new AbortController();
    const app = createApp(registry, { documents: registry.verifier, feeds: { closing: closing.signal }, ...more });
    const server = await serveRegistry(app, listen);
    const close = async (): Promise<void> => {
      // Event streams never end by themselves; their clients come back with what they have.
      closing.abort();
      await server.close();
      await registry.close();
    };
    return { registry, server, [Symbol.asyncDispose]: close };
  } catch (thrown) {
    await registry.close();
    throw thrown;
  }
}

/** Resolves when the run is to end. */
export async function untilStopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
