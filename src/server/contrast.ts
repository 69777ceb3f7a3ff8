/** A colour as red, green and blue, 0 to 255. */
type Channels = readonly [number, number, number];

/** Contrast that text needs against what it stands on (WCAG 2.2, success criterion 1.4.3). */
export const TEXT_CONTRAST = 4.5;
const BLACK = '#000000';
const WHITE = '#ffffff';
/** Steps on the way to black or white when a colour is moved until it can be read. */
const STEPS = 100;

/** True for a colour as this file takes it: `#` and six hex digits. */
export function isColor(text: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(text);
}

/** The contrast of two colours, 1 to 21 (WCAG 2.2). */
export function toContrast(one: string, other: string): number {
  const [light, dark] = [toLuminance(one), toLuminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The lowest contrast of a colour against several. */
export function toLowestContrast(color: string, grounds: readonly string[]): number {
  return Math.min(...grounds.map((ground) => toContrast(color, ground)));
}

/** Black or white, whichever is read better on the colour; the worse of the two never is below 4.58. */
export function toInk(ground: string): string {
  return toContrast(WHITE, ground) >= toContrast(BLACK, ground) ? WHITE : BLACK;
}

/** The colour itself if text of it can be read on all the grounds, else the nearest on the way to black or white that can. */
export function toReadable(color: string, grounds: readonly string[], toward: 'black' | 'white'): string {
  const end = toChannels(toward === 'black' ? BLACK : WHITE);
  const start = toChannels(color);
  for (let step = 0; step < STEPS; step++) {
    const mixed = toHex(start.map((channel, place) => channel + ((end[place]! - channel) * step) / STEPS));
    if (toLowestContrast(mixed, grounds) >= TEXT_CONTRAST) return mixed;
  }
  return toward === 'black' ? BLACK : WHITE;
}

function toChannels(color: string): Channels {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function toHex(channels: readonly number[]): string {
  return `#${channels.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;
}

function toLuminance(color: string): number {
  const [red, green, blue] = toChannels(color).map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Channels;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
