import { toMessage } from '../errors.ts';
import { AuditReport } from '../log/audit-report.ts';
import { IndexTrial } from '../log/index-trial.ts';
import type { LogRecord } from '../log/log.ts';
import { areEqualBytes } from '../log/sha256.ts';
import { TILE_WIDTH } from '../log/tile.ts';
import { isEntryRecord } from '../proof/record.ts';
import { fetchBlob } from './fetch-blob.ts';
import { LogBreach } from './log-breach.ts';
import type { LogHead } from './log-head.ts';
import type { LogSource } from './log-source.ts';
import { readChain } from './read-chain.ts';
import { type ChainHead, readRecordPage } from './record-chain.ts';
import { readPages, type VerifiedPage } from './verified-page.ts';
import { VerifiedTiles } from './verified-tiles.ts';

export interface SourceAuditOptions {
  /** Judges a document against its record: in words what is wrong, undefined if nothing is. */
  readonly judge: (record: LogRecord, document: Uint8Array) => Promise<string | undefined>;
  readonly onProgress?: (done: number, size: number) => void;
}

const BLOBS_AT_ONCE = 8;
const EVIDENCE_BYTES_LIMIT = 1_048_576;

/**
 * Downloads everything a log holds under a signed checkpoint and checks all of it: every tile, leaf, chain and blob, and every document
 * again. Gives the problems in words, none for a sound log. It goes on after a bad record, but not where the tree itself is wrong.
 * Faults of the network are thrown.
 */
export async function auditSource(source: LogSource, head: LogHead, options: SourceAuditOptions): Promise<string[]> {
  const audit = new SourceAudit(source, head, options);
  const report = new AuditReport();
  try {
    for await (const page of readPages(source, head)) {
      for (const problem of await audit.take(page)) report.add(problem);
      options.onProgress?.(page.first + page.leaves.length, head.size);
    }
  } catch (fault) {
    if (!(fault instanceof LogBreach)) throw fault;
    report.add(toMessage(fault));
  }
  return report.problems();
}

class SourceAudit {
  readonly #source: LogSource;
  readonly #head: LogHead;
  readonly #options: SourceAuditOptions;
  readonly #tiles: VerifiedTiles;
  readonly #heads = new Map<string, ChainHead>();
  /** Documents, with the record that has them: each is accepted once. */
  readonly #documents = new Map<string, number>();
  /** Attachments that were found sound: many records share them. */
  readonly #sound = new Set<string>();
  readonly #index = new IndexTrial();

  constructor(source: LogSource, head: LogHead, options: SourceAuditOptions) {
    this.#source = source;
    this.#head = head;
    this.#options = options;
    this.#tiles = new VerifiedTiles(source, head);
  }

  async take(page: VerifiedPage): Promise<string[]> {
    // Readers of a full bundle need only the level above it, so its own tile is looked at for its own sake.
    const tile = await this.#tiles.tile(0, Math.floor(page.first / TILE_WIDTH));
    if (!areEqualBytes(tile, Buffer.concat(page.hashes))) throw new LogBreach('tile', 'Bad tile: it has other leaves.');
    const readHeads = async (ids: readonly string[]): Promise<(ChainHead | undefined)[]> =>
      ids.map((id) => this.#heads.get(id));
    const { records, heads } = await readRecordPage(this.#head.origin, page, readHeads);
    for (const [id, head] of heads) this.#heads.set(id, head);
    const fault = await this.#index.take(records);
    const problems = fault === undefined ? [] : [`wrong index: ${fault}`];
    for (let at = 0; at < records.length; at += BLOBS_AT_ONCE) {
      const checks = records.slice(at, at + BLOBS_AT_ONCE).map(async ({ index, record }) => {
        const found = await this.#check(index, record);
        return found.map((problem) => `record ${index}: ${problem}`);
      });
      problems.push(...(await Promise.all(checks)).flat());
    }
    return problems;
  }

  async #check(index: number, record: LogRecord): Promise<string[]> {
    const problems: (string | undefined)[] = [];
    if (record.t === 'index') return [];
    const isEntry = isEntryRecord(record);
    const first = this.#documents.get(record.doc);
    if (first !== undefined && isEntry) problems.push(`it repeats the document of record ${first}`);
    this.#documents.set(record.doc, index);
    const document = await this.#blob(record.doc, problems, record.len);
    if (document !== undefined && document.length !== record.len) problems.push('its document has another length');
    if (document !== undefined && isEntry) problems.push(await this.#options.judge(record, document));
    const evidence = record.ev === '' ? undefined : await this.#blob(record.ev, problems, EVIDENCE_BYTES_LIMIT);
    for (const name of evidence === undefined ? [] : readChain(evidence)) {
      if (this.#sound.has(name)) continue;
      if ((await this.#blob(name, problems, EVIDENCE_BYTES_LIMIT)) !== undefined) this.#sound.add(name);
    }
    return problems.filter((problem) => problem !== undefined);
  }

  async #blob(sha256: string, problems: (string | undefined)[], limit: number): Promise<Uint8Array | undefined> {
    try {
      return await fetchBlob(this.#source, sha256, limit);
    } catch (fault) {
      if (!(fault instanceof LogBreach)) throw fault;
      problems.push(toMessage(fault));
      return undefined;
    }
  }
}
