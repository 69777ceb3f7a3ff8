import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { VouchError } from '../../src/errors.ts';
import { readTilePath } from '../../src/log/tile.ts';
import type { LogSource } from '../../src/peer/log-source.ts';
import { KEY } from './made-log.ts';

/** Takes a request over; false leaves it to the log. */
export type Interfere = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface Served extends AsyncDisposable {
  /** Prefix of the log. */
  readonly url: string;
  readonly paths: string[];
}

/** A log over HTTP on loopback, as C2SP tlog-tiles lays it out; `interfere` may answer in its place. */
export async function serveSource(source: LogSource, interfere: Interfere = () => false): Promise<Served> {
  const paths: string[] = [];
  const server: Server = createServer((request, response) => {
    paths.push(request.url ?? '');
    if (!interfere(request, response)) void answer(source, request.url ?? '', response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/log`,
    paths,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(source: LogSource, url: string, response: ServerResponse): Promise<void> {
  try {
    const path = url.slice('/log/'.length);
    const tile = readTilePath(path);
    if (path === 'key') response.end(`${KEY.verifier.vkey}\n`);
    else if (path === 'checkpoint') response.end(await source.checkpoint());
    else if (path.startsWith('blob/')) response.end(await source.blob(path.slice('blob/'.length)));
    else if (tile?.kind === 'hashes') response.end(await source.tile(tile.level, tile.index, tile.width));
    else if (tile?.kind === 'entries') {
      response.setHeader('Content-Encoding', 'gzip');
      response.end(gzipSync(await source.bundle(tile.index, tile.width)));
    } else response.writeHead(404).end();
  } catch (fault) {
    response.writeHead(fault instanceof VouchError && fault.code === 'not-found' ? 404 : 500).end();
  }
}
