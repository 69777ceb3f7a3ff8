import { readFile, stat } from 'node:fs/promises';
import { toMessage, VouchError } from '../../errors.ts';
import { type LocationFact, readReport } from './location-fact.ts';

/** A registry of half a million entries has no longer one. */
const BYTES_LIMIT = 256 * 1024 * 1024;
/** How long nobody looks whether the file is another. */
const FRESH_MS = 5_000;

/** What a report says of locations, read anew when its file changes: another program writes it. */
export class LocationFacts {
  readonly #path: string;
  readonly #tell: (sentence: string) => void;
  #facts: ReadonlyMap<string, readonly LocationFact[]> = new Map();
  #mark = '';
  #lookedMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #trouble = '';

  constructor(path: string, tell: (sentence: string) => void) {
    this.#path = path;
    this.#tell = tell;
  }

  /** Changes whenever what is said may. */
  get version(): string {
    return this.#mark;
  }

  /** What was found at the locations of the entry whose document has this SHA-256. */
  of(document: string): readonly LocationFact[] {
    return this.#facts.get(document) ?? [];
  }

  /** Reads the report again if it is another. Never throws: what cannot be read leaves what was, and the operator is told. */
  refresh(): Promise<void> {
    if (performance.now() - this.#lookedMs < FRESH_MS) return Promise.resolve();
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    try {
      const found = await stat(this.#path).catch((cause: unknown) => {
        // Nothing was checked yet.
        if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
        throw cause;
      });
      const mark = found === undefined ? '' : `${found.ino}-${found.size}-${found.mtimeMs}`;
      if (mark !== this.#mark) {
        if (found !== undefined && found.size > BYTES_LIMIT) {
          throw new VouchError('too-large', `it has more than ${BYTES_LIMIT} bytes.`);
        }
        this.#facts = group(found === undefined ? [] : readReport(await readFile(this.#path)).facts);
        this.#mark = mark;
      }
      this.#trouble = '';
    } catch (thrown) {
      const trouble = `The report ${this.#path} of the setting locations.report is passed over: ${toMessage(thrown)}`;
      if (trouble !== this.#trouble) this.#tell(trouble);
      this.#trouble = trouble;
    }
    this.#lookedMs = performance.now();
  }
}

function group(facts: readonly LocationFact[]): Map<string, LocationFact[]> {
  const groups = new Map<string, LocationFact[]>();
  for (const fact of facts) {
    const known = groups.get(fact.document);
    if (known === undefined) groups.set(fact.document, [fact]);
    else known.push(fact);
  }
  return groups;
}
