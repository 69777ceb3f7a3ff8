import type { Hono } from 'hono';
import type { ConfirmationOptions } from '../../src/confirm/confirmation.ts';
import { readConfirmationTemplate } from '../../src/confirm/confirmation-mail.ts';
import { toSmtpMailer } from '../../src/mail/smtp.ts';
import type { OpenRegistry, RegistryOptions } from '../../src/registry/open-registry.ts';
import { createApp } from '../../src/server/app.ts';
import { NOW } from '../endorser.ts';
import { openSmtpSink, type SmtpSink } from '../mail/smtp-sink.ts';
import { makePlace, type RegistryPlace } from '../registry/world.ts';

/** A registry that asks endorsers by mail, with the server that takes the mail; both can be stopped and started again. */
export interface AskingRegistry {
  readonly place: RegistryPlace;
  readonly registry: OpenRegistry;
  readonly app: Hono;
  readonly sink: SmtpSink;
  /** What the operator was told. */
  readonly news: readonly string[];
  /** The registry's clock. */
  at: Date;
  /** Closes the registry and opens it again over the same directory, with other settings if they are given. */
  restart(changes?: Changes): Promise<void>;
  /** Uploads as a client does. */
  upload(bytes: Uint8Array, accept?: string): Promise<Response>;
  close(): Promise<void>;
}

export interface Changes {
  readonly confirmation?: Partial<ConfirmationOptions>;
  readonly trust?: RegistryOptions['trust'];
  readonly baseUrl?: string;
}

const LIMITS = { pending: 100, perAddress: 5, expireMs: 3_600_000 };

export async function openAskingRegistry(changes: Changes = {}): Promise<AskingRegistry> {
  const place = await makePlace();
  const sink = await openSmtpSink();
  const news: string[] = [];
  let settings = changes;
  let open: { registry: OpenRegistry; app: Hono };
  const start = async (): Promise<void> => {
    const mailer = toSmtpMailer({ host: '127.0.0.1', port: sink.port, security: 'none', from: 'registry@example.org' });
    const confirmation: ConfirmationOptions = {
      mode: 'unknown',
      mailer,
      template: readConfirmationTemplate(),
      limits: LIMITS,
      onNews: (sentence) => news.push(sentence),
      firstPauseMs: 20,
      ...settings.confirmation,
    };
    const { confirmation: _, ...rest } = settings;
    const registry = await place.open({ ...rest, confirmation, now: () => asking.at, limits: { workers: 1 } });
    open = { registry, app: createApp(registry, { documents: registry.verifier, now: () => asking.at }) };
  };
  const asking: AskingRegistry = {
    place,
    sink,
    news,
    at: NOW,
    get registry() {
      return open.registry;
    },
    get app() {
      return open.app;
    },
    async restart(next = {}) {
      await open.registry.close();
      settings = { ...settings, ...next };
      await start();
    },
    upload: async (bytes, accept = 'application/json') =>
      open.app.request('/metadata', {
        method: 'POST',
        body: new Uint8Array(bytes),
        headers: { 'Content-Type': 'application/rdf+xml', Accept: accept },
      }),
    async close() {
      await open.registry.close();
      await sink.close();
      place.remove();
    },
  };
  await start();
  return asking;
}
