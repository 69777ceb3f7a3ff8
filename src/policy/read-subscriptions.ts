import { readDuration } from './duration.ts';
import { isSufficient } from './match-endorser.ts';
import type { EndorserMatch } from './policy.ts';
import { type PolicyProblem, Report } from './policy-problem.ts';
import { tellInsufficient } from './read-policy.ts';
import { openSchemaCheck } from './schema-check.ts';
import { readSize } from './size.ts';
import type { Subscription, Subscriptions } from './subscription.ts';

/** Subscriptions, or why a document holds none. */
export type SubscriptionsReading =
  | { readonly ok: true; readonly subscriptions: Subscriptions }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** A document of subscriptions as its text was read. */
export type SubscriptionsDocument = ConstructorParameters<typeof Report>[0] & {
  readonly value: unknown;
  /** SHA-256 hex of the text. */
  readonly digest: string;
};

interface Written {
  readonly images: readonly Subscription[];
  readonly most?: string;
  readonly recheck?: string;
  readonly on?: Subscriptions['commands'];
  readonly timeout?: string;
}

const RECHECK_MS = 600_000;
const TIMEOUT_MS = 600_000;
/** A timer cannot wait longer. */
const LONGEST_MS = 2_147_483_647;

/** Reads documents of subscriptions by their JSON Schema (`schemas/subscriptions.schema.json`); `isAsk` says what is wrong with a question, or nothing. */
export function openSubscriptionsReader(
  schema: object,
  findAskFault: (query: string) => string | undefined,
): (document: SubscriptionsDocument) => SubscriptionsReading {
  const check = openSchemaCheck(schema);
  return (document) => {
    const report = new Report(document);
    for (const { path, message } of check(document.value)) report.add('error', path, message);
    if (report.problems.length > 0) return { ok: false, problems: report.problems };
    const { images, most, recheck, on = {}, timeout } = document.value as Written;
    const names = images.map(({ name }) => name);
    for (const [at, { name, endorser, ask }] of images.entries()) {
      const path = ['images', at];
      if (names.indexOf(name) !== at) report.add('error', [...path, 'name'], `${name} is the name of another one too`);
      if (endorser !== undefined && !isSufficient(endorser)) {
        report.add('error', [...path, 'endorser'], tellInsufficient(endorser));
      }
      const fault = ask === undefined ? undefined : findAskFault(ask);
      if (fault !== undefined) report.add('error', [...path, 'ask'], fault);
    }
    if (report.problems.length > 0) return { ok: false, problems: report.problems };
    const mostBytes = most === undefined ? undefined : readSize(most);
    const subscriptions: Subscriptions = {
      list: images.map(withDefaults),
      ...(mostBytes === undefined ? {} : { mostBytes }),
      recheckMs: toDuration(recheck, RECHECK_MS),
      commands: on,
      timeoutMs: toDuration(timeout, TIMEOUT_MS),
      digest: document.digest,
    };
    return { ok: true, subscriptions };
  };
}

function toDuration(text: string | undefined, otherwise: number): number {
  return Math.min((text === undefined ? undefined : readDuration(text)) ?? otherwise, LONGEST_MS);
}

function withDefaults({ endorser, ...rest }: Subscription): Subscription {
  return {
    ...(rest.tag === undefined ? {} : { keep: 1 }),
    ...rest,
    ...(endorser === undefined ? {} : { endorser: toLowerCase(endorser) }),
  };
}

function toLowerCase({ key, certificate, ...match }: EndorserMatch): EndorserMatch {
  return {
    ...match,
    ...(key && { key: key.toLowerCase() }),
    ...(certificate && { certificate: certificate.toLowerCase() }),
  };
}
