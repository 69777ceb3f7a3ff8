import type { LogReader } from '../log/log.ts';
import type { LogSource } from './log-source.ts';

/** A log of this process as its peers see it. */
export class ReaderLogSource implements LogSource {
  readonly name: string;
  readonly #log: LogReader;

  constructor(log: LogReader) {
    this.name = log.origin;
    this.#log = log;
  }

  async checkpoint(): Promise<Uint8Array> {
    return Buffer.from(this.#log.checkpointNote());
  }

  tile(level: number, index: number, width: number): Promise<Uint8Array> {
    return this.#log.tile(level, index, width);
  }

  bundle(index: number, width: number): Promise<Uint8Array> {
    return this.#log.bundle(index, width);
  }

  blob(sha256: string): Promise<Uint8Array> {
    return this.#log.blob(sha256);
  }
}
