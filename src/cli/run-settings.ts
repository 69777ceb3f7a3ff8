import type { AppOptions } from '../server/app.ts';
import { ClientCertificates } from '../server/client-certificate.ts';
import type { Configuration } from '../server/configuration/configuration.ts';
import type { GateSettings } from '../server/gate.ts';
import type { Journal } from '../server/journal.ts';
import type { ListenOptions as ServerOptions } from '../server/listen.ts';
import { openTheme } from '../server/theme.ts';
import { TokenFile } from '../server/token-file.ts';
import { LocationFacts } from '../site/probe/location-facts.ts';
import type { WebhookTarget } from '../webhook/webhook.ts';
import type { RemindSettings } from './run-reminders.ts';

/** What the configuration says of how a run is watched. */
export function toRunSettings(configuration: Configuration, journal: Journal): RunSettings {
  const { limits } = configuration;
  const { proxies } = configuration.listen;
  const { report } = configuration.locations;
  const { usage } = configuration;
  return {
    onNews: (sentence) => journal.news(sentence),
    onFault: (fault, request) => journal.fault(fault, request),
    onRequest: (note) => journal.request(note),
    theme: openTheme(configuration.theme),
    metrics: configuration.metrics.access,
    proxies,
    rates: limits,
    connections: { ...limits, proxies, ...(configuration.tls === undefined ? {} : { tls: configuration.tls }) },
    gate: toGate(configuration, journal),
    ...(report === undefined ? {} : { locations: new LocationFacts(report, (sentence) => journal.news(sentence)) }),
    ...(usage === undefined ? {} : { usage: { keepDays: usage.days }, siteNames: usage.siteNames }),
    diskLowMegabytes: configuration.health.diskMegabytes,
  };
}

function toGate({ access, listen }: Configuration, journal: Journal): GateSettings {
  const { mode, tokens, readers, administrators, proxySecret } = access;
  return {
    mode,
    tokens: tokens === undefined ? undefined : new TokenFile(tokens, (sentence) => journal.news(sentence)),
    certificates: new ClientCertificates(listen.proxies, proxySecret),
    readers,
    administrators,
  };
}

/** What a run shows besides, and whom it tells. */
export interface RunSettings
  extends Pick<
    AppOptions,
    | 'siteNames'
    | 'savedQueries'
    | 'theme'
    | 'onFault'
    | 'onRequest'
    | 'metrics'
    | 'proxies'
    | 'rates'
    | 'gate'
    | 'locations'
    | 'now'
  > {
  readonly connections?: ServerOptions;
  readonly webhooks?: readonly WebhookTarget[];
  /** How use is counted; it is not where absent. */
  readonly usage?: { readonly keepDays: number };
  /** Whom to remind by mail; nobody where absent. */
  readonly reminders?: RemindSettings;
  /** MiB on the disk of the data directory below which health warns; 512 where absent. */
  readonly diskLowMegabytes?: number;
  /** Hears, in sentences, what a mirror meets. */
  readonly onNews?: (sentence: string) => void;
  /** Hears why a webhook stopped for good. */
  readonly onWebhookStop?: (reason: string) => void;
}
