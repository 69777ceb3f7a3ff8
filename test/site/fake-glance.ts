import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Values = Record<string, unknown>;

/** Keystone and Glance as far as one project needs them, by the API reference of OpenStack; it refuses what they refuse. */
export interface FakeGlance extends Disposable {
  readonly url: string;
  readonly images: Values[];
  /** Bytes by id of the image. */
  readonly files: Map<string, Buffer>;
  /** Every request: method, path, and media type of a body. */
  readonly asked: string[];
  /** Spoils what arrives. */
  spoil: boolean;
}

const CREDENTIALS = { name: 'site', password: 'secret', domain: { name: 'Default' } };
const TOKEN = 'token-of-the-site';
const FORMATS = ['raw', 'qcow2', 'vmdk', 'vdi', 'vhd', 'iso'];

export async function openFakeGlance(): Promise<FakeGlance> {
  const images: Values[] = [];
  const files = new Map<string, Buffer>();
  const asked: string[] = [];
  const fake = { images, files, asked, spoil: false };
  let base = '';
  let count = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? '', base);
    const kind = request.headers['content-type'] ?? '';
    asked.push(`${request.method} ${url.pathname} ${kind}`.trim());
    const reply = (status: number, value?: unknown, headers: Record<string, string> = {}): void => {
      const json = value === undefined ? {} : { 'Content-Type': 'application/json' };
      response.writeHead(status, { ...json, ...headers }).end(value === undefined ? undefined : JSON.stringify(value));
    };
    if (url.pathname === '/v3/auth/tokens' && request.method === 'POST') {
      const { auth } = JSON.parse(body.toString()) as {
        auth: { identity: { methods: string[]; password: { user: unknown } }; scope: unknown };
      };
      const isKnown = JSON.stringify(auth.identity.password.user) === JSON.stringify(CREDENTIALS);
      if (!isKnown || auth.identity.methods[0] !== 'password') return reply(401, { error: { code: 401 } });
      const endpoints = [
        { interface: 'internal', region_id: 'one', url: 'http://192.0.2.1' },
        { interface: 'public', region_id: 'two', url: 'http://192.0.2.2' },
        { interface: 'public', region_id: 'one', url: base },
      ];
      const catalog = [
        { type: 'compute', endpoints: [] },
        { type: 'image', endpoints },
      ];
      return reply(201, { token: { catalog } }, { 'X-Subject-Token': TOKEN });
    }
    if (request.headers['x-auth-token'] !== TOKEN) return reply(401);
    if (url.pathname === '/v2/images' && request.method === 'GET') {
      const hidden = url.searchParams.get('os_hidden') === 'true';
      const wanted = url.searchParams.get('vouch_image');
      return reply(200, { images: images.filter((one) => one.os_hidden === hidden && one.vouch_image === wanted) });
    }
    if (url.pathname === '/v2/images' && request.method === 'POST') {
      const given = JSON.parse(body.toString()) as Values;
      const isGood =
        FORMATS.includes(String(given.disk_format)) && Object.values(given).every((value) => typeof value === 'string');
      if (!isGood || kind !== 'application/json') return reply(400);
      count += 1;
      const image = { ...given, id: `id-${count}`, status: 'queued', os_hidden: false };
      images.push(image);
      return reply(201, image);
    }
    const [, id, rest = ''] = /^\/v2\/images\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
    const image = images.find((one) => one.id === id);
    if (image === undefined) return reply(404);
    switch (`${request.method} ${rest}`) {
      case 'GET ':
        return reply(200, image);
      case 'DELETE ':
        images.splice(images.indexOf(image), 1);
        return reply(204);
      case 'PUT /file':
        if (image.status !== 'queued') return reply(409);
        if (kind !== 'application/octet-stream') return reply(415);
        if (fake.spoil) body[0]! ^= 1;
        files.set(id!, body);
        Object.assign(image, { status: 'active', os_hash_algo: 'sha512' });
        image.os_hash_value = createHash('sha512').update(body).digest('hex');
        return reply(204);
      case 'PATCH ': {
        if (kind !== 'application/openstack-images-v2.1-json-patch') return reply(415);
        for (const { op, path, value } of JSON.parse(body.toString()) as {
          op: string;
          path: string;
          value: unknown;
        }[]) {
          const name = path.slice(1);
          // Of the image itself nothing is missing; a property can be added or replaced by what it is not only.
          if ((op === 'replace') !== name in image) return reply(409);
          image[name] = value;
        }
        return reply(200, image);
      }
      case 'POST /actions/deactivate':
        if (image.status !== 'active' && image.status !== 'deactivated') return reply(403);
        image.status = 'deactivated';
        return reply(204);
      case 'POST /actions/reactivate':
        if (image.status !== 'active' && image.status !== 'deactivated') return reply(403);
        image.status = 'active';
        return reply(204);
      default:
        return reply(405);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(fake, {
    url: base,
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  });
}
