import type { Statement } from '../verify/read-statement.ts';

/** Bytes of documents whose statements are kept: what they say is held in memory several times as large. */
const KEPT_BYTES = 64 * 1024 * 1024;

interface Kept {
  readonly bytes: number;
  readonly statement: Promise<Statement>;
}

/**
 * Documents that were read and whose signatures were verified, by their SHA-256: bytes never change, so what they say holds for ever, and
 * what is judged every minute is only whom to believe. Those not asked about for longest make room.
 */
export class StatementCache {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  /** What was read of the document `name`, of so many bytes, before, or what `read` reads of it now. */
  get(name: string, bytes: number, read: () => Promise<Statement>): Promise<Statement> {
    const known = this.#kept.get(name);
    this.#forget(name);
    const kept = known ?? { bytes, statement: read() };
    this.#kept.set(name, kept);
    this.#bytes += bytes;
    if (known === undefined) {
      kept.statement.catch(() => {
        if (this.#kept.get(name) === kept) this.#forget(name);
      });
      while (this.#bytes > KEPT_BYTES) this.#forget(this.#kept.keys().next().value!);
    }
    return kept.statement;
  }

  #forget(name: string): void {
    this.#bytes -= this.#kept.get(name)?.bytes ?? 0;
    this.#kept.delete(name);
  }
}
