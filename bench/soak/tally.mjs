// What came of a soak's questions: how long each kind took, and what was wrong.
import { quantile } from '../entries.mjs';

const FAULTS_SHOWN = 20;

export class Tally {
  faults = [];
  #now = new Map();
  #all = new Map();

  /** Runs one question of a kind and times it; what it throws is a fault of the run. */
  async time(kind, work) {
    const start = performance.now();
    try {
      await work();
    } catch (thrown) {
      this.fault(`${kind}: ${thrown.message}`);
    }
    this.note(kind, performance.now() - start);
  }

  note(kind, ms) {
    for (const times of [this.#now, this.#all]) {
      if (!times.has(kind)) times.set(kind, []);
      times.get(kind).push(ms);
    }
  }

  fault(sentence) {
    this.faults.push(sentence);
    if (this.faults.length <= FAULTS_SHOWN) console.error(`  wrong: ${sentence}`);
  }

  /** `P50/P99` of a kind since the last time all of them were taken. */
  shown(kind) {
    const times = this.#now.get(kind) ?? [];
    return times.length === 0 ? '-' : `${quantile(times, 0.5).toFixed(0)}/${quantile(times, 0.99).toFixed(0)}`;
  }

  next() {
    this.#now.clear();
  }

  /** Of the whole run: kind, number, P50, P99, most. */
  rows() {
    const row = ([kind, times]) => [
      kind,
      times.length,
      ...[0.5, 0.99, 1].map((part) => quantile(times, part).toFixed(1)),
    ];
    return [...this.#all].map(row);
  }
}

export function expect(isSo, sentence) {
  if (!isSo) throw new Error(sentence);
}
