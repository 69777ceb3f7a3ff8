import type { LogStanding } from '../policy/judged-entry.ts';
import type { SubscriptionStatus } from '../site/subscription/status.ts';

/** Upper ends of the buckets, in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5] as const;

/** What a site counts, in the text format of Prometheus. */
export class SiteMetrics {
  readonly #outcomes = { allow: 0, deny: 0 };
  readonly #buckets = BUCKETS.map(() => 0);
  #seconds = 0;
  #failures = 0;

  /** Counts a decision and how long it took. */
  count(outcome: 'allow' | 'deny', seconds: number): void {
    this.#outcomes[outcome] += 1;
    this.#seconds += seconds;
    for (const [at, end] of BUCKETS.entries()) if (seconds <= end) this.#buckets[at]! += 1;
  }

  /** Counts a question that got no decision. */
  fail(): void {
    this.#failures += 1;
  }

  /** Everything counted, with how each log stands. */
  write(logs: readonly LogStanding[], now: Date, subscriptions?: SubscriptionStatus): string {
    const { allow, deny } = this.#outcomes;
    const name = (origin: string): string => `{origin="${origin.replace(/[\\"\n]/g, '_')}"}`;
    const gauge = (metric: string, help: string, value: (log: LogStanding) => number): string[] => [
      `# HELP ${metric} ${help}`,
      `# TYPE ${metric} gauge`,
      ...logs.map((log) => `${metric}${name(log.origin)} ${value(log)}`),
    ];
    return [
      '# HELP vouch_site_decisions_total Decisions made, by outcome.',
      '# TYPE vouch_site_decisions_total counter',
      `vouch_site_decisions_total{outcome="allow"} ${allow}`,
      `vouch_site_decisions_total{outcome="deny"} ${deny}`,
      '# HELP vouch_site_failures_total Questions that got no decision.',
      '# TYPE vouch_site_failures_total counter',
      `vouch_site_failures_total ${this.#failures}`,
      '# HELP vouch_site_decision_seconds How long decisions took.',
      '# TYPE vouch_site_decision_seconds histogram',
      ...BUCKETS.map((end, at) => `vouch_site_decision_seconds_bucket{le="${end}"} ${this.#buckets[at]}`),
      `vouch_site_decision_seconds_bucket{le="+Inf"} ${allow + deny}`,
      `vouch_site_decision_seconds_sum ${this.#seconds}`,
      `vouch_site_decision_seconds_count ${allow + deny}`,
      ...gauge('vouch_site_log_records', 'Records held of a log.', ({ size }) => size),
      ...gauge('vouch_site_log_age_seconds', 'Seconds since a log was last followed.', ({ checkedAt }) =>
        Math.round((now.getTime() - checkedAt.getTime()) / 1_000),
      ),
      ...gauge('vouch_site_log_usable', '1 while decisions may rest on a log.', ({ fault }) =>
        fault === undefined ? 1 : 0,
      ),
      ...(subscriptions === undefined ? [] : writeSubscriptions(subscriptions)),
      '',
    ].join('\n');
  }
}

const STATES = ['here', 'wanted', 'denied', 'undecided', 'passed-over', 'unfollowed'] as const;

function writeSubscriptions({ images, told }: SubscriptionStatus): string[] {
  const { failed, ...byEvent } = told;
  return [
    '# HELP vouch_site_images Images that subscriptions have or had, by how they stand.',
    '# TYPE vouch_site_images gauge',
    ...STATES.map(
      (state) => `vouch_site_images{state="${state}"} ${images.filter((image) => image.state === state).length}`,
    ),
    '# HELP vouch_site_notices_pending Events that programs have not taken yet.',
    '# TYPE vouch_site_notices_pending gauge',
    `vouch_site_notices_pending ${images.reduce((sum, { notices }) => sum + notices.length, 0)}`,
    '# HELP vouch_site_notices_total Events that programs took, by event.',
    '# TYPE vouch_site_notices_total counter',
    ...Object.entries(byEvent).map(([event, count]) => `vouch_site_notices_total{event="${event}"} ${count}`),
    '# HELP vouch_site_notice_failures_total Programs that failed or took too long.',
    '# TYPE vouch_site_notice_failures_total counter',
    `vouch_site_notice_failures_total ${failed}`,
  ];
}
