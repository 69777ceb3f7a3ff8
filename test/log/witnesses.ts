import { createHash } from 'node:crypto';
import { MemoryStore } from '../../src/log/memory-store.ts';
import { type CosignerKey, toCosignerKey } from '../../src/log/note-key.ts';
import { sha256Hex } from '../../src/log/sha256.ts';
import { Witness as WitnessServer } from '../../src/log/witness.ts';
import { readWitnessPolicy, type Witness, type WitnessPolicy } from '../../src/log/witness-policy.ts';
import type { PeerReply, Witnessing, WitnessPeer } from '../../src/log/witnessing.ts';
import { KEY } from './statement.ts';

/** The key of a cosigner that is the same in every run. */
export function makeCosigner(name: string): CosignerKey {
  return toCosignerKey(name, createHash('sha256').update(`seed of ${name}`).digest());
}

/** The signature line of a cosigner under a checkpoint text. */
export function cosign(key: CosignerKey, text: string, at: Date): string {
  const bytes = Buffer.concat([Buffer.from(key.verifier.keyId, 'hex'), key.cosign(text, at)]);
  return `\u2014 ${key.name} ${bytes.toString('base64')}\n`;
}

/** A witness in the same process: the real one, without a network between that could not be cut. */
export class NearWitness implements WitnessPeer {
  readonly witness: Witness;
  readonly server: WitnessServer;
  isDown = false;
  /** Answers only when this resolves. */
  pace: Promise<void> = Promise.resolve();
  asked = 0;

  constructor(witness: Witness, key: CosignerKey, now: () => Date = () => new Date(), store = new MemoryStore()) {
    this.witness = witness;
    this.server = new WitnessServer({ store, key, logs: [KEY.verifier], now });
  }

  async add(body: string, signal: AbortSignal): Promise<PeerReply> {
    await this.#reach(signal);
    this.asked += 1;
    const answer = await this.server.add(Buffer.from(body));
    if (answer.status === 200) return { outcome: 'cosigned', lines: Buffer.from(answer.lines) };
    if (answer.status === 409) return { outcome: 'conflict', size: answer.size };
    return { outcome: 'refused', status: answer.status, reason: answer.reason };
  }

  async latest(origin: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    await this.#reach(signal);
    const note = await this.server.checkpoint(sha256Hex(Buffer.from(origin)));
    return note === undefined ? undefined : Buffer.from(note);
  }

  async #reach(signal: AbortSignal): Promise<void> {
    if (this.isDown) throw new Error('nothing listens there');
    const cut = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('it was not waited for')), { once: true });
    });
    await Promise.race([this.pace, cut]);
  }
}

/** Three sites of which two must have seen a checkpoint. */
export interface ThreeSites {
  readonly policy: WitnessPolicy;
  readonly peers: readonly [NearWitness, NearWitness, NearWitness];
  readonly news: string[];
  readonly witnessing: Witnessing;
}

export function makeThreeSites(options: Partial<Witnessing> = {}): ThreeSites {
  const keys = ['a', 'b', 'c'].map((site) => makeCosigner(`${site}.example.org/witness`));
  const lines = keys.map(({ verifier }, at) => `witness ${'ABC'[at]} ${verifier.vkey}\n`);
  const policy = readWitnessPolicy(Buffer.from(`${lines.join('')}group any-two 2 A B C\nquorum any-two\n`));
  const [a, b, c] = policy.witnesses.map((witness, at) => new NearWitness(witness, keys[at]!, options.now));
  const peers = [a!, b!, c!] as const;
  const news: string[] = [];
  const rest = { now: () => new Date(), patienceMs: 60_000, refreshMs: 3_600_000 };
  const witnessing = { policy, peers, ...rest, onNews: (sentence: string) => news.push(sentence), ...options };
  return { policy, peers, news, witnessing };
}
