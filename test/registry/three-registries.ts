import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openLogKey } from '../../src/log/log-key.ts';
import type { VerifierKey } from '../../src/log/note-key.ts';
import { readWitnessPolicy, type WitnessPolicy } from '../../src/log/witness-policy.ts';
import type { OpenRegistry, RegistryOptions } from '../../src/registry/open-registry.ts';
import { openWitnessKey } from '../../src/registry/open-witness.ts';
import { createApp } from '../../src/server/app.ts';
import { type RunningServer, serveRegistry } from '../../src/server/listen.ts';
import { NOW } from '../endorser.ts';
import { makePlace, type RegistryPlace } from './world.ts';

/** One of three registries that witness each other over loopback. */
export interface Site {
  readonly place: RegistryPlace;
  readonly url: string;
  readonly log: VerifierKey;
  readonly news: string[];
  /** Opens and serves it. */
  start(options?: Partial<RegistryOptions>): Promise<OpenRegistry>;
  /** Ends serving and closes it, if it runs. */
  stop(): Promise<void>;
}

export interface ThreeRegistries {
  readonly sites: readonly [Site, Site, Site];
  /** Two of three; all three logs. */
  readonly policy: WitnessPolicy;
  remove(): Promise<void>;
}

/** Makes the places, keys and policy: what three operators would exchange by mail. */
export async function makeThreeRegistries(): Promise<ThreeRegistries> {
  const ports = await freePorts(3);
  const made = await Promise.all(
    ports.map(async (port) => {
      const place = await makePlace();
      const [directory, baseUrl] = [join(place.directory, 'data'), `http://127.0.0.1:${port}`];
      const witness = await openWitnessKey(directory, baseUrl);
      const log = await openLogKey(join(directory, 'log.key'), `127.0.0.1:${port}/log`);
      return { port, place, baseUrl, witness: witness.verifier, log: log.verifier };
    }),
  );
  const text = [
    ...made.map(({ log }) => `log ${log.vkey}`),
    ...made.map(({ witness, baseUrl }, at) => `witness ${'ABC'[at]} ${witness.vkey} ${baseUrl}/witness`),
    'group any-two 2 A B C',
    'quorum any-two',
    '',
  ].join('\n');
  const policy = readWitnessPolicy(Buffer.from(text));
  const sites = made.map(({ port, place, baseUrl, log }): Site => {
    const news: string[] = [];
    let running: { registry: OpenRegistry; server: RunningServer } | undefined;
    return {
      place,
      url: baseUrl,
      log,
      news,
      async start(options = {}) {
        const registry = await place.open({
          baseUrl,
          witnessedLogs: made.map((one) => one.log),
          witnessedBy: { policy, patienceMs: 30_000 },
          onWitnessNews: (sentence) => news.push(sentence),
          now: () => NOW,
          ...options,
        });
        const app = createApp(registry, { documents: registry.verifier, now: () => NOW });
        running = { registry, server: await serveRegistry(app, { host: '127.0.0.1', port }) };
        return registry;
      },
      async stop() {
        await running?.server.close(0);
        await running?.registry.close();
        running = undefined;
      },
    };
  });
  return {
    sites: sites as unknown as ThreeRegistries['sites'],
    policy,
    async remove() {
      for (const site of sites) await site.stop();
      for (const { place } of sites) place.remove();
    },
  };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
