import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry as Metrics } from 'prom-client';
import { REASONS, type Vitals } from './vitals.ts';

/** Upper ends of the buckets, in seconds. */
const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** One answered request. */
export interface AnsweredRequest {
  readonly method: string;
  /** The pattern of the route, as in `/endorsers/:email`: never what somebody asked for. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/**
 * What a registry counts, in the text format of Prometheus. Labels are names out of the program (routes, outcomes, codes); nothing that a
 * client sends or an entry says becomes one.
 */
export class RegistryMetrics {
  readonly #metrics = new Metrics();
  readonly #open: Gauge;
  readonly #requests: Counter<'method' | 'route' | 'status'>;
  readonly #seconds: Histogram<'route'>;
  readonly #uploads: Counter<'outcome'>;
  readonly #findings: Counter<'code'>;
  readonly #gauges: ReadonlyMap<GaugeName, Gauge<'reason' | 'follower'>>;

  constructor() {
    const registers = [this.#metrics];
    collectDefaultMetrics({ register: this.#metrics });
    this.#open = new Gauge({ name: 'vouch_http_requests_open', help: 'Requests under way.', registers });
    this.#requests = new Counter({
      name: 'vouch_http_requests_total',
      help: 'Requests answered, by method, route and status.',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'vouch_http_request_seconds',
      help: 'Seconds until the reply began, by route.',
      labelNames: ['route'],
      buckets: BUCKETS,
      registers,
    });
    this.#uploads = new Counter({
      name: 'vouch_uploads_total',
      help: 'Uploaded documents, by what became of them: the outcome, or the code of the fault.',
      labelNames: ['outcome'],
      registers,
    });
    this.#findings = new Counter({
      name: 'vouch_upload_findings_total',
      help: 'Errors found in uploaded documents, by their code.',
      labelNames: ['code'],
      registers,
    });
    this.#gauges = new Map(
      Object.entries(GAUGES).map(([name, help]) => {
        const labelNames = name === 'vouch_follower_lag_records' ? ['follower'] : [];
        const labels = name === 'vouch_health_reason' ? ['reason'] : labelNames;
        return [name as GaugeName, new Gauge({ name, help, labelNames: labels as never[], registers })];
      }),
    );
  }

  /** Counts a request from its arrival; the function returned counts its reply. */
  begin(): (answered: AnsweredRequest) => void {
    this.#open.inc();
    return ({ method, route, status, seconds }) => {
      this.#open.dec();
      this.#requests.inc({ method: METHODS.has(method) ? method : 'other', route, status });
      this.#seconds.observe({ route }, seconds);
    };
  }

  /** Counts what became of one uploaded document. */
  countUpload(outcome: string, codes: readonly string[] = []): void {
    this.#uploads.inc({ outcome });
    for (const code of codes) this.#findings.inc({ code });
  }

  /** Everything counted, with how the registry is now. */
  async write(vitals: Vitals, more: MetricFacts): Promise<string> {
    const { logSize, lags, standing, disk, reasons } = vitals;
    const { now, queries, mail, isReadOnly } = more;
    const trust = standing?.trust;
    const seconds = (at: Date | undefined): number | undefined =>
      at === undefined ? undefined : Math.round((now.getTime() - at.getTime()) / 1000);
    const due = seconds(trust?.nextListDue);
    this.#set('vouch_log_records', logSize);
    this.#set('vouch_submissions_open', standing?.submissions);
    this.#set('vouch_verifying_documents', standing?.verifying);
    this.#set('vouch_sparql_running', queries.running);
    this.#set('vouch_sparql_waiting', queries.waiting);
    this.#set('vouch_confirmations_pending', mail?.pending);
    this.#set('vouch_mail_queued', mail?.queued);
    this.#set('vouch_disk_free_bytes', disk?.freeBytes);
    this.#set('vouch_disk_bytes', disk?.totalBytes);
    this.#set('vouch_trust_age_seconds', seconds(trust?.readAt));
    this.#set('vouch_revocation_lists', trust?.lists);
    this.#set('vouch_revocation_lists_overdue', trust?.overdueLists);
    this.#set('vouch_revocation_list_due_seconds', due === undefined ? undefined : -due);
    this.#set('vouch_read_only', isReadOnly ? 1 : 0);
    const lag = this.#gauges.get('vouch_follower_lag_records')!;
    for (const [follower, records] of Object.entries(lags)) lag.set({ follower }, records);
    const health = this.#gauges.get('vouch_health_reason')!;
    for (const reason of REASONS) health.set({ reason }, reasons.some(({ code }) => code === reason) ? 1 : 0);
    return this.#metrics.metrics();
  }

  /** What there is none of is not shown, rather than as a zero. */
  #set(name: GaugeName, value: number | undefined): void {
    if (value === undefined) this.#gauges.get(name)!.remove();
    else this.#gauges.get(name)!.set(value);
  }
}

/** What a reading shows besides the vitals. */
export interface MetricFacts {
  readonly now: Date;
  readonly queries: { readonly running: number; readonly waiting: number };
  readonly mail: { readonly pending: number; readonly queued: number } | undefined;
  readonly isReadOnly: boolean;
}

/** Others are what somebody makes up. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'DELETE', 'PATCH']);

const GAUGES = {
  vouch_log_records: 'Records of the log.',
  vouch_follower_lag_records: 'Log records that a follower has not taken in yet.',
  vouch_submissions_open: 'Uploads between their arrival and their answer.',
  vouch_verifying_documents: 'Documents that threads verify or read, or that wait for them.',
  vouch_sparql_running: 'Queries that are asked now.',
  vouch_sparql_waiting: 'Queries that wait for a thread.',
  vouch_confirmations_pending: 'Entries that wait for the word of their endorsers.',
  vouch_mail_queued: 'Confirmation mails that did not go out yet.',
  vouch_disk_free_bytes: 'Room left on the disk of the data directory.',
  vouch_disk_bytes: 'Size of that disk.',
  vouch_trust_age_seconds: 'Seconds since the trust settings were last read with success.',
  vouch_revocation_lists: 'Revocation lists held.',
  vouch_revocation_lists_overdue: 'Revocation lists that are out of time.',
  vouch_revocation_list_due_seconds:
    'Seconds until the first revocation list must be replaced; negative when it is late.',
  vouch_read_only: '1 while no entries are taken.',
  vouch_health_reason: '1 for each thing that is wrong, as /health/ready says it.',
} as const;
type GaugeName = keyof typeof GAUGES;
