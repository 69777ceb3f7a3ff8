import type { AttackRow, Corpus } from './corpus.mjs';

export interface Answer {
  readonly got: 'OK' | readonly string[];
  readonly warns: readonly string[];
  readonly ms: number;
  /** What is wrong although the entry was rightly accepted. */
  readonly wrong?: string;
}

export type Judge = (row: AttackRow) => Promise<Answer>;

export function openLibraryJudge(corpus: Corpus, options?: { runs?: number }): Promise<Judge>;
export function openCliJudge(corpus: Corpus): Promise<Judge>;
export function openHttpJudge(url: string): Promise<Judge>;
export function isAsExpected(row: AttackRow, answer: Answer, ms?: number): boolean;
