import { toEntryPath } from '../catalog/entry-path.ts';
import type { Finding } from '../errors.ts';
import { VouchError } from '../errors.ts';
import { isRecord, type ListedEntry, readListedEntry, readTime, unlike } from './listed-entry.ts';
import { readFinding } from './read-finding.ts';
import { type Reply, type Request, send, toRefusalFault } from './request.ts';

/** What became of an upload, as the registry told it. */
export type Uploading =
  | {
      readonly ok: true;
      /** `pending`: durable, but the witnesses of the log have not seen it yet. */
      readonly outcome: 'accepted' | 'known' | 'pending';
      readonly location: string;
      /** Log index. */
      readonly index: number;
      /** Size of a tree whose signed checkpoint covers the entry. */
      readonly size: number;
      /** The signed checkpoint; absent for `pending`. */
      readonly checkpoint?: string;
      /** The proof that the entry is in the log (tlog-proof), as the registry gave it; absent from one that has none. */
      readonly receipt?: string;
      readonly findings: readonly Finding[];
    }
  /** Kept, and unseen, until its endorser follows the link in his mail. */
  | {
      readonly ok: true;
      readonly outcome: 'unconfirmed';
      /** URL that says what became of it. */
      readonly status: string;
      readonly expiresAt: Date;
      readonly findings: readonly Finding[];
    }
  | { readonly ok: false; readonly detail: string; readonly findings: readonly Finding[] };

/** How a submission stands, in the registry's word: `recorded`, or how it ended, once it waits no more. */
export interface SubmissionStanding {
  readonly isWaiting: boolean;
  readonly status: string;
  readonly findings: readonly Finding[];
}

/** One endorser as a registry lists him. */
export interface ListedEndorser {
  readonly email: string;
  readonly subject: string;
  readonly issuers: readonly string[];
  readonly entries: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** A log whose entries a registry shows. */
export interface ListedOrigin {
  /** The key of the log, by the registry's word. */
  readonly logKey: string;
  readonly isOwn: boolean;
}

const PAGE = 500;
/** No image has so many entries; a registry that pretends so is not listened to for ever. */
const HISTORY_LIMIT = 100_000;

/** A search that finds something where another one found nothing. */
export interface OtherSearch {
  readonly q: string;
  readonly total: number;
}

function isOtherSearch(value: unknown): value is OtherSearch {
  return isRecord(value) && typeof value.q === 'string' && typeof value.total === 'number';
}

/**
 * Speaks HTTP to one registry. Faults: `unreachable` (nobody answers), `remote` (the answer makes no sense), `not-found`, `query`,
 * `read-only`, `too-large`, `busy` and the like as the registry's problem reply says. Findings come back as values.
 */
export class RegistryClient {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly #signal: AbortSignal;
  readonly #asOf: string | undefined;
  readonly #token: string | undefined;

  /** `asOf`, a log size or a time, makes lists, tags, entries and answers those of then; `token` opens a private registry. */
  constructor(baseUrl: string, signal: AbortSignal, { asOf, token }: { asOf?: string; token?: string } = {}) {
    this.baseUrl = baseUrl.replace(/\/+$/, '');
    this.#signal = signal;
    this.#asOf = asOf;
    this.#token = token;
  }

