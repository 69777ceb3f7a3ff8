/** One thing a client accepts: RFC 9110 section 12.5.1. */
interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
}

/** Longer headers are read up to here; nobody's honest preference is longer, and each range costs a comparison per offer. */
const HEADER_LIMIT = 4096;

/** Reads an Accept header; what is not a media range is passed over. Absent or without any range it means everything. */
function readAccept(header: string | undefined): readonly MediaRange[] {
  const ranges: MediaRange[] = [];
  for (const part of (header ?? '').slice(0, HEADER_LIMIT).split(',')) {
    const [range = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const match = /^([a-z0-9!#$&^_.+*-]+)\/([a-z0-9!#$&^_.+*-]+)$/.exec(range);
    if (match === null) continue;
    const quality = parameters.map((piece) => /^q\s*=\s*([01](?:\.\d{0,3})?)$/.exec(piece)?.[1]).find((q) => q);
    ranges.push({ type: match[1]!, subtype: match[2]!, quality: Math.min(1, Number(quality ?? 1)) });
  }
  return ranges.length === 0 ? [{ type: '*', subtype: '*', quality: 1 }] : ranges;
}

/** How much the ranges want a media type, 0 to 1: the most specific range that matches decides, not the most generous. */
function qualityOf(ranges: readonly MediaRange[], mediaType: string): number {
  const [type, subtype] = mediaType.split('/');
  let best = { specificity: -1, quality: 0 };
  for (const range of ranges) {
    const fits = (range.type === '*' || range.type === type) && (range.subtype === '*' || range.subtype === subtype);
    const specificity = (range.type === '*' ? 0 : 1) + (range.subtype === '*' ? 0 : 1);
    if (fits && specificity > best.specificity) best = { specificity, quality: range.quality };
  }
  return best.quality;
}

/**
 * The offered media type the client wants most, undefined if it accepts none. Among equals the earlier offer wins, so the first
 * offer is what a client without a preference (`*` `/` `*`, or no header at all) gets.
 */
export function negotiate<T extends string>(header: string | undefined, offers: readonly T[]): T | undefined {
  const ranges = readAccept(header);
  let chosen: { offer: T; quality: number } | undefined;
  for (const offer of offers) {
    const quality = qualityOf(ranges, offer);
    if (quality > 0 && quality > (chosen?.quality ?? 0)) chosen = { offer, quality };
  }
  return chosen?.offer;
}
