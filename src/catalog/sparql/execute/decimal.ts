import { Unsure } from './unsure.ts';

/** Decimals have eighteen digits after the point; one unit is the last of them. */
const DIGITS = 18;
const ONE = 10n ** BigInt(DIGITS);
/** A thousand million: of larger ones other engines may keep fewer digits. */
const LARGE = 10n ** 9n * ONE;
/** What fits in the complete engine's 128 bits. */
const MOST = 2n ** 127n - 1n;

/** The units of an `xsd:decimal` or `xsd:integer`. Throws `Unsure` where they cannot be exact. */
export function toUnits(text: string): bigint {
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  if (fraction.length > DIGITS) throw new Unsure('a decimal of many digits');
  const units = BigInt(`${whole === '' ? '0' : whole}${fraction.padEnd(DIGITS, '0')}`);
  return checked(text.startsWith('-') ? -units : units);
}

/** The canonical text of a decimal: no zeros at the end, no point where nothing follows. */
export function writeUnits(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(DIGITS + 1, '0');
  const fraction = digits.slice(-DIGITS).replace(/0+$/, '');
  const whole = digits.slice(0, -DIGITS);
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

export function compareDecimals(one: string, other: string): number {
  const difference = toUnits(one) - toUnits(other);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function multiply(one: bigint, other: bigint): bigint {
  const product = one * other;
  if (product % ONE !== 0n) throw new Unsure('a product of many digits');
  return checked(product / ONE);
}

/** The quotient to the last digit there is room for, undefined for division by zero. Throws `Unsure` for large numbers. */
export function divide(one: bigint, other: bigint): bigint | undefined {
  if (other === 0n) return undefined;
  const isLarge = [one, other].some((units) => units > LARGE || units < -LARGE);
  if (isLarge && (one * ONE) % other !== 0n) throw new Unsure('a quotient of many digits');
  return checked((one * ONE) / other);
}

function checked(units: bigint): bigint {
  // far below the limit: the engine's own intermediate results must fit, too
  if (units > MOST / 1_000_000n || units < -MOST / 1_000_000n) throw new Unsure('a large decimal');
  return units;
}
