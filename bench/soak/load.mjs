// What the people and programs of a soak do, each with its check: uploads, pages, queries, decisions.
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { ask, askJson } from '../ask.mjs';
import { HEAVY } from '../soak-sparql.mjs';
import { KINDS } from '../web.mjs';
import { runCommand } from './programs.mjs';
import { expect } from './tally.mjs';

/** So long an accepted entry may take until both mirrors and the site know it. */
const SETTLE_MS = 300_000;
const LOOK_MS = 500;
const TRIES = 5;
const RESENT_KEPT = 20;
const P = 'PREFIX d: <http://purl.org/dc/terms/> PREFIX v: <https://w3id.org/vouch#> ';
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function sparql(url, query) {
  const address = `${url}/query?${new URLSearchParams({ query })}`;
  return ask(address, { headers: { Accept: 'text/csv' } });
}

/** Entries that a registry or mirror lists, by its JSON. */
export async function countListed(url) {
  return (await askJson(`${url}/metadata?status=all&limit=1`)).total;
}

/** So many records a mirror shows everywhere; that it is in step, too. */
async function readMirrorSize(url) {
  const { status } = await askJson(`${url}/health/mirror`);
  expect(status === 'following' || status === 'catching-up', `the mirror is ${status}`);
  const { body } = await ask(`${url}/health/ready`, { headers: { Accept: 'application/json' } });
  const { logSize, followers } = JSON.parse(body.toString());
  return Math.min(logSize, ...Object.values(followers));
}

export class Load {
  /** Acknowledged and on their way; what lists may show lies between. */
  accepted = 0;
  sent = 0;
  /** Where the newest acknowledged one is, and how many the followers have. */
  size = 0;
  told = 0;
  /** Answers 503 with Retry-After to what is no heavy work: a machine with much else to do takes longer than its limits. They are asked again. */
  putOff = 0;
  #waiting = [];
  #resent = [];
  #turn = 0;

  constructor({ tally, endorsements, registry, mirrors, site, policyWords }) {
    Object.assign(this, { tally, endorsements, registry, mirrors, site, policyWords });
  }

