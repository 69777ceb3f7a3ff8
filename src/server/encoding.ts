/** A way to send fewer bytes, as Content-Encoding names it. */
export type Encoding = 'br' | 'gzip';

const OFFERS: readonly Encoding[] = ['br', 'gzip'];

/** The smallest encoding that an Accept-Encoding header allows; undefined where the bytes must go as they are (RFC 9110 section 12.5.3). */
export function chooseEncoding(header: string | undefined): Encoding | undefined {
  const weights = new Map<string, number>();
  for (const part of (header ?? '').slice(0, 1_000).toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = parameters.find((text) => text.startsWith('q='))?.slice(2);
    const number = weight === undefined ? 1 : Number(weight);
    weights.set(name, Number.isNaN(number) ? 0 : number);
  }
  const weightOf = (name: Encoding) => weights.get(name) ?? weights.get('*') ?? 0;
  // the earlier wins among equals
  const [best] = OFFERS.toSorted((one, other) => weightOf(other) - weightOf(one));
  return best !== undefined && weightOf(best) > 0 ? best : undefined;
}
