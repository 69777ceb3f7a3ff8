import { add } from './element.ts';

const MOST_BARS = 60;
const SVG = 'http://www.w3.org/2000/svg';
const ROW = 26;
const LEAST_WIDTH = 280;
const MOST_WIDTH = 1000;
/** About what a character of a label takes. */
const CHARACTER = 8;
/** For the number behind a bar. */
const FIGURE = 80;

interface Bar {
  readonly label: string;
  readonly value: number;
}

/**
 * A chart of the rows of a table, as bars: of a column of numbers, or of how many rows have each value. Columns are chosen above it. The table
 * stays the form for who cannot see it.
 */
export function openChart(place: Element, table: HTMLTableElement): void {
  const names = [...table.querySelectorAll('thead th')].map(({ textContent }) => textContent ?? '');
  const rows = [...table.querySelectorAll('tbody tr')].map((row) =>
    [...row.children].map((cell) => (cell.textContent ?? '').trim()),
  );
  const numeric = names.map(
    (_, at) => rows.length > 0 && rows.every((row) => row[at] !== '' && Number.isFinite(Number(row[at]))),
  );
  const numbers = names.filter((_, at) => numeric[at] === true);
  const controls = add(place, 'p');
  controls.className = 'row';
  const label = select(controls, 'Label', names);
  const value = select(controls, 'Length', [...numbers, 'number of rows']);
  label.selectedIndex = Math.max(0, numeric.indexOf(false));
  const figure = add(place, 'div');
  figure.className = 'scroll chart';
  figure.tabIndex = 0;
  figure.setAttribute('role', 'region');
  figure.setAttribute('aria-label', 'Chart');
  const draw = (): void => {
    const column = names.indexOf(label.value);
    const counted = value.selectedIndex === numbers.length;
    const bars = counted ? countBars(rows, column) : toBars(rows, column, names.indexOf(value.value));
    const width = Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, figure.clientWidth - 24));
    figure.replaceChildren(toPicture(bars.slice(0, MOST_BARS), `${value.value} by ${label.value}`, width));
    if (bars.length > MOST_BARS)
      add(figure, 'p', `The first ${MOST_BARS} of ${bars.length} bars.`).className = 'quiet small';
  };
  label.addEventListener('change', draw);
  value.addEventListener('change', draw);
  draw();
}

function select(parent: Element, name: string, options: readonly string[]): HTMLSelectElement {
  const control = add(add(parent, 'label', name), 'select');
  for (const option of options) add(control, 'option', option);
  return control;
}

function toBars(rows: readonly (readonly string[])[], label: number, value: number): Bar[] {
  return rows.map((row) => ({ label: row[label] ?? '', value: Number(row[value]) }));
}

function countBars(rows: readonly (readonly string[])[], label: number): Bar[] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row[label] ?? '', (counts.get(row[label] ?? '') ?? 0) + 1);
  return [...counts].map(([name, value]) => ({ label: name, value })).sort((one, other) => other.value - one.value);
}

function toPicture(bars: readonly Bar[], title: string, width: number): SVGElement {
  const longest = Math.max(0, ...bars.map(({ label }) => label.length));
  const left = Math.min(longest * CHARACTER + 12, width * 0.4);
  const most = Math.max(4, Math.floor((left - 12) / CHARACTER));
  const height = bars.length * ROW + 10;
  const picture = draw('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img' });
  picture.append(Object.assign(draw('title', {}), { textContent: title }));
  const least = Math.min(0, ...bars.map(({ value }) => value));
  const span = Math.max(0, ...bars.map(({ value }) => value)) - least || 1;
  const scale = (width - left - FIGURE) / span;
  const zero = left - least * scale;
  for (const [at, { label, value }] of bars.entries()) {
    const y = at * ROW + 5;
    const length = Math.abs(value) * scale;
    const text = draw('text', { x: left - 10, y: y + 15, 'text-anchor': 'end' });
    text.textContent = label.length > most ? `${label.slice(0, most - 1)}…` : label;
    const whole = draw('title', {});
    whole.textContent = `${label}: ${value}`;
    const bar = draw('rect', {
      x: value < 0 ? zero - length : zero,
      y,
      width: Math.max(length, 1),
      height: ROW - 6,
      rx: 2,
    });
    bar.append(whole);
    const figure = draw('text', { x: (value < 0 ? zero : zero + length) + 6, y: y + 15 });
    figure.textContent = value.toLocaleString('en-GB');
    picture.append(text, bar, figure);
  }
  return picture;
}

function draw(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(SVG, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
