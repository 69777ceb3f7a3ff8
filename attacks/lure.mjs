import { once } from 'node:events';
import { createServer } from 'node:net';

/** Listens on loopback where attacks say there is something to fetch, and counts who comes. Nobody may. */
export async function openLure(port = 0) {
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    get visits() {
      return visits;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
