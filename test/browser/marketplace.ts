import { MemoryStore } from '../../src/catalog/memory-store.ts';
import type { Description } from '../../src/entry/entry.ts';
import type { OpenRegistry } from '../../src/registry/open-registry.ts';
import { type AppOptions, createApp } from '../../src/server/app.ts';
import { Facts } from '../../src/server/facts/facts.ts';
import { type RunningServer, serveRegistry } from '../../src/server/listen.ts';
import { Usage } from '../../src/usage/usage.ts';
import type { Issued } from '../../src/x509/issue.ts';
import { describeImage, makeEndorser, makeEntry, NOW, type TestEndorser } from '../endorser.ts';
import { makePlace } from '../registry/world.ts';

const DAY_MS = 86_400_000;

/** A real registry that listens on this machine, with two people whom it lets endorse. */
export interface Marketplace {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly registry: OpenRegistry;
  readonly usage: Usage;
  /** The one whose certificates count here. */
  readonly authority: Issued;
  readonly ada: TestEndorser;
  readonly ben: TestEndorser;
  /** Signs a statement so many days before NOW and submits it then; its path and the bytes. */
  publish(who: TestEndorser, description: Description, daysAgo?: number): Promise<Published>;
  close(): Promise<void>;
}

export interface Published {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Opens an empty marketplace in a new directory, which closing removes. */
export async function openMarketplace(look: Pick<AppOptions, 'theme' | 'siteNames'> = {}): Promise<Marketplace> {
  const place = await makePlace();
  let at = NOW;
  const registry = await place.open({ now: () => at, title: 'Test marketplace' });
  const usage = await Usage.open({
    store: new MemoryStore(),
    catalog: registry.catalog,
    catalogName: registry.log.origin,
    now: () => at,
    keepDays: 365,
    onNews: () => {},
  });
  const { baseUrl, catalog, sparql } = registry;
  const facts = new Facts({ catalog, baseUrl, usage, isShowingSites: false, bounds: sparql.bounds, now: () => at });
  const app = createApp(registry, { documents: registry.verifier, now: () => at, usage, facts, ...look });
  const server: RunningServer = await serveRegistry(app, { host: '127.0.0.1', port: 0 });
  return {
    url: server.url,
    registry,
    usage,
    authority: place.authority,
    ada: await makeEndorser(place.authority, 'ada'),
    ben: await makeEndorser(place.authority, 'ben'),
    async publish(who, description, daysAgo = 0) {
      at = new Date(NOW.getTime() - daysAgo * DAY_MS);
      try {
        const bytes = await makeEntry(who, description, { createdAt: at });
        const submission = await registry.submit(bytes);
        if (submission.outcome !== 'accepted') throw new Error(JSON.stringify(submission));
        return { path: submission.path, bytes };
      } finally {
        at = NOW;
      }
    },
    async close() {
      await server.close(0);
      await facts.close();
      await usage.close();
      await registry.close();
      place.remove();
    },
  };
}

/** What the example marketplace holds, by what is worth seeing. */
export interface Examples {
  /** Endorsed by both, ada's tagged; ada made an older statement as well. */
  readonly debian: { readonly description: Description; readonly ada: Published; readonly older: Published };
  readonly deprecated: Published;
  readonly expired: Published;
  /** Says as little as an entry may. */
  readonly bare: Published;
}

/** Fills a marketplace with one of everything. */
export async function publishExamples({ ada, ben, publish }: Marketplace): Promise<Examples> {
  const debian = describeImage('debian', {
    title: 'Debian 13 base system',
    description: 'Minimal Debian with cloud-init; root login by key only.',
    tag: 'debian-stable',
    version: '13.1',
    creator: 'Ada Endorser',
    publisher: 'Example Institute',
    inboundPorts: [22, 443],
  });
  const old = describeImage('centos', { title: 'CentOS 7 legacy node', os: 'centos', osVersion: '7' });
  const lapsing = describeImage('ubuntu', {
    title: 'Ubuntu 22.04 worker node',
    os: 'ubuntu',
    osVersion: '22.04',
    validUntil: new Date(NOW.getTime() - 5 * DAY_MS),
  });
  const { identifier, sizeBytes, checksums } = describeImage('bare');
  const older = await publish(ada, { ...debian, title: 'Debian 13 base system (first try)' }, 40);
  await publish(ben, old, 30);
  const expired = await publish(ada, lapsing, 20);
  await publish(ben, debian, 12);
  const newest = await publish(ada, debian, 10);
  const deprecated = await publish(
    ben,
    { ...old, locations: [], deprecated: 'CentOS 7 gets no security updates since June 2024' },
    3,
  );
  const bare = await publish(ben, {
    ...{ identifier, sizeBytes, checksums, type: 'disk', validUntil: new Date('2027-01-01T00:00:00Z') },
    ...{ locations: ['https://images.example.org/bare.raw'], inboundPorts: [], outboundPorts: [], icmp: [] },
  });
  return { debian: { description: debian, ada: newest, older }, deprecated, expired, bare };
}