  /** Submits one signed document. */
  async upload(bytes: Uint8Array): Promise<Uploading> {
    const reply = await this.#send('/metadata', {
      method: 'POST',
      body: bytes,
      contentType: 'application/rdf+xml',
      accept: 'application/json',
    });
    const { json } = reply;
    if (!reply.isOk) {
      if (!isRecord(json) || !Array.isArray(json.findings)) throw toRefusalFault(reply);
      return { ok: false, detail: String(json.detail ?? json.title ?? ''), findings: json.findings.map(readFinding) };
    }
    if (!isRecord(json)) throw unlike('the receipt is no JSON object');
    if (json.outcome === 'unconfirmed') {
      const { outcome, status, expiresAt, findings } = json;
      if (typeof status !== 'string') throw unlike('the receipt does not say where to ask');
      const told = Array.isArray(findings) ? findings.map(readFinding) : [];
      return { ok: true, outcome, status, expiresAt: readTime(expiresAt), findings: told };
    }
    const { outcome, location, index, size, checkpoint, receipt, findings } = json;
    if (outcome !== 'accepted' && outcome !== 'known' && outcome !== 'pending')
      throw unlike('the receipt does not say what became of the entry');
    if (typeof location !== 'string') throw unlike('the receipt lacks its location');
    if (typeof checkpoint !== 'string' && outcome !== 'pending') throw unlike('the receipt lacks its checkpoint');
    if (typeof index !== 'number' || typeof size !== 'number') throw unlike('the receipt lacks its log position');
    const told = Array.isArray(findings) ? findings.map(readFinding) : [];
    const given = typeof receipt === 'string' ? { receipt } : {};
    const signed = typeof checkpoint === 'string' ? { checkpoint } : {};
    return { ok: true, outcome, location, index, size, ...signed, ...given, findings: told };
  }

  /** What became of a submitted document. Throws `not-found`. */
  async standing(sha256: string): Promise<SubmissionStanding> {
    const json = await this.#json(`/submissions/${sha256}`);
    if (!isRecord(json) || typeof json.status !== 'string') throw unlike('it does not say how the submission stands');
    const { status, findings } = json;
    const told = Array.isArray(findings) ? findings.map(readFinding) : [];
    return { isWaiting: status === 'pending' || status === 'unconfirmed', status, findings: told };
  }

  /** Entries that fit the parameters of `/metadata`, newest first, at most `limit`; follows the pages. */
  async list(parameters: Readonly<Record<string, string>>, limit: number): Promise<ListedEntry[]> {
    return (await this.search(parameters, limit)).entries;
  }

  /** The same, and where nothing fits the searches in words spelt nearly so that the registry proposes, with how many entries they find. */
  async search(
    parameters: Readonly<Record<string, string>>,
    limit: number,
  ): Promise<{ readonly entries: ListedEntry[]; readonly didYouMean: readonly OtherSearch[] }> {
    const entries: ListedEntry[] = [];
    let didYouMean: OtherSearch[] = [];
    let after: string | undefined;
    while (entries.length < limit) {
      const search = new URLSearchParams({ ...parameters, limit: String(Math.min(PAGE, limit - entries.length)) });
      if (after !== undefined) search.set('after', after);
      const page = await this.#json(this.#then(`/metadata?${search}`));
      if (!isRecord(page) || !Array.isArray(page.entries)) throw unlike('the list has no entries');
      entries.push(...page.entries.map(readListedEntry));
      if (Array.isArray(page.didYouMean)) didYouMean = page.didYouMean.filter(isOtherSearch);
      // Only the cursor of the link is used: where to go on is ours to say, not the reply's.
      after =
        typeof page.next === 'string'
          ? (new URL(page.next, this.baseUrl).searchParams.get('after') ?? undefined)
          : undefined;
      if (after === undefined || page.entries.length === 0) break;
    }
    return { entries, didYouMean };
  }

  /** Every entry about an image, that first which the registry learned first. Throws `not-found` if there is none. */
  async history(identifier: string): Promise<ListedEntry[]> {
    const entries = await this.list({ identifier, status: 'all' }, HISTORY_LIMIT);
    if (entries.length === 0) {
      throw new VouchError('not-found', `${this.baseUrl} has no entry about the image ${identifier}.`);
    }
    return entries.toSorted((one, other) => (one.place ?? one.index) - (other.place ?? other.index));
  }

  /** The logs whose entries the registry says it shows; undefined where it does not say. */
  async origins(): Promise<readonly ListedOrigin[] | undefined> {
    const json = await this.#json('/origins').catch((fault: unknown) => {
      if (fault instanceof VouchError && (fault.code === 'not-found' || fault.code === 'unreachable')) return undefined;
      throw fault;
    });
    if (json === undefined) return undefined;
    if (!isRecord(json) || !Array.isArray(json.origins)) throw unlike('the list has no origins');
    return json.origins.map((one: unknown) => {
      if (!isRecord(one) || typeof one.logKey !== 'string' || typeof one.own !== 'boolean') {
        throw unlike('an origin lacks its key');
      }
      return { logKey: one.logKey, isOwn: one.own };
    });
  }

  /** The newest undeprecated entry of an endorser with a tag. Throws `not-found`. */
  async tagged(email: string, tag: string): Promise<ListedEntry> {
    const path = `/tag/${encodeURIComponent(email)}/${encodeURIComponent(tag)}`;
    return readListedEntry(await this.#json(this.#then(path)));
  }

  /** The exact bytes of one entry. Throws `not-found`. */
  async document(identifier: string, email: string, createdAt: Date): Promise<Uint8Array> {
    const path = toEntryPath(identifier, email, createdAt);
    return (await this.#ok(path, { accept: 'application/rdf+xml' })).bytes;
  }

  /** One entry in another form: text of the media type. Throws `not-found`. */
  async form(identifier: string, email: string, createdAt: Date, mediaType: string): Promise<Uint8Array> {
    return (await this.#ok(this.#then(toEntryPath(identifier, email, createdAt)), { accept: mediaType })).bytes;
  }

  /** Who endorses here. */
  async endorsers(): Promise<ListedEndorser[]> {
    const json = await this.#json('/endorsers');
    if (!isRecord(json) || !Array.isArray(json.endorsers)) throw unlike('the list has no endorsers');
    return json.endorsers.map((endorser: unknown) => {
      if (!isRecord(endorser) || typeof endorser.email !== 'string')
        throw unlike('an endorser lacks an e-mail address');
      const { email, subject, issuers, entries } = endorser;
      if (typeof subject !== 'string' || !Array.isArray(issuers) || typeof entries !== 'number') {
        throw unlike('an endorser lacks subject, issuers or entries');
      }
      return {
        email,
        subject,
        issuers,
        entries,
        firstAt: readTime(endorser.firstAt),
        lastAt: readTime(endorser.lastAt),
      };
    });
  }

  /**
   * Asks a SPARQL query, of the entries or of what is counted and found out about images, and gives the answer as it came, in the first
   * form of `accept` that fits. Throws `query`.
   */
  async query(
    text: string,
    accept: string,
    path: '/query' | '/facts' = '/query',
  ): Promise<{ readonly mediaType: string; readonly bytes: Uint8Array }> {
    const body = new TextEncoder().encode(text);
    const contentType = 'application/sparql-query';
    const reply = await this.#ok(this.#then(path), { method: 'POST', body, contentType, accept });
    return { mediaType: reply.mediaType, bytes: reply.bytes };
  }

  /** The signed checkpoint of the registry's log, as text. */
  async checkpoint(): Promise<Uint8Array> {
    return (await this.#ok('/log/checkpoint', { accept: 'text/plain' })).bytes;
  }

  /** The receipt of a record, as text; nothing of it is checked. Throws `not-found`. */
  async receipt(index: number): Promise<string> {
    return Buffer.from((await this.#ok(`/log/receipt/${index}`, { accept: 'text/plain' })).bytes).toString();
  }

  /** The public key of the log as the registry names it: `name+id+base64`. */
  async logKey(): Promise<string> {
    return Buffer.from((await this.#ok('/log/key', { accept: 'text/plain' })).bytes)
      .toString()
      .trim();
  }

  #then(path: string): string {
    if (this.#asOf === undefined) return path;
    return `${path}${path.includes('?') ? '&' : '?'}asOf=${encodeURIComponent(this.#asOf)}`;
  }

  async #json(path: string): Promise<unknown> {
    const reply = await this.#ok(path, { accept: 'application/json' });
    if (reply.json === undefined) throw unlike(`${path} is not JSON`);
    return reply.json;
  }

  async #ok(path: string, request: Request): Promise<Reply> {
    const reply = await this.#send(path, request);
    if (!reply.isOk) throw toRefusalFault(reply);
    // A registry that does not know the parameter answers with what is now: nobody must take it for what was.
    if (/[?&]asOf=/.test(path) && !reply.isOfPast) throw unlike('it does not say that it is of the past');
    return reply;
  }

  #send(path: string, request: Request): Promise<Reply> {
    const shown = this.#token === undefined ? request : { ...request, token: this.#token };
    return send(`${this.baseUrl}${path}`, shown, this.#signal);
  }
}
