import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/log/sha256.ts';
import type { Witness } from '../../src/log/witness-policy.ts';
import { fetchKept, HttpWitness } from '../../src/peer/http-witness.ts';

let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
let asked: { method: string | undefined; url: string | undefined; type: string | undefined; body: string }[] = [];
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method, url, headers } = request;
  asked.push({ method, url, type: headers['content-type'], body: Buffer.concat(chunks).toString() });
  answer(request, response);
});
let prefix = '';
let witness: HttpWitness;
const never = new AbortController().signal;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  prefix = `http://127.0.0.1:${(server.address() as AddressInfo).port}/witness`;
  witness = new HttpWitness({ name: 'w', url: prefix } as Witness & { url: string });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function reply(status: number, body: string | Uint8Array, type = 'text/plain'): void {
  asked = [];
  answer = (_, response) => void response.writeHead(status, { 'Content-Type': type }).end(body);
}

describe('a witness asked over HTTP', () => {
  it('is sent the body as it is, and its lines come back as they are', async () => {
    reply(200, '\u2014 w AAAA\n');
    expect(await witness.add('old 0\n\nnote', never)).toEqual({
      outcome: 'cosigned',
      lines: Buffer.from('\u2014 w AAAA\n'),
    });
    expect(asked).toEqual([
      { method: 'POST', url: '/witness/add-checkpoint', type: 'text/plain; charset=utf-8', body: 'old 0\n\nnote' },
    ]);
  });

  it.each(['7', '7\n'])('that is elsewhere says where: %j', async (body) => {
    reply(409, body, 'text/x.tlog.size');
    expect(await witness.add('', never)).toEqual({ outcome: 'conflict', size: 7 });
  });

  it.each(['', '0x7', ' 7', '-1', '7\n\n', '07', '9'.repeat(40)])(
    'is not believed a size it spells %j',
    async (body) => {
      reply(409, body, 'text/x.tlog.size');
      await expect(witness.add('', never)).rejects.toMatchObject({ code: 'remote' });
    },
  );

  it('that refuses is quoted in one line that cannot steer a terminal', async () => {
    reply(403, `\u001b[2Jno\n${'x'.repeat(10_000)}`);
    const refused = await witness.add('', never);
    expect(refused).toMatchObject({
      outcome: 'refused',
      status: 403,
      reason: expect.stringMatching(/^"[\x20-\x7e]{1,210}"$/),
    });
    reply(409, 'conflict');
    expect(await witness.add('', never)).toMatchObject({ outcome: 'refused', status: 409 });
  });

  it('is not followed elsewhere', async () => {
    asked = [];
    answer = (_, response) => void response.writeHead(302, { Location: `${prefix}/other` }).end();
    expect(await witness.add('', never)).toMatchObject({ outcome: 'refused', status: 302 });
    expect(asked).toHaveLength(1);
  });

  it('that answers without end is cut off', async () => {
    answer = (_, response) => {
      response.writeHead(200);
      const more = (): void => void (response.destroyed || response.write('x'.repeat(65_536), more));
      more();
    };
    await expect(witness.add('', never)).rejects.toMatchObject({ code: 'remote', message: /more than 262144 bytes/ });
  });

  it('that is waited for no longer, breaks off or is not there is out of reach', async () => {
    answer = () => undefined;
    const stop = new AbortController();
    const waiting = witness.add('', stop.signal);
    setTimeout(() => stop.abort(), 20);
    await expect(waiting).rejects.toMatchObject({ code: 'unreachable' });
    answer = (_, response) => void response.destroy();
    await expect(witness.add('', never)).rejects.toMatchObject({ code: 'unreachable' });
    const gone = new HttpWitness({ name: 'w', url: 'http://127.0.0.1:1/witness' } as Witness & { url: string });
    await expect(gone.add('', never)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('gives the checkpoint it keeps of a log, if it has one', async () => {
    reply(200, 'a note');
    expect(await fetchKept(prefix, 'log.example.org', never)).toEqual(Buffer.from('a note'));
    expect(asked[0]).toMatchObject({
      method: 'GET',
      url: `/witness/${sha256Hex(Buffer.from('log.example.org'))}/checkpoint`,
    });
    reply(404, 'none');
    expect(await witness.latest('log.example.org', never)).toBeUndefined();
    reply(500, 'broken');
    await expect(witness.latest('log.example.org', never)).rejects.toMatchObject({ code: 'remote' });
  });
});
