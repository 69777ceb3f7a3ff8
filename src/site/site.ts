import { isIdentifier } from '../entry/identifier.ts';
import { VouchError } from '../errors.ts';
import { decide } from '../policy/decide.ts';
import type { Decision } from '../policy/decision.ts';
import { type EntryJudgement, judgeReadEntry, readFoundEntry } from '../policy/judge-entry.ts';
import type { JudgedEntry, UnreadableEntry } from '../policy/judged-entry.ts';
import type { Policy } from '../policy/policy.ts';
import type { Trust, World } from '../verify/conditions.ts';
import type { Statement } from '../verify/read-statement.ts';
import { GraphAnswers } from './answer-graph.ts';
import type { FollowedLog, FoundDocument } from './followed-log.ts';
import { JudgementCache } from './judgement-cache.ts';
import { StatementCache } from './statement-cache.ts';

export interface SiteOptions {
  /** The logs the site rests on; a statement in any of them counts. */
  readonly logs: readonly FollowedLog[];
  readonly policy: Policy;
  readonly trust: Trust;
  readonly world: World;
  /** Never asks a registry while deciding: what is not here cannot be read. */
  readonly isOffline: boolean;
  readonly now?: () => Date;
}

/** A statement that could be read, judged, with what it says. */
export type JudgedStatement = Extract<EntryJudgement, { ok: true }>;

/** A site that decides: its copies of logs, its trust and its policy. */
export class Site {
  readonly #options: SiteOptions;
  readonly #statements = new StatementCache();
  readonly #judgements = new JudgementCache();
  readonly #answers = new GraphAnswers();
  readonly #underWay = new Map<string, Promise<Decision>>();
  #policy: Policy;
  #trust: Trust;
  #generation = 0;

  constructor(options: SiteOptions) {
    this.#options = options;
    this.#policy = options.policy;
    this.#trust = options.trust;
  }

  get logs(): readonly FollowedLog[] {
    return this.#options.logs;
  }

  get policy(): Policy {
    return this.#policy;
  }

  /** Counts how often policy or trust were replaced: with another count, decisions may be others. */
  get generation(): number {
    return this.#generation;
  }

  /** What verification needs on this machine. */
  get world(): World {
    return this.#options.world;
  }

  /** From now on decisions follow this policy and trust. */
  replace({ policy = this.#policy, trust = this.#trust }: { readonly policy?: Policy; readonly trust?: Trust }): void {
    this.#policy = policy;
    this.#trust = trust;
    this.#generation += 1;
    this.#judgements.clear();
    this.#underWay.clear();
  }

  /**
   * May this image run here, now or at an earlier time as far as this site can know it? `usage` for what is no identifier. Those who ask
   * the same at once get the same answer.
   */
  decide(image: string, at?: Date): Promise<Decision> {
    if (!isIdentifier(image)) {
      return Promise.reject(new VouchError('usage', `${JSON.stringify(image)} is not the identifier of an image.`));
    }
    const key = `${image} ${at?.getTime() ?? ''}`;
    const known = this.#underWay.get(key);
    if (known !== undefined) return known;
    const decision = this.#decide(image, at).finally(() => {
      if (this.#underWay.get(key) === decision) this.#underWay.delete(key);
    });
    this.#underWay.set(key, decision);
    return decision;
  }

  /** Decides about an image now, and gives the statements that the decision rests on. */
  async look(image: string): Promise<{ readonly decision: Decision; readonly statements: readonly JudgedStatement[] }> {
    const { decision, statements } = await this.#look(image, undefined);
    return { decision, statements };
  }

  async #decide(image: string, past: Date | undefined): Promise<Decision> {
    return (await this.#look(image, past)).decision;
  }

  async #look(image: string, past: Date | undefined) {
    const { logs, isOffline, now = () => new Date() } = this.#options;
    const at = past ?? now();
    const policy = this.#policy;
    const statements: JudgedStatement[] = [];
    const entries: JudgedEntry[] = [];
    const unreadable: UnreadableEntry[] = [];
    // How a log stands is a matter of now, also where the question is about the past.
    const standings = logs.map((log) => log.standing(now()));
    for (const [position, log] of logs.entries()) {
      if (standings[position]!.size === 0) continue;
      const found = await log.find(image, { isOffline, ...(past === undefined ? {} : { at: past }) });
      unreadable.push(...found.unreadable);
      for (const document of found.documents) {
        const judgement = await this.#judge(log.origin, document, at, past !== undefined);
        if (judgement.ok) {
          statements.push(judgement);
          entries.push(await this.#withAnswers(judgement, policy));
        } else unreadable.push(judgement.unreadable);
      }
    }
    return { decision: decide({ image, entries, unreadable, log: standings, at }, policy), statements };
  }

  #judge(
    origin: string,
    { index, isImported, bytes, documentSha256 }: FoundDocument,
    at: Date,
    isPast: boolean,
  ): Promise<EntryJudgement> {
    const { world } = this.#options;
    const found = { origin, index, isImported, isIncluded: true };
    const trust = this.#trust;
    const read = (): Promise<Statement> => readFoundEntry(bytes, found, world);
    // Nobody asks about the past a hundred times; what holds now must not make room for it.
    if (isPast) return read().then((statement) => judgeReadEntry(statement, found, { at, trust }, world));
    // The same bytes mean something else as an original.
    const name = `${documentSha256} ${isImported}`;
    const judge = async (): Promise<EntryJudgement> =>
      judgeReadEntry(await this.#statements.get(name, bytes.length, read), found, { at, trust }, world);
    return this.#judgements.get(`${origin} ${index} ${documentSha256}`, bytes.length, at, judge);
  }

  async #withAnswers({ judged, triples }: JudgedStatement, policy: Policy): Promise<JudgedEntry> {
    const answers = await this.#answers.of(policy, triples);
    return answers.size === 0 ? judged : { ...judged, answers };
  }
}
