import type { ErrorObject } from 'ajv/dist/2020.js';

/** A step into a document: the name of a field, or the position in a list. */
export type PathStep = string | number;

/** Something wrong with a policy document, or worth knowing about it. */
export interface PolicyProblem {
  /** An `error` makes the document no policy; `advice` does not. */
  readonly severity: 'error' | 'advice';
  /** Where, as in `rules[2].threshold.of`; empty for the whole document. */
  readonly path: string;
  /** 1-based, where it is known. */
  readonly line?: number;
  /** One sentence. */
  readonly message: string;
}

/** Writes a path as people write it. */
export function writePath(path: readonly PathStep[]): string {
  return path.map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${step}`)).join('');
}

/** The steps of a JSON pointer into a value: what is a list there is stepped into by number. */
export function readPointer(pointer: string, value: unknown): PathStep[] {
  let at: unknown = value;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => {
      const step: PathStep = Array.isArray(at) ? Number(part) : part;
      at = (at as Record<PathStep, unknown> | undefined)?.[step];
      return step;
    });
}

/** What a schema says of a value, as a sentence about it. */
export function writeSchemaError({ keyword, params, message }: ErrorObject): string {
  switch (keyword) {
    case 'additionalProperties':
      return `there is no "${params.additionalProperty}" here`;
    case 'required':
      return `"${params.missingProperty}" is missing`;
    case 'enum':
      return `it must be one of ${(params.allowedValues as unknown[]).join(', ')}`;
    case 'const':
      return `it must be ${JSON.stringify(params.allowedValue)}`;
    case 'type':
      return `it must be ${TYPES.get(params.type as string) ?? `of type ${params.type}`}`;
    case 'pattern':
      return PATTERNS.get(params.pattern as string) ?? `it must match ${params.pattern}`;
    case 'minProperties':
      return 'it must say something';
    case 'maxProperties':
      return 'it must say one thing only';
    default:
      return `it ${message ?? 'is wrong'}`;
  }
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['object', 'a list of names and values'],
  ['array', 'a list'],
  // Digits alone are a number to YAML, and so is 1e10.
  ['string', 'text: put it into quotes'],
]);

const PATTERNS: ReadonlyMap<string, string> = new Map([
  ['^[0-9A-Fa-f]{64}$', 'it must be a SHA-256: 64 hex digits'],
  ['^[0-9A-Fa-f]{32,128}$', 'it must be a checksum in hex'],
  ['^[1-9][0-9]{0,5} ?[smhdw]$', 'it must be a duration such as 90d, 12h or 30m'],
  ['^[A-Za-z0-9_-]{27}$', 'it must be an identifier of 27 characters'],
  ['^[^@\\s]+@[^@\\s]+$', 'it must be an e-mail address'],
  ['^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$', 'it must be a time such as 2026-01-31T12:00:00Z'],
]);

/** A document that knows the line of what is at a path. */
interface Lined {
  lineOf(path: readonly PathStep[]): number | undefined;
}

/** Gathers what is wrong with a document, with the lines where it stands. */
export class Report {
  readonly problems: PolicyProblem[] = [];
  readonly #document: Lined;

  constructor(document: Lined) {
    this.#document = document;
  }

  add(severity: PolicyProblem['severity'], path: readonly PathStep[], message: string): void {
    const line = this.#document.lineOf(path);
    this.problems.push({ severity, path: writePath(path), ...(line === undefined ? {} : { line }), message });
  }
}
