// Asking over kept connections, at little cost to whoever asks.
import { Agent, request } from 'node:http';

// Servers end connections that are quiet for five seconds.
const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 4_000 });
const PATIENCE_MS = 120_000;

/** The status, headers and whole body of an answer; throws where none comes. */
export function ask(address, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const asked = request(address, { agent, method, headers, timeout: PATIENCE_MS }, (reply) => {
      const chunks = [];
      reply.on('data', (chunk) => chunks.push(chunk));
      reply.on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, body: Buffer.concat(chunks) }));
      reply.on('error', reject);
    });
    asked.on('timeout', () => asked.destroy(new Error(`${address} did not answer for ${PATIENCE_MS / 1_000} s.`)));
    // a connection that was kept may be closed by the other side just when it is used again
    asked.on('error', (error) => {
      if (asked.reusedSocket && error.code === 'ECONNRESET') {
        ask(address, { method, headers, body }).then(resolve, reject);
      } else reject(error);
    });
    asked.end(body);
  });
}

/** The JSON of an answer 200; throws on any other. */
export async function askJson(address) {
  const { status, body } = await ask(address, { headers: { Accept: 'application/json' } });
  if (status !== 200) throw new Error(`${address} answered ${status}: ${body.toString().slice(0, 600)}`);
  return JSON.parse(body.toString());
}