  #post(bytes) {
    const headers = { 'Content-Type': 'application/rdf+xml', Accept: 'application/json' };
    return this.#patiently(() => ask(`${this.registry.url}/metadata`, { method: 'POST', headers, body: bytes }));
  }

  /** Comes back when told to, as clients do. */
  async #patiently(work) {
    for (let tries = 1; ; tries++) {
      const answer = await work();
      const seconds = Number(answer.headers['retry-after']);
      if (answer.status !== 503 || !(seconds > 0) || tries === TRIES) return answer;
      this.putOff += 1;
      await pause(seconds * 1_000);
    }
  }

  async #countBySparql(url) {
    const text = () => `${P}SELECT (COUNT(*) AS ?n) { ?x v:logIndex ?i } #${Math.random()}`;
    const { status, body } = await this.#patiently(() => sparql(url, text()));
    expect(status === 200, `a count was answered ${status}: ${body.toString().slice(0, 200)}`);
    return Number(/^n\r\n(\d+)\r\n$/.exec(body.toString())?.[1]);
  }

  /** One upload, and a look for it everywhere in the registry; followers are looked at by `follow`. */
  async upload(how) {
    const entry = await this.endorsements.next(how);
    this.sent += 1;
    await this.tally.time('upload', async () => {
      const { status, headers, body } = await this.#post(entry.bytes);
      expect(status === 201, `an upload was answered ${status}: ${body.toString().slice(0, 400)}`);
      const { index, receipt } = JSON.parse(body.toString());
      expect(receipt?.startsWith('c2sp.org/tlog-proof@v1\n'), 'an upload was answered without its receipt');
      this.accepted += 1;
      this.size = Math.max(this.size, index + 1);
      this.endorsements.accept(entry);
      const path = new URL(headers.location).pathname;
      const { bytes, ...rest } = entry;
      this.#resent = [...this.#resent, bytes].slice(-RESENT_KEPT);
      Object.assign(entry, { index, path });
      this.#waiting.push({ ...rest, index, path, atMs: performance.now(), until: new Set(['A', 'B', 'site']) });
    });
    if (entry.path !== undefined) await this.tally.time('found', () => this.#find(this.registry.url, entry));
  }

  async #find(url, { image, sha256: wanted, path, index, email }) {
    const entry = await ask(url + path, { headers: { Accept: 'application/rdf+xml' } });
    expect(entry.status === 200 && sha256(entry.body) === wanted, `${path} gives other bytes (${entry.status})`);
    const { entries } = await askJson(`${url}/metadata?identifier=${image.identifier}&status=all`);
    expect(
      entries.some(({ documentSha256 }) => documentSha256 === wanted),
      `${path} is in no list`,
    );
    const page = await ask(`${url}/metadata/${image.identifier}`, { headers: { Accept: 'text/html' } });
    expect(page.status === 200 && page.body.includes(email), `the page of ${image.identifier} lacks ${email}`);
    const question = `${P}SELECT ?i { ?x d:identifier "${image.identifier}" ; v:logIndex ?i }`;
    const answer = await this.#patiently(() => sparql(url, question));
    expect(
      answer.status === 200 && answer.body.toString().split('\r\n').includes(String(index)),
      `SPARQL lacks number ${index} (${answer.status}): ${answer.body.toString().slice(0, 200)}`,
    );
  }

  /** What was uploaded before is known; what was changed on its way is refused. */
  async uploadAgain() {
    const bytes = this.#resent[this.#turn++ % Math.max(1, this.#resent.length)];
    if (bytes === undefined) return;
    await this.tally.time('again', async () => {
      const { status } = await this.#post(bytes);
      expect(status === 200, `a known entry was answered ${status}`);
      const changed = Buffer.from(Buffer.from(bytes).toString().replace('image number', 'image mumber'));
      const refused = await this.#post(changed);
      expect(
        refused.status === 422 && refused.body.includes('"digest"'),
        `a changed entry was answered ${refused.status}`,
      );
    });
  }

  /** Pages, feeds and lists, of the registry and now and then of a mirror. */
  async browse() {
    const turn = this.#turn++;
    const image = this.endorsements.pickSettled();
    const url = turn % 5 === 4 ? this.mirrors[turn % 2].url : this.registry.url;
    const kinds = {
      ...KINDS,
      feed: () => `/feed.jsonl?after=${Math.max(0, this.size - 50)}`,
      atom: () => '/feed.atom',
      endorsers: () => '/endorsers?sort=entries',
      status: () => '/status',
      earlier: () => `/metadata?asOf=${1 + Math.floor(Math.random() * this.told)}`,
    };
    const names = Object.keys(kinds).filter((name) => name !== 'image' || image !== undefined);
    const name = names[turn % names.length];
    await this.tally.time('page', async () => {
      const path = kinds[name](turn, image === undefined ? [] : [image.identifier]);
      const { status, body } = await ask(url + path, { headers: { Accept: 'text/html,*/*;q=0.5' } });
      expect(status === 200, `${url}${path} was answered ${status}: ${body.toString().slice(0, 200)}`);
      if (name === 'image') expect(body.includes(image.identifier), `${path} is the page of something else`);
      expect(name === 'feed' || /<\/(html|feed)>\s*$/.test(body.toString()), `${path} is cut off`);
    });
    await this.tally.time('list', async () => {
      const before = this.accepted;
      const total = await countListed(this.registry.url);
      expect(total >= before && total <= this.sent, `${total} are listed, of ${before} to ${this.sent}`);
    });
  }

  async query() {
    await this.tally.time('query', async () => {
      const before = this.accepted;
      const count = await this.#countBySparql(this.registry.url);
      expect(count >= before && count <= this.sent, `SPARQL counts ${count}, of ${before} to ${this.sent}`);
    });
  }

  /** A query that runs into a limit: it is answered in good time, by a status that says so. */
  async queryHeavily() {
    const turn = this.#turn++;
    await this.tally.time('heavy query', async () => {
      const { status, headers } = await sparql(this.registry.url, `${HEAVY[turn % HEAVY.length]} #${turn}`);
      expect([200, 413, 503].includes(status), `a heavy query was answered ${status}`);
      expect(status !== 503 || Number(headers['retry-after']) > 0, 'a query was ended without Retry-After');
    });
  }

  async decide() {
    const image = this.endorsements.pickSettled();
    if (image === undefined) return;
    await this.tally.time('decision', () => this.#decide(image));
  }

  async #decide(image) {
    const { version } = image;
    const decision = await askJson(`${this.site.url}/policy/decide/${image.identifier}`);
    this.#compare(image, version, decision.outcome, `The site (${JSON.stringify(decision).slice(0, 800)})`);
  }

  /** Nothing is compared if somebody said something else of the image meanwhile. */
  #compare(image, version, outcome, who) {
    const wanted = this.endorsements.decisionOn(image);
    const isStill = image.version === version;
    expect(!isStill || outcome === wanted, `${who} says ${outcome} to ${image.identifier}, not ${wanted}`);
  }

  /** `vouch policy check`, which asks the registry itself and keeps a copy of its log. */
  async decideByCommand() {
    const image = this.endorsements.pickSettled();
    if (image === undefined) return;
    const { version } = image;
    await this.tally.time('policy check', async () => {
      const { code, said } = await runCommand(['policy', 'check', image.identifier, ...this.policyWords]);
      expect(code === 0 || code === 1, `vouch policy check ended with ${code}: ${said.slice(0, 400)}`);
      this.#compare(image, version, code === 0 ? 'allow' : 'deny', 'vouch policy check');
    });
  }

  /** Follows those who follow: what they have by now must be right, and must not take too long to come. */
  async follow(signal) {
    const followers = [
      ...this.mirrors.map(({ url }, at) => ['AB'[at], () => readMirrorSize(url), url]),
      ['site', async () => (await askJson(`${this.site.url}/health/ready`)).logs[0].size],
    ];
    const startMs = performance.now();
    while (!signal.aborted || this.#waiting.length > 0) {
      for (const [name, look, url] of followers) {
        try {
          await this.#look(name, await look(), url);
        } catch (thrown) {
          this.tally.fault(`${name}: ${thrown.message}`);
        }
      }
      const isLate = ({ atMs, until }) => until.size > 0 && performance.now() - Math.max(atMs, startMs) > SETTLE_MS;
      for (const late of this.#waiting.filter(isLate)) {
        this.tally.fault(`Number ${late.index} has not come to ${[...late.until].join(', ')}`);
        late.until.clear();
      }
      for (const { image, index } of this.#waiting.filter(({ until }) => until.size === 0)) {
        image.busy = false;
        this.told = Math.max(this.told, index);
      }
      this.#waiting = this.#waiting.filter(({ until }) => until.size > 0);
      await pause(LOOK_MS);
    }
  }

  async #look(name, size, url) {
    for (const waiting of this.#waiting) {
      if (waiting.index >= size || !waiting.until.has(name)) continue;
      waiting.until.delete(name);
      this.tally.note(`lag of ${name}`, performance.now() - waiting.atMs);
      if (url === undefined) await this.tally.time('decision', () => this.#decide(waiting.image));
      else await this.tally.time('found in a mirror', () => this.#find(url, waiting));
    }
  }

  /** Waits until nobody has anything to catch up with. */
  async settle() {
    for (const end = performance.now() + SETTLE_MS; this.#waiting.length > 0 && performance.now() < end; )
      await pause(LOOK_MS);
  }

  /** Hears every accepted entry as a server-sent event; `count` is how many came. */
  listen() {
    const heard = { count: 0, close: () => asked.destroy() };
    const asked = request(`${this.registry.url}/feed.events?after=${this.size}`, (reply) => {
      let rest = '';
      reply.setEncoding('utf8').on('data', (chunk) => {
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop();
        heard.count += blocks.filter((block) => /^data:/m.test(block)).length;
      });
      reply.on('error', () => undefined);
    });
    asked.on('error', () => undefined);
    asked.end();
    return heard;
  }

  /** What all of them say in the end: the same, and as much as was acknowledged. */
  async compareCounts() {
    const counts = [];
    for (const { name, url } of [this.registry, ...this.mirrors]) {
      for (const [how, count] of [
        ['lists', await countListed(url)],
        ['SPARQL', await this.#countBySparql(url)],
      ]) {
        counts.push(count);
        if (count !== this.accepted)
          this.tally.fault(`${how} of ${name}: ${count}, but ${this.accepted} were acknowledged`);
      }
    }
    return counts;
  }
}
