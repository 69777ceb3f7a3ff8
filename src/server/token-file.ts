import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { toMessage, VouchError } from '../errors.ts';
import { sha256Hex } from '../log/sha256.ts';

/** What somebody with a token may do: read a private registry; or that and tell how a site uses images; or read and see what is the operator's. */
export const ROLES = ['reader', 'site', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

/** One token, of which the file has only a hash. */
export interface TokenLine {
  readonly name: string;
  readonly role: Role;
  /** Of the token's text. */
  readonly sha256: string;
}

const LINE = /^([A-Za-z0-9._@-]{1,80})\s+(reader|site|administrator)\s+([0-9a-f]{64})$/;
/** Between two looks at whether the file has changed. */
const LOOK_MS = 1_000;
const FILE_BYTES = 1024 * 1024;

/** A new token, which nobody can guess and nothing keeps; it says what it is, for programs that look for secrets in the wrong places. */
export function makeToken(): { readonly token: string; readonly sha256: string } {
  const token = `vouch_${randomBytes(32).toString('base64url')}`;
  return { token, sha256: toTokenDigest(token) };
}

export function toTokenDigest(token: string): string {
  return sha256Hex(new TextEncoder().encode(token));
}

/** Reads the lines `NAME ROLE SHA-256` of a file; `#` begins a comment. Throws `config` with the line that is none. */
export function readTokenLines(text: string, path: string): TokenLine[] {
  return text.split(/\r?\n/).flatMap((line, at) => {
    const written = line.replace(/#.*$/, '').trim();
    if (written === '') return [];
    const [, name, role, sha256] = LINE.exec(written) ?? [];
    if (name === undefined || role === undefined || sha256 === undefined) {
      const form = `a name, ${ROLES.join(' or ')}, and the SHA-256 of the token; "vouch token" makes it`;
      throw new VouchError('config', `${path}, line ${at + 1}: a line must be ${form}.`);
    }
    return [{ name, role: role as Role, sha256 }];
  });
}

/** The tokens of a file, read again when it changed: a line that is taken out counts no more, without a restart. */
export class TokenFile {
  readonly #path: string;
  readonly #onNews: (sentence: string) => void;
  #tokens: ReadonlyMap<string, TokenLine>;
  #mark: string;
  #lookedAtMs = performance.now();

  /** Throws `config` for a file that cannot be read. One that goes bad later leaves the tokens as they were, and is told of. */
  constructor(path: string, onNews: (sentence: string) => void = () => {}) {
    this.#path = path;
    this.#onNews = onNews;
    this.#mark = this.#readMark();
    this.#tokens = this.#read();
  }

  find(token: string): TokenLine | undefined {
    if (performance.now() - this.#lookedAtMs > LOOK_MS) this.#look();
    return this.#tokens.get(toTokenDigest(token));
  }

  #look(): void {
    this.#lookedAtMs = performance.now();
    try {
      const mark = this.#readMark();
      if (mark === this.#mark) return;
      this.#mark = mark;
      this.#tokens = this.#read();
    } catch (thrown) {
      const sentence = `${toMessage(thrown)} The tokens of before count on.`;
      if (this.#mark !== sentence) this.#onNews(sentence);
      this.#mark = sentence;
    }
  }

  #readMark(): string {
    try {
      const { mtimeMs, ino, size } = statSync(this.#path);
      if (size > FILE_BYTES) throw new VouchError('config', `The token file ${this.#path} is larger than 1 MiB.`);
      return `${mtimeMs} ${ino} ${size}`;
    } catch (cause) {
      if (cause instanceof VouchError) throw cause;
      throw new VouchError('config', `The token file ${this.#path} cannot be read: ${toMessage(cause)}.`, { cause });
    }
  }

  #read(): ReadonlyMap<string, TokenLine> {
    try {
      const lines = readTokenLines(readFileSync(this.#path, 'utf8'), this.#path);
      return new Map(lines.map((line) => [line.sha256, line]));
    } catch (cause) {
      if (cause instanceof VouchError) throw cause;
      throw new VouchError('config', `The token file ${this.#path} cannot be read: ${toMessage(cause)}.`, { cause });
    }
  }
}
