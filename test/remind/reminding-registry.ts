import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningRegistry, runRegistry, toRegistryOptions } from '../../src/cli/run-registry.ts';
import { toRemindSettings } from '../../src/cli/run-reminders.ts';
import { toRunSettings } from '../../src/cli/run-settings.ts';
import { readConfiguration } from '../../src/server/configuration/configuration.ts';
import { openJournal } from '../../src/server/journal.ts';
import { openSmtpSink, type SmtpSink } from '../mail/smtp-sink.ts';
import { makePlace, type RegistryPlace } from '../registry/world.ts';

/** A registry as `vouch serve` runs it by its configuration, but for its clock, with the server that takes its mail. */
export interface RemindingRegistry {
  readonly place: RegistryPlace;
  readonly sink: SmtpSink;
  /** Where it listens, which is its base URL. */
  readonly url: string;
  readonly openedAt: Date;
  /** The registry's clock. */
  at: Date;
  /** What the operator was told. */
  readonly said: readonly string[];
  /** Ends it and starts it again over the same directory. */
  restart(): Promise<void>;
  /** Resolves when whoever looks for due reminders has asked for the time so many times more: at least once in each round. */
  looks(count: number): Promise<void>;
  close(): Promise<void>;
}

const LOOK_MS = 20;

/** Starts one with these settings besides those of the place and the mail server. Its clock begins with the machine's. */
export async function openReminding(settings: readonly string[]): Promise<RemindingRegistry> {
  const place = await makePlace();
  const sink = await openSmtpSink();
  const port = await findPort();
  const said: string[] = [];
  const file = join(place.directory, 'vouch.yaml');
  const lines = [
    `baseUrl: http://127.0.0.1:${port}`,
    'dataDirectory: ./data',
    `listen: { host: 127.0.0.1, port: ${port} }`,
    'trust: { mode: anchors, directory: ./trust }',
    'limits: { workers: 1 }',
    `smtp: { host: 127.0.0.1, port: ${sink.port}, security: none, from: registry@example.org }`,
    ...settings,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const configuration = readConfiguration({ file, env: {} });
  const journal = openJournal(configuration.logs, (line) => said.push(line));
  let looks = 0;
  const openedAt = new Date(Math.floor(Date.now() / 1_000) * 1_000);
  const now = (): Date => reminding.at;
  const look = (): Date => {
    looks += 1;
    return now();
  };
  const say = (sentence: string): void => journal.news(sentence);
  const start = async (): Promise<RunningRegistry> => {
    const reminders = toRemindSettings(configuration, say)!;
    return runRegistry({ ...toRegistryOptions(configuration, say), now }, configuration.listen, {
      ...toRunSettings(configuration, journal),
      reminders: { ...reminders, now: look },
      now,
    });
  };
  const reminding: RemindingRegistry = {
    place,
    sink,
    url: configuration.baseUrl,
    openedAt,
    at: openedAt,
    said,
    async restart() {
      await running[Symbol.asyncDispose]();
      running = await start();
    },
    async looks(count) {
      for (const end = looks + count; looks < end; ) await delay(LOOK_MS);
    },
    async close() {
      await running[Symbol.asyncDispose]();
      await sink.close();
      place.remove();
    },
  };
  let running = await start();
  return reminding;
}

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
