// How long people wait for pages: 50 requests a second, each measured from the moment it was due, while entries are uploaded. In the same
// run the same server sends a constant page of the same size, compressed the same way: what hono and the machine take by themselves.
import { fork } from 'node:child_process';
import { ask } from './ask.mjs';

const SIZES = [1_000, 10_000];
const RATE = 50;
const SECONDS = 10;
const SYSTEMS = ['debian', 'ubuntu', 'fedora', 'alpine', 'rocky'];
/** What readers would take. */
const GOAL_MS = 100;

/** Addresses of each kind of page, different each time but for the first one; `images` are identifiers. */
export const KINDS = {
  home: () => '/',
  browse: (round) => `/metadata?sort=${['-created', 'title', '-size', 'os'][round % 4]}&limit=${50 - (round % 7)}`,
  search: (round) => `/metadata?q=${SYSTEMS[round % 5].slice(0, 3)}+number+${(round * 37) % 1_000}`,
  facet: (round) =>
    `/metadata?os=${SYSTEMS[round % 5]}&arch=x86_64&q=${'installed described length'.split(' ')[round % 3]}`,
  image: (round, images) => `/metadata/${images[(round * 7_919) % images.length]}`,
};

async function load(address, headers = { Accept: 'text/html', 'Accept-Encoding': 'br' }) {
  const { status, body } = await ask(address, { headers });
  if (status !== 200) throw new Error(`${address} answered ${status}.`);
  return body;
}

/** Milliseconds from when each request was due until its last byte: who is late in asking waits all the same. */
async function measure(addressOf) {
  const start = performance.now();
  const waits = Array.from({ length: RATE * SECONDS }, async (_, round) => {
    const due = start + (round * 1_000) / RATE;
    await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    await load(addressOf(round));
    return performance.now() - due;
  });
  return (await Promise.all(waits)).sort((one, other) => one - other);
}

const at = (sorted, part) => sorted[Math.floor((sorted.length - 1) * part)];

function openServer(size) {
  const child = fork(new URL('web-server.mjs', import.meta.url), [String(size)]);
  let settle = () => {};
  child.on('message', (message) => settle(message));
  child.on('exit', (code) => settle(Promise.reject(new Error(`The server of the bench ended with ${code}.`))));
  const answer = () =>
    new Promise((resolve) => {
      settle = resolve;
    });
  const ask = (question) => {
    const answered = answer();
    child.send(question);
    return answered;
  };
  const close = () => {
    child.removeAllListeners('exit');
    child.kill('SIGTERM');
  };
  return { ready: answer(), ask, close };
}

async function measureSize(size) {
  const server = openServer(size);
  try {
    const { url } = await server.ready;
    const json = JSON.parse(await load(`${url}/metadata?format=json&limit=1000`, {}));
    const images = json.entries.map(({ identifier }) => identifier);
    const results = {};
    for (const [kind, pathOf] of Object.entries(KINDS)) {
      const page = String(await load(`${url}${pathOf(0, images)}`, { Accept: 'text/html' }));
      const { url: constantUrl } = await server.ask({ constant: page });
      for (let round = 0; round < 20; round++) await load(`${url}${pathOf(round, images)}`);
      const busy = async (addressOf) => {
        const { cpuMs } = await server.ask({ cpu: true });
        const waits = await measure(addressOf);
        const { cpuMs: after } = await server.ask({ cpu: true });
        return { waits, cpuMs: (after - cpuMs) / waits.length };
      };
      await server.ask({ uploads: true });
      const shown = await busy((round) => `${url}${pathOf(round, images)}`);
      const constant = await busy(() => constantUrl);
      const { uploaded } = await server.ask({ uploads: false });
      results[kind] = { shown, constant, kilobytes: page.length / 1_000, uploaded };
    }
    return results;
  } finally {
    server.close();
  }
}

export async function benchWeb({ sizes = SIZES } = {}) {
  const rows = [];
  const firsts = {};
  for (const size of sizes) {
    const results = await measureSize(size);
    for (const [kind, { shown, constant, kilobytes, uploaded }] of Object.entries(results)) {
      firsts[kind] ??= shown.cpuMs;
      rows.push([
        `${kind}, ${size.toLocaleString('en-GB')} entries`,
        kilobytes.toFixed(0),
        at(shown.waits, 0.5).toFixed(1),
        at(shown.waits, 0.95).toFixed(1),
        at(constant.waits, 0.95).toFixed(1),
        (at(shown.waits, 0.95) / at(constant.waits, 0.95)).toFixed(2),
        shown.cpuMs.toFixed(2),
        constant.cpuMs.toFixed(2),
        (shown.cpuMs / firsts[kind]).toFixed(2),
        (uploaded / (2 * SECONDS)).toFixed(1),
      ]);
    }
  }
  const columns = [
    'kB',
    'P50',
    'P95',
    'P95 of a constant page',
    'ratio',
    'CPU of a request',
    'of a constant one',
    'growth',
    'uploads/s',
  ];
  return {
    title: `Pages at ${RATE} requests/s while entries are uploaded, ms (goal: P95 under ${GOAL_MS}; CPU has the uploads in it)`,
    rows: [['page', ...columns], ...rows],
  };
}
