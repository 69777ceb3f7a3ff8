import type { StatementOutline } from '../../catalog/image-overview.ts';

/** What an endorser's word was for a stretch of time; between stretches there was none that held. */
export interface Stretch {
  readonly kind: 'endorsed' | 'deprecated';
  /** Parts of the whole width, 0 to 1. */
  readonly from: number;
  readonly to: number;
}

/** One endorser's line of the picture. */
export interface Lane {
  readonly email: string;
  /** The address is used with several certificate identities, of which this is one. */
  readonly isSharedAddress: boolean;
  /** The status of his newest statement. */
  readonly standing: StatementOutline['status'];
  readonly endorsements: number;
  readonly deprecations: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly stretches: readonly Stretch[];
  /** Where something was signed, each place once: parts of the whole width. */
  readonly marks: readonly { readonly kind: Stretch['kind']; readonly at: number }[];
}

/** Who said what when, ready to be drawn. */
export interface Timeline {
  readonly from: Date;
  readonly to: Date;
  /** Those who withdraw the image first, then who vouches for it, then the others; the most recent first. At most `LANES`. */
  readonly lanes: readonly Lane[];
  /** Endorsers without a lane. */
  readonly left: number;
}

/** Lines a picture has at most. */
const LANES = 12;
/** Places on a line; what is closer together is drawn as one. */
const PLACES = 120;
const DAY_MS = 86_400_000;
const SHORTEST_MS = 3_600_000;
const STANDINGS = ['deprecated', 'valid', 'expired', 'superseded'];

/** Makes the timeline of statements, newest first, as it looks at a time; there is at least one. */
export function toTimeline(outlines: readonly StatementOutline[], endorsers: number, at: Date): Timeline {
  const byEndorser = new Map<string, StatementOutline[]>();
  for (const outline of outlines) {
    const endorser = `${outline.endorserKey} ${outline.origin ?? ''}`;
    const known = byEndorser.get(endorser);
    if (known === undefined) byEndorser.set(endorser, [outline]);
    else known.push(outline);
  }
  const emails = [...byEndorser.values()].map(([newest]) => newest!.email);
  const firstMs = outlines.reduce((least, { createdAt }) => Math.min(least, createdAt.getTime()), at.getTime());
  const fromMs = Math.min(firstMs, at.getTime() - SHORTEST_MS);
  const toPart = (ms: number): number => {
    const part = (Math.min(ms, at.getTime()) - fromMs) / (at.getTime() - fromMs);
    return Math.round(Math.max(0, part) * PLACES) / PLACES;
  };
  const lanes = [...byEndorser.values()]
    .sort(([one], [other]) => toRank(one!) - toRank(other!) || other!.createdAt.getTime() - one!.createdAt.getTime())
    .slice(0, LANES)
    .map((statements) => {
      const isSharedAddress = emails.filter((email) => email === statements[0]!.email).length > 1;
      return { ...toLane(statements, toPart, at), isSharedAddress };
    });
  return { from: new Date(fromMs), to: at, lanes, left: endorsers - lanes.length };
}

/** What stands at the axis of a picture: days, or what the clock said (UTC) where it shows less than one; parts of the whole width. */
export function toAxisLabels(from: Date, to: Date): readonly { readonly at: number; readonly text: string }[] {
  const span = to.getTime() - from.getTime();
  const textAt = (part: number) => new Date(from.getTime() + part * span).toISOString().slice(0, 16).replace('T', ' ');
  if (span < DAY_MS) {
    return [
      { at: 0, text: textAt(0) },
      { at: 1 / 2, text: textAt(1 / 2).slice(11) },
      { at: 1, text: `${textAt(1)} UTC` },
    ];
  }
  const parts = span < 4 * DAY_MS ? [0, 1] : [0, 1 / 3, 2 / 3, 1];
  return parts.map((at) => ({ at, text: textAt(at).slice(0, 10) }));
}

function toRank({ status }: StatementOutline): number {
  return STANDINGS.indexOf(status);
}

/** `statements` of one endorser, newest first. */
function toLane(
  statements: readonly StatementOutline[],
  toPart: (ms: number) => number,
  at: Date,
): Omit<Lane, 'isSharedAddress'> {
  const newest = statements[0]!;
  const deprecations = statements.filter(({ isDeprecation }) => isDeprecation).length;
  const stretches: Stretch[] = [];
  const marks = new Map<string, Lane['marks'][number]>();
  for (const [place, statement] of statements.toReversed().entries()) {
    const kind = statement.isDeprecation ? 'deprecated' : 'endorsed';
    const fromMs = statement.createdAt.getTime();
    const nextMs = statements[statements.length - 2 - place]?.createdAt.getTime() ?? at.getTime();
    // a withdrawal has no end of its own
    const endMs = statement.isDeprecation ? nextMs : Math.min(nextMs, statement.validUntil?.getTime() ?? nextMs);
    const [from, to] = [toPart(fromMs), toPart(endMs)];
    marks.set(`${kind} ${from}`, { kind, at: from });
    const last = stretches.at(-1);
    if (to <= from) continue;
    if (last !== undefined && last.kind === kind && last.to >= from) stretches[stretches.length - 1] = { ...last, to };
    else stretches.push({ kind, from, to });
  }
  return {
    email: newest.email,
    standing: newest.status,
    endorsements: statements.length - deprecations,
    deprecations,
    firstAt: statements.at(-1)!.createdAt,
    lastAt: newest.createdAt,
    stretches,
    marks: [...marks.values()],
  };
}
