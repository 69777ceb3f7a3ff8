import type { Statement } from '../verify/read-statement.ts';
import type { Signer } from '../verify/signer.ts';

/** Bytes of documents whose statements are kept, more than a thousand documents: what they say takes several times as much memory. */
const KEPT_BYTES = 8 * 1024 * 1024;
/** Signers that are kept apart: one signs many documents, and his certificate is as large as what one of them says. */
const SIGNERS_KEPT = 1_000;

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
  readonly #signers = new Map<string, Signer>();
  #bytes = 0;

  /** What was read of the document `name`, of so many bytes, before, or what `read` reads of it now. */
  get(name: string, bytes: number, read: () => Promise<Statement>): Promise<Statement> {
    const known = this.#kept.get(name);
    this.#forget(name);
    const kept = known ?? { bytes, statement: read().then((statement) => this.#share(statement)) };
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

  /** The statement, its signer the same object as in others that he signed with that certificate. */
  #share(statement: Statement): Statement {
    const { content } = statement;
    const signature = content?.signature;
    if (content === undefined || signature?.signer === undefined) return statement;
    const { sha256 } = signature.signer;
    const signer = this.#signers.get(sha256) ?? signature.signer;
    if (this.#signers.size >= SIGNERS_KEPT) this.#signers.clear();
    this.#signers.set(sha256, signer);
    return { ...statement, content: { ...content, signature: { ...signature, signer } } };
  }

  #forget(name: string): void {
    this.#bytes -= this.#kept.get(name)?.bytes ?? 0;
    this.#kept.delete(name);
  }
}
