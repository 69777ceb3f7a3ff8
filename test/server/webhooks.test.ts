import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createApp } from '../../src/server/app.ts';
import { writeWebhookBody } from '../../src/server/feed-event.ts';
import { openWebhooks } from '../../src/webhook/open-webhooks.ts';
import { BASE, NOW, openTwin } from './registry-twin.ts';

test('the registry shows the key of its webhooks and how they do, not where they lead', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vouch-webhooks-'));
  const twin = await openTwin();
  const bodies: string[] = [];
  const receiver = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
    request.on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  const webhooks = await openWebhooks({
    directory,
    targets: [{ name: 'site', url: `http://127.0.0.1:${port}/secret`, filter: {} }],
    catalog: twin.catalog,
    origin: twin.log.origin,
    write: (entry) => writeWebhookBody(entry, BASE),
    onStop: (reason) => expect.fail(reason),
  });
  try {
    const app = createApp(twin, { documents: twin.documents, now: () => NOW, webhooks });
    await twin.put({ title: 'Debian' });
    for (let turn = 0; turn < 1000 && webhooks.states()[0]!.cursor < 1; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(bodies.map((body) => JSON.parse(body) as unknown)).toMatchObject([
      {
        type: 'entry.endorsed',
        timestamp: '2026-11-20T12:00:00Z',
        data: { cursor: 1, receipt: `${BASE}/log/receipt/0`, entry: { title: 'Debian', status: 'valid', index: 0 } },
      },
    ]);
    const key = await app.request('/webhooks/key');
    expect(await key.text()).toMatch(/^whpk_[A-Za-z0-9+/]{43}=\n$/);
    const health = await (await app.request('/health/webhooks')).text();
    expect(JSON.parse(health)).toMatchObject({
      webhooks: [{ name: 'site', cursor: 1, behind: 0, state: 'delivering' }],
    });
    expect(health).not.toContain('secret');
    const without = createApp(twin, { documents: twin.documents, now: () => NOW });
    expect((await without.request('/webhooks/key')).status).toBe(404);
  } finally {
    await webhooks.close();
    await new Promise((resolve) => receiver.close(resolve));
    await twin.close();
    await rm(directory, { recursive: true });
  }
});
